/**
 * HTML in which every value is escaped unless it is markup itself, so that text of a client stays text. For content and
 * quoted attributes; what goes into a script, a style or the scheme of a URL is not made safe by it.
 */
import { escapeHtml } from '../http/escape-html.ts'

/** HTML that is taken as it is. Made by `markup`, and by `trusted` of HTML from a trusted source. */
export class Markup {
  readonly #html: string

  private constructor(html: string) {
    this.#html = html
  }

  /** HTML of a source that may write any: a renderer of one's own, never a client. */
  static trusted(html: string): Markup {
    return new Markup(html)
  }

  /** The HTML. */
  toString(): string {
    return this.#html
  }
}

/** What may stand in markup. `false`, `null` and `undefined` leave a place empty: `${isNew && markup`<b>new</b>`}`. */
export type MarkupValue = string | number | bigint | false | null | undefined | Markup | readonly MarkupValue[]

/**
 * A template: markup`<p title="${title}">${text}</p>`. Lists are put together as they are.
 * @throws TypeError for a value that has no text of its own: an object, `true`, a function.
 * @example markup`<p title="${title}">${text}</p>`
 */
export function markup(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return Markup.trusted(strings.map((text, i) => text + (i < values.length ? htmlOf(values[i]) : '')).join(''))
}

function htmlOf(value: MarkupValue): string {
  if (value === false || value === null || value === undefined) return ''
  if (value instanceof Markup) return value.toString()
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(htmlOf).join('')
  throw new TypeError(`markup: ${typeof value} has no text of its own; give text, a number, markup or a list of them`)
}
