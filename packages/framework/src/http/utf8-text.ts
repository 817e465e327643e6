/**
 * Header values that are UTF-8. The contract has them as latin-1 text, one character for each byte (SPEC C22); clients
 * that send other characters send UTF-8. Knows no header.
 */

/** The text of these bytes if they are UTF-8; the value as it was otherwise. */
export function utf8Text(value: string): string {
  if (!BEYOND_ASCII.test(value) || BEYOND_LATIN1.test(value)) return value
  try {
    return UTF8.decode(Uint8Array.from(value, (character) => character.charCodeAt(0)))
  } catch {
    return value
  }
}

const BEYOND_ASCII = /[^\x00-\x7f]/
/** Not from a server of the contract: a test kit may give text. */
const BEYOND_LATIN1 = /[^\x00-\xff]/
/** Shared: it keeps nothing between two values, as each is decoded whole. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
