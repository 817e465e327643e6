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
  const pieces = text.toWellFormed().split('&', most + 1)
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

/**
 * Percent-decoding of one name or value, `+` for a space. Short, well-formed text is decoded as text. The rest takes one
 * pass over the bytes, which keeps malformed escapes as they are (WHATWG URL §1.3).
 */
function decode(text: string): string {
  const hasPlus = text.includes('+')
  if (!hasPlus && !text.includes('%')) return text
  if (text.length <= MAX_SHORT_TEXT_CHARS) {
    const decoded = decodeEscapes(hasPlus ? text.split('+').join(' ') : text)
    if (decoded !== undefined) return decoded
  }
  const bytes = UTF8.encode(text)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const escaped = byte === PERCENT ? hexAt(bytes, at + 1) * 16 + hexAt(bytes, at + 2) : Number.NaN
    const plain = byte === PLUS ? SPACE : byte
    bytes[length++] = Number.isNaN(escaped) ? plain : escaped
    if (!Number.isNaN(escaped)) at += 2
  }
  return TEXT.decode(bytes.subarray(0, length))
}

/** @returns undefined for a malformed escape, or bytes that are not UTF-8. */
function decodeEscapes(text: string): string | undefined {
  let decoded = ''
  let end = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', end)) {
    if (at > end) decoded += text.slice(end, at)
    const byte = hexValue(text.charCodeAt(at + 1)) * 16 + hexValue(text.charCodeAt(at + 2))
    if (byte < 0x80) {
      decoded += String.fromCharCode(byte)
      end = at + 3
    } else {
      // The bytes of a character, or no byte: the platform knows UTF-8.
      end = at + 3
      while (text[end] === '%' && !(hexValue(text.charCodeAt(end + 1)) < 8)) end += 3
      try {
        decoded += decodeURIComponent(text.slice(at, end))
      } catch {
        return undefined
      }
    }
  }
  return decoded + text.slice(end)
}

/** Longer text is not cut at each `+`: the pieces would take more memory than the text. `replaceAll` takes twice as long as this. */
const MAX_SHORT_TEXT_CHARS = 1024

/** Shared: neither keeps anything between two values. */
const UTF8 = new TextEncoder()
const TEXT = new TextDecoder('utf-8', { ignoreBOM: true })

const PLUS = 0x2b
const SPACE = 0x20
const PERCENT = 0x25

function hexAt(bytes: Uint8Array, at: number): number {
  return hexValue(bytes[at] ?? 0)
}

/** The value of a hexadecimal digit by its code; NaN for anything else. */
function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN
}
