/**
 * A request target split into path and query (RFC 9112 §3.2), and its path decoded. Knows no request.
 */

export interface RequestTarget {
  readonly path: string
  /** What follows the first `?`, raw. */
  readonly query: string
  /** Of an absolute-form only. */
  readonly authority: string | undefined
}

/** Splits a request target in origin-form, absolute-form or asterisk-form; any other has no path (RFC 9112 §3.2). */
export function splitTarget(target: string, method: string): RequestTarget | undefined {
  if (NOT_IN_TARGET.test(target)) return undefined
  if (target.startsWith('/')) return splitQuery(target, undefined)
  if (target === '*') return method === 'OPTIONS' ? { path: '*', query: '', authority: undefined } : undefined
  const [whole = '', authority] = ABSOLUTE_FORM.exec(target) ?? []
  return authority === undefined ? undefined : splitQuery(target.slice(whole.length), authority)
}

/** Characters that a target must not have: SP, control characters, a fragment, unescaped bytes. */
const NOT_IN_TARGET = /[^\x21\x22\x24-\x7e]/

/** The scheme and the authority, which may not hold userinfo (RFC 9110 §4.2.4). */
const ABSOLUTE_FORM = /^https?:\/\/([^/?@]+)(?=[/?]|$)/i

function splitQuery(target: string, authority: string | undefined): RequestTarget {
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  // An absolute-form without a path means its root (RFC 9112 §3.2.1).
  return { path: path === '' ? '/' : path, query: mark === -1 ? '' : target.slice(mark + 1), authority }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Decodes escapes once, as UTF-8; bytes that are not UTF-8 become U+FFFD. */
export function decodePath(path: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})|%00/.test(path)) return undefined
  return path.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    const bytes = new Uint8Array(escapes.length / 3)
    for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(escapes.slice(i * 3 + 1, i * 3 + 3), 16)
    return decoder.decode(bytes)
  })
}
