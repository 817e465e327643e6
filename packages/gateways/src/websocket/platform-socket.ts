/**
 * Which sockets the platform of a fetch handler has: Bun's server, `Deno.upgradeWebSocket`, the `WebSocketPair` of Workers.
 * Knows their names; each is used only where it is found.
 */
import type { MessageSocket } from '@tsgi/contract'
import { acceptBun, isBunServer } from './bun-socket.ts'
import { type StandardWebSocket, standardSocket } from './standard-socket.ts'

/** A WebSocket that was accepted; `response` is what the handler must return, on Bun nothing. */
export interface AcceptedSocket {
  readonly socket: MessageSocket
  readonly response: Response | undefined
}

/** @param ended called once, at the end of the connection. */
export type AcceptSocket = (request: Request, protocol: string, ended: () => void) => AcceptedSocket

/** Finds how the platform accepts the WebSocket of a request. @returns undefined where it does not. */
export type PlatformSockets = (request: Request, platform: unknown) => AcceptSocket | undefined

interface Platform {
  readonly Deno?: {
    upgradeWebSocket?(
      request: Request,
      options: { readonly protocol?: string },
    ): { readonly socket: StandardWebSocket; readonly response: Response }
  }
  readonly WebSocketPair?: new () => Readonly<Record<number, StandardWebSocket & { accept(): void }>>
}

/**
 * The sockets of Bun, Deno and Workers, for `toFetchHandler`. Bun also wants {@link bunWebSocket}.
 * @example
 * toFetchHandler(application, { sockets: platformSockets })
 */
export const platformSockets: PlatformSockets = (request, server) => {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return undefined
  const { Deno: deno, WebSocketPair } = globalThis as Platform
  if (isBunServer(server)) {
    return (asked, protocol, ended) => ({ socket: acceptBun(server, asked, protocol, ended), response: undefined })
  }
  if (deno?.upgradeWebSocket !== undefined) {
    return (asked, protocol, ended) => {
      const options = protocol === '' ? {} : { protocol }
      const accepted = deno.upgradeWebSocket?.(asked, options)
      if (accepted === undefined) throw new Error('Deno accepts no WebSocket')
      const { promise, resolve } = Promise.withResolvers<void>()
      accepted.socket.addEventListener('open', resolve)
      accepted.socket.addEventListener('close', () => resolve())
      accepted.socket.addEventListener('error', () => resolve())
      return { socket: standardSocket(accepted.socket, promise, ended), response: accepted.response }
    }
  }
  return WebSocketPair === undefined
    ? undefined
    : (_, protocol, ended) => acceptPair(new WebSocketPair(), protocol, ended)
}

/** The client's half goes to the platform, with the response. */
function acceptPair(
  pair: Readonly<Record<number, StandardWebSocket & { accept(): void }>>,
  protocol: string,
  ended: () => void,
): AcceptedSocket {
  const [client, server] = [pair[0], pair[1]]
  if (server === undefined) throw new Error('the platform made no WebSocket')
  server.accept()
  const headers = protocol === '' ? {} : { 'Sec-WebSocket-Protocol': protocol }
  // `webSocket` is a field of Workers.
  const init: ResponseInit & { readonly webSocket: unknown } = { status: 101, webSocket: client, headers }
  return { socket: standardSocket(server, Promise.resolve(), ended), response: new Response(null, init) }
}
