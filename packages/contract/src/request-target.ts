/**
 * The request target (RFC 9112 §3.2) taken apart: its path, its query, and the path percent-decoded as the contract
 * wants it. Pure; asked by the environ's check and by the test kit.
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

/** What follows the first `?`; `''` when there is none. */
export function queryOf(target: string): string {
  const mark = target.indexOf('?')
  return mark === -1 ? '' : target.slice(mark + 1)
}

/**
 * Percent-decodes a raw path once, as UTF-8. Octets that are not UTF-8 become U+FFFD, each maximal part one.
 * @returns `undefined` for a malformed escape and for `%00`: a server refuses those with 400.
 */
export function decodePath(raw: string): string | undefined {
  if (!raw.includes('%')) return raw
  if (/%(?![0-9A-Fa-f]{2})|%00/.test(raw)) return undefined
  const octets = new TextEncoder().encode(raw)
  let length = 0
  for (let at = 0; at < octets.length; at += 1) {
    const escaped = octets[at] === PERCENT
    octets[length] = escaped
      ? Number.parseInt(String.fromCharCode(...octets.subarray(at + 1, at + 3)), 16)
      : (octets.at(at) ?? 0)
    length += 1
    if (escaped) at += 2
  }
  // Without ignoreBOM a leading %EF%BB%BF would vanish, and two different paths become one.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets.subarray(0, length))
}

const PERCENT = 0x25
