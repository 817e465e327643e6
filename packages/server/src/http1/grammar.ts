/**
 * Which bytes an HTTP/1.1 message may have at which place: tables over latin-1 code units, each under the RFC text it
 * comes from. Nothing here trims, folds case or converts numbers with functions of the language
 * ("a sequence of octets" (RFC 9112 §2.2)). Knows nothing of messages.
 */

/** One entry for each byte: 1 where it belongs to the class. */
export type OctetClass = Uint8Array

/**
 * RFC 9110 §5.6.2: tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" /
 * DIGIT / ALPHA
 */
export const TCHAR: OctetClass = octetClass(/[!#$%&'*+\-.^_`|~0-9A-Za-z]/)

/**
 * What a request target may hold: VCHAR but "#" (RFC 9112 §3.2; a fragment is never sent, RFC 9110 §7.1).
 * `"<>\^{|}` and the backtick are no URI characters, but are sent by clients and have one meaning only: kept as they are.
 */
export const TARGET: OctetClass = octetClass(/[!-"$-~]/)

/** RFC 9110 §5.5: field-value = *field-content, of VCHAR, obs-text (%x80-FF), SP and HTAB. No other control character. */
export const FIELD_VALUE: OctetClass = octetClass(/[\t -~\x80-\xff]/)

/** RFC 9110 §5.6.4: qdtext = HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text */
export const QDTEXT: OctetClass = octetClass(/[\t !#-[\]-~\x80-\xff]/)

/** The value of a HEXDIG (RFC 5234 B.1, both cases), 255 for any other byte. */
export const HEX_VALUE: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte | 0x20))
  return digit >= 0 && (digit >= 10 || byte < 0x3a) && byte >= 0x30 ? digit : 255
})

export const HTAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const DQUOTE = 0x22
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const EQUALS = 0x3d
export const BACKSLASH = 0x5c

/** RFC 9110 §5.6.2: token = 1*tchar */
export function isToken(text: string): boolean {
  return text !== '' && within(text, TCHAR)
}

/** RFC 9110 §5.5: also when it is empty. */
export function isFieldValue(text: string): boolean {
  return within(text, FIELD_VALUE)
}

/** RFC 5234 B.1: 1*DIGIT, the ASCII ones. */
export function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const byte = text.charCodeAt(at)
    if (byte < 0x30 || byte > 0x39) return false
  }
  return text !== ''
}

/** The text between `from` and `to` without the SP and HTAB around it (RFC 9110 §5.6.3: OWS = *( SP / HTAB )). */
export function trimOws(text: string, from = 0, to: number = text.length): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

/** The members of a comma-separated list (RFC 9110 §5.6.1), trimmed; empty ones are kept for the caller to judge. */
export function listMembers(value: string): string[] {
  return value.split(',').map((member) => trimOws(member))
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB
}

function within(text: string, bytes: OctetClass): boolean {
  for (let at = 0; at < text.length; at++) if (bytes[text.charCodeAt(at)] !== 1) return false
  return true
}

function octetClass(member: RegExp): OctetClass {
  return Uint8Array.from({ length: 256 }, (_, byte) => (member.test(String.fromCharCode(byte)) ? 1 : 0))
}
