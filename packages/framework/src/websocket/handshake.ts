/** The opening handshake of WebSocket (RFC 6455 §4.2), as a server checks it. Knows headers only. */
import type { Environ, HeaderList } from '@tsgi/contract'
import { HttpError } from '../http/http-error.ts'

/** Which pages may connect. */
export type OriginRule = 'same' | 'any' | readonly string[]

/** A handshake that may be accepted. */
export interface Handshake {
  readonly protocol: string
  /** For `tsgi.upgrade`. @param extensions `Sec-WebSocket-Extensions`, where one was agreed upon. */
  headers(extensions: string | undefined): Promise<HeaderList>
}

/**
 * A page of another site must not use the cookies of a visitor (cross-site WebSocket hijacking): browsers check no
 * preflight here. @throws HttpError 403.
 */
export function requireOrigin({ HTTP_ORIGIN: origin, HTTP_HOST: host }: Environ, rule: OriginRule): void {
  if (origin === undefined || rule === 'any') return
  const isAllowed = rule === 'same' ? URL.parse(origin)?.host === host?.toLowerCase() : rule.includes(origin)
  if (!isAllowed) throw new HttpError(403, 'WebSockets are not open to this origin')
}

/** @throws HttpError 426 for a request that is no handshake, 400 for a bad one. */
export function checkHandshake(environ: Environ, protocols: readonly string[]): Handshake {
  const { HTTP_UPGRADE: upgrade = '', HTTP_SEC_WEBSOCKET_KEY: key = '', HTTP_SEC_WEBSOCKET_VERSION: version } = environ
  if (!listOf(upgrade).some((name) => name.toLowerCase() === 'websocket'))
    throw new HttpError(426, 'This is a WebSocket; connect with one')
  if (environ.REQUEST_METHOD !== 'GET') throw new HttpError(400, 'A WebSocket handshake is a GET')
  if (version !== '13')
    throw new HttpError(400, 'This version of WebSocket is not known', [['Sec-WebSocket-Version', '13']])
  // 16 bytes in Base64.
  if (!/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key)) throw new HttpError(400, 'The Sec-WebSocket-Key is malformed')
  const offered = listOf(environ.HTTP_SEC_WEBSOCKET_PROTOCOL ?? '')
  const protocol = protocols.find((name) => offered.includes(name)) ?? ''
  return { protocol, headers: (extensions) => headersFor(key, protocol, extensions) }
}

async function headersFor(key: string, protocol: string, extensions: string | undefined): Promise<HeaderList> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(key + GUID))
  const accept = btoa(String.fromCharCode(...new Uint8Array(digest)))
  const headers: [string, string][] = [
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Accept', accept],
  ]
  if (protocol !== '') headers.push(['Sec-WebSocket-Protocol', protocol])
  if (extensions !== undefined) headers.push(['Sec-WebSocket-Extensions', extensions])
  return headers
}

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

function listOf(value: string): readonly string[] {
  return value.split(',').map((each) => each.trim())
}
