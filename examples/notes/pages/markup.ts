/**
 * HTML that is safe to send: a template in which every value is escaped, unless it is markup itself. The one place of
 * the site that writes text into HTML.
 */
import { escapeHtml } from '@tsgi/framework'

/** Made by `markup` only, so that no text of a client can be taken for it. */
export class Markup {
  readonly #html: string

  constructor(strings: TemplateStringsArray, values: readonly Value[]) {
    this.#html = String.raw({ raw: strings }, ...values.map(htmlOf))
  }

  toString(): string {
    return this.#html
  }
}

/** `false` and `undefined` leave a place empty: `${isNew && markup`<b>new</b>`}`. */
export type Value = string | number | false | undefined | Markup | readonly Value[]

/** markup`<p>${text}</p>` */
export function markup(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings, values)
}

function htmlOf(value: Value): string {
  if (value === false || value === undefined) return ''
  if (value instanceof Markup) return value.toString()
  if (typeof value === 'object') return value.map(htmlOf).join('')
  return escapeHtml(String(value))
}
