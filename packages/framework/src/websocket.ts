/**
 * `@tsgi/framework/websocket`: routes that speak WebSocket (RFC 6455) over the contract's `tsgi.upgrade`. Frames are read by
 * the `ws` package, an optional peer; sockets are the server's. Knows the handshake; what is said is in peer.ts.
 */
import type { Application } from '@tsgi/contract'
import { HttpError } from './http/http-error.ts'
import { get, type NamedRoute } from './routing/route.ts'
import type { AnyRequest, RequestFor, RouteOptions } from './routing/route-types.ts'
import { isSchema, type OutputOf, type Schema } from './validation/schema.ts'
import { checkHandshake, type OriginRule, requireOrigin } from './websocket/handshake.ts'
import { type Peer, type PeerLimits, WebSocketPeer } from './websocket/peer.ts'

export type { OriginRule } from './websocket/handshake.ts'
export type { Peer, PeerLimits } from './websocket/peer.ts'

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
): NamedRoute<Pattern, RouteOptions & Omit<Options, keyof PeerLimits | 'message' | 'origin' | 'protocols'>, 'GET'>
export function websocket(pattern: string, ...rest: Tail): unknown {
  const [options, given] = rest.length === 1 ? [{}, rest[0]] : rest
  // Called with the peer and the request that pattern and options make.
  const view = given as (peer: Peer<never>, request: AnyRequest) => void | Promise<void>
  const { message, origin = 'same', protocols = [], maxMessage, ping, queue, ...route } = options
  if (message !== undefined && !isSchema(message)) throw new TypeError('websocket: its message is no schema')
  const limits = { maxMessage, ping, queue }
  WebSocketPeer.check(limits)
  return get(pattern, { responses: { 101: 'A WebSocket.' }, ...route }, (request: AnyRequest): Application => {
    const { environ } = request
    requireOrigin(environ, origin)
    const handshake = checkHandshake(environ, protocols)
    return async () => {
      const upgrade = environ['tsgi.upgrade']
      if (upgrade === undefined) throw new HttpError(501, 'This server does not pass WebSockets on')
      const peer = new WebSocketPeer(upgrade(await handshake.headers()), environ, {
        ...limits,
        message,
        protocol: handshake.protocol,
      })
      await peer.run(() => view(peer, request))
      return ''
    }
  })
}

/** A view for some peer and request; `never` stands for that, as in route.ts. */
type AnyView = (peer: never, request: never) => void | Promise<void>
type Tail = [view: AnyView] | [options: WebSocketOptions, view: AnyView]
