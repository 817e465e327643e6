/**
 * `SCRIPT_NAME` and `PATH_INFO` as PEP 3333 has them: the bytes of the path, each as one character. They are taken
 * from the raw target, for the contract's text has lost what was not UTF-8. Pure.
 */
import type { Environ } from '@tsgi/contract'

export interface OctetPath {
  readonly scriptName: string
  readonly pathInfo: string
}

/** The two, for an environ in which `SCRIPT_NAME` may have been extended by a mount. */
export function bytePath(environ: Environ): OctetPath {
  const { SCRIPT_NAME, PATH_INFO, REQUEST_URI } = environ
  // WSGI knows no `*`: a PATH_INFO begins with a slash. REQUEST_URI still tells.
  if (PATH_INFO === '*') return { scriptName: '', pathInfo: '/' }
  const asText = { scriptName: toOctets(SCRIPT_NAME), pathInfo: toOctets(PATH_INFO) }
  const raw = rawPath(REQUEST_URI)
  // Without an escape the path is its own bytes.
  if (!raw.includes('%')) return asText
  const bytes = unescapeOctets(raw)
  return (bytes === undefined ? undefined : split(bytes, SCRIPT_NAME, PATH_INFO)) ?? asText
}

/** UTF-8 bytes as latin-1 text. */
function toOctets(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1')
}

/** The path of an origin-form, absolute-form or asterisk-form (RFC 9112 §3.2). */
function rawPath(target: string): string {
  const path = target.split('?', 1)[0] ?? ''
  return path.startsWith('/') ? path : path.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*/, '') || '/'
}

function unescapeOctets(raw: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(raw)) return undefined
  return raw.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

/**
 * Cuts the bytes where both halves decode to the texts. A middleware that changed the texts without the target (which
 * SPEC C16 forbids) finds no cut.
 */
function split(bytes: string, scriptName: string, pathInfo: string): OctetPath | undefined {
  for (let cut = 0; ; cut = nextCut(bytes, cut)) {
    const prefix = decode(bytes.slice(0, cut))
    if (prefix === scriptName) {
      const rest = bytes.slice(cut)
      return decode(rest) === pathInfo ? { scriptName: bytes.slice(0, cut), pathInfo: rest } : undefined
    }
    if (prefix.length >= scriptName.length || cut === bytes.length) return undefined
  }
}

/** A mount ends before a slash, or at the end of the path. */
function nextCut(bytes: string, cut: number): number {
  const slash = bytes.indexOf('/', cut + 1)
  return slash === -1 ? bytes.length : slash
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function decode(bytes: string): string {
  return decoder.decode(Buffer.from(bytes, 'latin1'))
}
