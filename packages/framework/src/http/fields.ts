/**
 * Names and values of a query or of a form, as the client sent them. There is no nesting: `a[b]` is a plain
 * name. Knows no request.
 */
import { HttpError } from './http-error.ts'

/**
 * By name: a string, or a list of strings if the name came several times. No prototype, so `__proto__` and
 * `constructor` are names like any other, and absent unless they were sent.
 */
export type Fields = Readonly<Record<string, string | readonly string[]>>

/** The maximum number of fields. It bounds the cost of crafted names (hash collisions). */
export const MAX_FIELDS = 1000

/**
 * Parses `application/x-www-form-urlencoded` text (WHATWG URL §5.1): `+` is a space, a malformed escape stands for
 * itself, bytes that are not UTF-8 become U+FFFD. Linear in the text.
 * @throws HttpError with `status` for more than `most` fields.
 */
export function parseFields(text: string, status = 400, most = MAX_FIELDS): Fields {
  const pieces = spaced(text.toWellFormed()).split('&', most + 1)
  if (pieces.length > most) throw new HttpError(status, `There may be at most ${most} fields`)
  return groupByName(pieces.filter((piece) => piece !== '').map(parsePair))
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

/** The first value of a name: `first(query.page)`. For a field that is expected once. */
export function first<Value extends string | object>(value: Value | readonly Value[] | undefined): Value | undefined {
  return isList(value) ? value[0] : value
}

/** All values of a name, an empty list if it is absent: `all(query.tag)`. */
export function all<Value extends string | object>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return []
  return isList(value) ? value : [value]
}

function isList<Value>(value: Value | readonly Value[] | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

function parsePair(piece: string): readonly [name: string, value: string] {
  const equals = piece.indexOf('=')
  if (equals < 0) return [decode(piece), '']
  return [decode(piece.slice(0, equals)), decode(piece.slice(equals + 1))]
}

/** `+` is a space. By its bytes: `replaceAll` takes ten times as long where there are many. */
function spaced(text: string): string {
  if (!text.includes('+')) return text
  const bytes = UTF8.encode(text)
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === PLUS) bytes[at] = SPACE
  return TEXT.decode(bytes)
}

/**
 * Percent-decoding of one name or value. Well-formed text is decoded by the platform. The rest takes one pass over the bytes,
 * which keeps malformed escapes as they are (WHATWG URL §1.3).
 */
function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // A malformed escape, or bytes that are not UTF-8.
  }
  const bytes = UTF8.encode(text)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const escaped = byte === PERCENT ? hexAt(bytes, at + 1) * 16 + hexAt(bytes, at + 2) : Number.NaN
    bytes[length++] = Number.isNaN(escaped) ? byte : escaped
    if (!Number.isNaN(escaped)) at += 2
  }
  return TEXT.decode(bytes.subarray(0, length))
}

/** Shared: neither keeps anything between two values. */
const UTF8 = new TextEncoder()
const TEXT = new TextDecoder('utf-8', { ignoreBOM: true })

const PLUS = 0x2b
const SPACE = 0x20
const PERCENT = 0x25

/** The value of a hexadecimal digit; NaN for anything else. */
function hexAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN
}
