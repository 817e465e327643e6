/**
 * `@tsgi/framework/websocket`: routes that speak WebSocket (RFC 6455), over the contract's `tsgi.upgrade` by frames of ours,
 * or over `tsgi.websocket` by the platform's. Knows the handshake; what is said is in peer.ts.
 */
import type { Application, Environ } from '@tsgi/contract'
import { HttpError } from './http/http-error.ts'
import { get, type NamedRoute } from './routing/route.ts'
import type { AnyRequest, RequestFor, RouteOptions } from './routing/route-types.ts'
import { isSchema, type OutputOf, type Schema } from './validation/schema.ts'
import { negotiateCompression } from './websocket/compression.ts'
import { FrameWire } from './websocket/frame-wire.ts'
import { checkHandshake, type Handshake, type OriginRule, requireOrigin } from './websocket/handshake.ts'
import { type Peer, WebSocketPeer } from './websocket/peer.ts'
import { limitsOf, type PeerLimits } from './websocket/peer-limits.ts'
import { SocketWire } from './websocket/socket-wire.ts'
import type { Wire } from './websocket/wire.ts'

export type { OriginRule } from './websocket/handshake.ts'
export type { Peer } from './websocket/peer.ts'
export type { PeerLimits } from './websocket/peer-limits.ts'

/** What a WebSocket route declares. */
export interface WebSocketOptions
  extends Pick<RouteOptions, 'name' | 'params' | 'query' | 'headers' | 'cookies' | 'middleware' | 'doc'>,
    PeerLimits {
  /** Reads each message, as JSON. What does not fit ends the connection with 1007. Without it messages are text or bytes. */
  readonly message?: Schema
  /**
   * Which pages may connect, by the `Origin` that browsers send: `same` the host that was asked for, `any`, or a list such
   * as `['https://example.org']`. A client without an `Origin` is no browser, and may connect.
   * @default 'same'
   */
  readonly origin?: OriginRule
  /** Subprotocols, in order of preference; the first that the client offers is taken (RFC 6455 §1.9). */
  readonly protocols?: readonly string[]
  /**
   * Compresses messages (RFC 7692) for a client that offers it. It costs processor time for each message and each
   * receiver; no window is kept between messages, so an idle connection costs no memory. Platforms with sockets of their
   * own decide by themselves.
   * @default false
   */
  readonly compress?: boolean
}

/** What a peer sends: what the schema makes of it; without one text or bytes. */
export type MessageOf<Options> = Options extends { readonly message: infer S } ? OutputOf<S> : string | Uint8Array

/** Talks to one peer. When it returns, the connection is closed with 1000; when it throws, with 1011. */
export type WebSocketView<Pattern extends string, Options> = (
  peer: Peer<MessageOf<Options>>,
  request: RequestFor<Pattern, Omit<Options, 'message'>>,
) => void | Promise<void>

/**
 * A WebSocket route.
 * @throws TypeError for a bad option.
 * @example
 * websocket('/echo', async (peer) => {
 *   for await (const message of peer) await peer.send(message)
 * })
 */
export function websocket<const Pattern extends string>(
  pattern: Pattern,
  view: WebSocketView<Pattern, WebSocketOptions>,
): NamedRoute<Pattern, RouteOptions, 'GET'>
export function websocket<const Pattern extends string, const Options extends WebSocketOptions>(
  pattern: Pattern,
  options: Options,
  view: WebSocketView<Pattern, Options>,
): NamedRoute<
  Pattern,
  RouteOptions & Omit<Options, keyof PeerLimits | 'message' | 'origin' | 'protocols' | 'compress'>,
  'GET'
>
export function websocket(pattern: string, ...rest: Tail): unknown {
  const [options, given] = rest.length === 1 ? [{}, rest[0]] : rest
  // Called with the peer and the request that pattern and options make.
  const view = given as (peer: Peer<never>, request: AnyRequest) => void | Promise<void>
  const { message, origin = 'same', protocols = [], compress = false, ...others } = options
  const { maxMessage, rate, ping, idle, messageTimeout, sendTimeout, maxUnsent, queue, ...route } = others
  if (message !== undefined && !isSchema(message)) throw new TypeError('websocket: its message is no schema')
  const limits = limitsOf({ maxMessage, rate, ping, idle, messageTimeout, sendTimeout, maxUnsent, queue })
  return get(pattern, { responses: { 101: 'A WebSocket.' }, ...route }, (request: AnyRequest): Application => {
    const { environ } = request
    requireOrigin(environ, origin)
    const handshake = checkHandshake(environ, protocols)
    return async () => {
      const wire = await openWire(environ, handshake, limits.maxMessage, compress)
      const peer = new WebSocketPeer(wire, environ, limits, message)
      await peer.run(() => view(peer, request))
      return ''
    }
  })
}

/** @throws HttpError 501 where the server offers no way. */
async function openWire(environ: Environ, handshake: Handshake, maxMessage: number, compress: boolean): Promise<Wire> {
  const { 'tsgi.upgrade': upgrade, 'tsgi.websocket': accept } = environ
  const { protocol } = handshake
  if (upgrade !== undefined) {
    const compression = compress ? negotiateCompression(environ.HTTP_SEC_WEBSOCKET_EXTENSIONS ?? '') : undefined
    const headers = await handshake.headers(compression?.header)
    return new FrameWire(upgrade(headers), protocol, maxMessage, compression)
  }
  if (accept !== undefined) return new SocketWire(accept({ protocol }), protocol, maxMessage)
  throw new HttpError(501, 'This server does not pass WebSockets on')
}

/** A view for some peer and request; `never` stands for that, as in route.ts. */
type AnyView = (peer: never, request: never) => void | Promise<void>
type Tail = [view: AnyView] | [options: WebSocketOptions, view: AnyView]
