/**
 * Names and values as a client sent them: those of a query, or of a form. Read without nesting: `a[b]` is a name like
 * any other. Knows no request. Called by request.ts and form.ts.
 */
import { HttpError } from './errors.ts'

/**
 * By name: a string, or a list of them where the name came several times. No prototype, so `__proto__` and
 * `constructor` are names like any other, and absent unless they were sent.
 */
export type Fields = Readonly<Record<string, string | readonly string[]>>

/** The most fields that are read. Bounds what a crafted set of names can cost (hash collisions). */
export const MOST_FIELDS = 1000

/**
 * Parses `application/x-www-form-urlencoded` text (WHATWG URL §5.1): `+` is a space, an escape that is none stands for
 * itself, octets that are not UTF-8 become U+FFFD. Linear in the text.
 * @throws HttpError with `status` for more than `most` fields.
 */
export function parseFields(text: string, status = 400, most = MOST_FIELDS): Fields {
  if (countOf(text, '&', most) >= most) throw new HttpError(status, `There may be at most ${most} fields`)
  // URLSearchParams drops one leading `?`, which here belongs to the first name.
  return groupByName(new URLSearchParams(text.startsWith('?') ? `&${text}` : text))
}

/** Values by name on an object without prototype; a list where a name came several times. Values are no lists. */
export function groupByName<Value>(
  pairs: Iterable<readonly [name: string, value: Value]>,
): Record<string, Value | Value[]> {
  const groups: Record<string, Value | Value[]> = Object.create(null)
  for (const [name, value] of pairs) {
    const before = groups[name]
    if (before === undefined) groups[name] = value
    else if (Array.isArray(before)) before.push(value)
    else groups[name] = [before, value]
  }
  return groups
}

/** The first value of a name: `first(query.page)`. For a field that is to be there once. */
export function first<Value extends string | object>(value: Value | readonly Value[] | undefined): Value | undefined {
  return isList(value) ? value[0] : value
}

/** All values of a name, perhaps none: `all(query.tag)`. */
export function all<Value extends string | object>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return []
  return isList(value) ? value : [value]
}

function isList<Value>(value: Value | readonly Value[] | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

/** How often a character occurs; no further than `enough`. */
function countOf(text: string, character: string, enough: number): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0 && count < enough; at = text.indexOf(character, at + 1)) count++
  return count
}
