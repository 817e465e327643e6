/**
 * One spelling for each path, so that a pattern and a request can be compared byte by byte (RFC 3986 §6.2.2):
 * unreserved characters are not escaped, escapes are upper case, everything a path may not hold is escaped.
 * Reserved characters keep the spelling they came with: `/a%2Fb` stays one segment. Knows nothing of routes.
 */

// pchar and "/" (RFC 3986 §3.3) stay as they are; "%" needs a look at what follows.
const NOT_PLAIN = /%(?:[0-9A-Fa-f]{2})?|[^\w\-.~!$&'()*+,;=:@/%]/gu
const UNRESERVED = /[\w\-.~]/

/** The canonical spelling of a raw path; undefined if a `%` in it is not followed by two hexadecimal digits. */
export function canonicalPath(raw: string): string | undefined {
  let malformed = false
  const canonical = raw.replace(NOT_PLAIN, (found) => {
    if (found === '%') malformed = true
    return found.length === 3 && found.startsWith('%') ? canonicalEscape(found) : escapeCharacter(found)
  })
  return malformed ? undefined : canonical
}

/** The canonical spelling of text in a pattern: a lone `%` is the character itself. */
export function canonicalText(text: string): string {
  return text.replace(NOT_PLAIN, (found) =>
    found.length === 3 && found.startsWith('%') ? canonicalEscape(found) : escapeCharacter(found),
  )
}

/** The canonical spelling of a decoded path, in which every `%` is the character itself. */
export function encodePath(decoded: string): string {
  return decoded
    .replaceAll('%', '%25')
    .replace(NOT_PLAIN, (found) => (found === '%25' ? found : escapeCharacter(found)))
}

/**
 * Percent-decodes as the contract decodes `PATH_INFO`: once, as UTF-8, with U+FFFD for bytes that are not UTF-8.
 * The escapes must be well formed.
 */
export function decodePath(raw: string): string {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch {
    return raw.replace(/(?:%[0-9A-Fa-f]{2})+/g, decodeRun)
  }
}

function decodeRun(run: string): string {
  const bytes = Uint8Array.from({ length: run.length / 3 }, (_, i) =>
    Number.parseInt(run.slice(3 * i + 1, 3 * i + 3), 16),
  )
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

function canonicalEscape(triplet: string): string {
  const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
  return UNRESERVED.test(character) ? character : triplet.toUpperCase()
}

/** A surrogate without its other half has no UTF-8 form; it is sent as U+FFFD. */
function escapeCharacter(character: string): string {
  return encodeURIComponent(character.toWellFormed())
}
