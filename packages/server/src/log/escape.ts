/**
 * Makes foreign text safe to put in a log line that a terminal may show. Knows nothing of what the text means.
 */

/** The maximum characters of one field in a log. */
export const MAX_FIELD_CHARS = 4096

/** Cuts a field at `MAX_FIELD_CHARS` and says so. */
export function bounded(text: string): string {
  return text.length > MAX_FIELD_CHARS ? `${text.slice(0, MAX_FIELD_CHARS - 3)}...` : text
}

/** Every character outside printable ASCII, and `"` and `\`, becomes `\xHH` (or `\u{H…}` beyond one byte). */
export function escaped(text: string): string {
  return UNSAFE.test(text) ? text.replace(ALL_UNSAFE, hexEscape) : text
}

/** A field as a log line has it: bounded and escaped; `-` for nothing. */
export function logField(text: string | undefined): string {
  return text === undefined || text === '' ? '-' : escaped(bounded(text))
}

/** The same for text of our own and of the application: quotes and line feeds are kept, controls are not. */
export function printable(text: string): string {
  return text.replace(CONTROLS, hexEscape)
}

const UNSAFE = /[^\x20-\x7e]|["\\]/
const ALL_UNSAFE = /[^\x20-\x7e]|["\\]/gu
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g

function hexEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 256
    ? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
    : `\\u{${code.toString(16).toUpperCase()}}`
}
