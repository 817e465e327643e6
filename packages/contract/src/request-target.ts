/**
 * Parses the request target (RFC 9112 §3.2): its path, its query, and the path percent-decoded as the contract
 * demands. Pure functions.
 */

/**
 * The raw path of a target: of the origin-form and of the absolute-form (where an empty path is `/`,
 * RFC 9110 §4.2.3); `*` for the asterisk-form; `undefined` for anything else.
 */
export function pathOf(target: string): string | undefined {
  const beforeQuery = target.split('?', 1)[0] ?? ''
  if (beforeQuery.startsWith('/') || target === '*') return beforeQuery
  const authority = ABSOLUTE.exec(beforeQuery)
  return authority === null ? undefined : beforeQuery.slice(authority[0].length) || '/'
}

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/]+)/

/** The authority of an absolute-form target, `undefined` for the other forms. */
export function authorityOf(target: string): string | undefined {
  return target.startsWith('/') ? undefined : ABSOLUTE.exec(target.split('?', 1)[0] ?? '')?.[1]
}

/** What follows the first `?`; `''` without a `?`. */
export function queryOf(target: string): string {
  const mark = target.indexOf('?')
  return mark === -1 ? '' : target.slice(mark + 1)
}

/**
 * Percent-decodes a raw path once, as UTF-8. Bytes that are not UTF-8 become U+FFFD, one for each maximal invalid part.
 * @returns `undefined` for a malformed escape and for `%00`: a server refuses those with 400.
 */
export function decodePath(raw: string): string | undefined {
  if (!raw.includes('%')) return raw
  if (/%(?![0-9A-Fa-f]{2})|%00/.test(raw)) return undefined
  const bytes = new TextEncoder().encode(raw)
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const escaped = bytes[at] === PERCENT
    bytes[length] = escaped
      ? Number.parseInt(String.fromCharCode(...bytes.subarray(at + 1, at + 3)), 16)
      : (bytes.at(at) ?? 0)
    length += 1
    if (escaped) at += 2
  }
  // Without ignoreBOM a leading %EF%BB%BF would vanish, and two different paths become one.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, length))
}

const PERCENT = 0x25
