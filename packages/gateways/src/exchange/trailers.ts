/**
 * Trailer fields on any transport (SPEC C92–C94; RFC 9110 §6.5): which may be sent or believed, and `tsgi.trailers` of one
 * request. Knows no framing.
 */
import type { Environ, HeaderList, Trailers } from '@tsgi/contract'
import { BodyInput } from './input.ts'
import type { Sink } from './sink.ts'
import { checkInterimHeaders } from './start-response.ts'

/**
 * Fields for framing, routing, request modifiers, authentication, response control and content format (RFC 9110 §6.5.1),
 * and hop-by-hop fields.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...['age', 'authorization', 'cache-control', 'content-encoding', 'content-length', 'content-range', 'content-type'],
  ...['cookie', 'date', 'expect', 'expires', 'host', 'location', 'max-forwards', 'pragma', 'range', 'retry-after'],
  ...['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'proxy', 'set-cookie'],
  ...['proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization', 'vary', 'warning', 'www-authenticate'],
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
])

/** What may be sent, as it was said: flat name, value, …. @throws TypeError for what may not. */
export function checkTrailers(fields: HeaderList): readonly string[] {
  if (!Array.isArray(fields)) throw new TypeError('trailers must be a list of [name, value] pairs')
  for (const [name] of fields) {
    if (typeof name === 'string' && FORBIDDEN.has(name.toLowerCase()))
      throw new TypeError(`${name} must not be a trailer; it belongs before the body (RFC 9110 §6.5.1)`)
  }
  return checkInterimHeaders(fields)
}

/** What an application may see of the trailers of a request. @param flat name, value, …, as they came. */
export function receivedTrailers(flat: readonly string[]): HeaderList {
  const list: (readonly [name: string, value: string])[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] ?? '').toLowerCase()
    if (!FORBIDDEN.has(name)) list.push([name, flat[i + 1] ?? ''])
  }
  return list
}

/** Takes what an application sends. */
interface TrailerReceiver {
  addTrailers(flat: readonly string[]): void
}

/** `tsgi.trailers` of a request; `undefined` where neither its body nor its response can have some. */
export function trailersOf(environ: Environ, sink: Sink, receiver: TrailerReceiver): Trailers | undefined {
  const accepted = sink.hasTrailers === true && environ.HTTP_TE !== undefined && takesTrailers(environ)
  const input = environ['wsgi.input']
  const isOpen = input instanceof BodyInput && input.mayHaveTrailers
  if (!accepted && !isOpen) return undefined
  let received: HeaderList | undefined
  return {
    accepted,
    get received() {
      if (received !== undefined) return received
      const flat = input instanceof BodyInput ? input.trailers : []
      received = flat === undefined ? undefined : receivedTrailers(flat)
      return received
    },
    send(fields) {
      const checked = checkTrailers(fields)
      if (accepted) receiver.addTrailers(checked)
    },
  }
}

/** RFC 9110 §10.1.4: TE names what the client takes, and HTTP/1.0 has no place for it. */
function takesTrailers({ HTTP_TE = '', SERVER_PROTOCOL }: Environ): boolean {
  if (SERVER_PROTOCOL === 'HTTP/1.0') return false
  return HTTP_TE.split(',').some((coding) => coding.trim().toLowerCase() === 'trailers')
}
