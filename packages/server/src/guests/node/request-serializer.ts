/**
 * The request of an environ as bytes again, for Node's own parser (RFC 9112 §3–§7). Everything in it is checked here,
 * since a middleware may have put what it liked into the environ. Knows the contract; does no I/O.
 */
import type { Environ } from '@tsgi/contract'
import { eachHeader } from '../request-headers.ts'

/**
 * - `none`: there is no body; - `length`: Content-Length says how long it is; - `chunked`: only its end will tell;
 * - `until-close`: another protocol's, whose end is that of the connection;
 * - `unknown`: the transport has not said whether there is one, as fetch does not.
 */
export type RequestFraming = 'none' | 'length' | 'chunked' | 'until-close' | 'unknown'

export function requestFraming(environ: Environ): RequestFraming {
  if (environ.HTTP_TRANSFER_ENCODING !== undefined) return 'chunked'
  if (environ.CONTENT_LENGTH !== undefined) return environ.CONTENT_LENGTH === '0' ? 'none' : 'length'
  return environ.REQUEST_METHOD === 'GET' || environ.REQUEST_METHOD === 'HEAD' ? 'none' : 'unknown'
}

/**
 * The head of the request, as latin-1 text.
 * @param offers whether `Upgrade` is shown: to Node's parser what follows it is no HTTP.
 * @throws TypeError for what is no method, target or header value.
 */
export function requestHead(environ: Environ, target: string, framing: RequestFraming, offers: boolean): string {
  const { REQUEST_METHOD: method, SERVER_PROTOCOL: protocol } = environ
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method)) throw new TypeError('REQUEST_METHOD is not a token')
  checkTarget(target)
  let head = `${method} ${target} ${protocol === 'HTTP/1.0' ? protocol : 'HTTP/1.1'}\r\n`
  eachHeader(environ, (name, value) => {
    if (name === 'Transfer-Encoding' || (name === 'Content-Length' && framing === 'chunked')) return
    if (name === 'Upgrade' && !offers) return
    head += `${name}: ${value}\r\n`
  })
  return `${head}${framing === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : ''}\r\n`
}

/** @throws TypeError for what is no target. */
export function checkTarget(target: string): void {
  if (!/^[\x21-\x7e]+$/.test(target)) throw new TypeError('REQUEST_URI has characters that no request line has')
}

/** One chunk of a chunked body (RFC 9112 §7.1). */
export function framedChunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, CRLF])
}

const CRLF = Buffer.from('\r\n')
export const LAST_CHUNK = '0\r\n\r\n'
