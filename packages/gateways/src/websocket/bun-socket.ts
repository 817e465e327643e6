/**
 * WebSockets of Bun: `server.upgrade()` accepts one, and what comes is passed to the `websocket` handlers of `Bun.serve`.
 * Knows Bun's interface, by its shape; imports nothing of it.
 */
import type { MessageSocket } from '@tsgi/contract'
import { MessageQueue } from './message-queue.ts'

/** Bun's server, as far as WebSockets go. */
export interface BunServer {
  upgrade(request: Request, options: { readonly data: unknown; readonly headers: Headers }): boolean
}

/** One connection. */
export interface BunSocket {
  readonly data: unknown
  readonly readyState: number
  /** @returns bytes that were sent, -1 where they wait, 0 where they were dropped. */
  send(message: string | Uint8Array): number
  close(code?: number, reason?: string): void
}

/** The `websocket` of `Bun.serve`. */
export interface BunWebSocketHandlers {
  open(socket: BunSocket): void
  message(socket: BunSocket, message: string | Uint8Array): void
  drain(socket: BunSocket): void
  close(socket: BunSocket, code: number, reason: string): void
}

export function isBunServer(platform: unknown): platform is BunServer {
  return typeof platform === 'object' && platform !== null && typeof Reflect.get(platform, 'upgrade') === 'function'
}

/**
 * What Bun wants beside `fetch`. One for every handler: what is of one connection is in its `data`.
 * @example
 * Bun.serve({ fetch: toFetchHandler(application, { sockets: platformSockets }), websocket: bunWebSocket })
 */
export const bunWebSocket: BunWebSocketHandlers = {
  open: (socket) => connectionOf(socket)?.opened(socket),
  message: (socket, message) => {
    connectionOf(socket)?.queue.push(typeof message === 'string' ? message : new Uint8Array(message))
  },
  drain: (socket) => connectionOf(socket)?.drained(),
  close: (socket, code, reason) => connectionOf(socket)?.closed(code, reason),
}

/** @throws Error where Bun refuses the handshake, or `Bun.serve` has no `websocket`. */
export function acceptBun(server: BunServer, request: Request, protocol: string, ended: () => void): MessageSocket {
  const connection = new BunConnection(ended)
  const headers = new Headers()
  if (protocol !== '') headers.set('Sec-WebSocket-Protocol', protocol)
  if (!server.upgrade(request, { data: connection, headers })) throw new Error('Bun refused the WebSocket handshake')
  return connection.socket
}

function connectionOf({ data }: BunSocket): BunConnection | undefined {
  return data instanceof BunConnection ? data : undefined
}

class BunConnection {
  readonly queue = new MessageQueue(() => this.#socket?.close(1008, 'too many messages wait'))
  readonly socket: MessageSocket
  readonly #ended: () => void
  readonly #opening = Promise.withResolvers<void>()
  #socket: BunSocket | undefined
  #drained: PromiseWithResolvers<void> | undefined

  constructor(ended: () => void) {
    this.#ended = ended
    this.socket = {
      messages: this.queue,
      closed: this.queue.closed,
      send: (message) => this.#send(message),
      close: (code, reason) => void this.#opening.promise.then(() => this.#socket?.close(code, reason)),
    }
  }

  opened(socket: BunSocket): void {
    this.#socket = socket
    this.#opening.resolve()
  }

  drained(): void {
    this.#drained?.resolve()
    this.#drained = undefined
  }

  closed(code: number, reason: string): void {
    this.#socket = undefined
    this.#opening.resolve()
    this.queue.end(code, reason)
    this.#drained?.resolve()
    this.#ended()
  }

  async #send(message: string | Uint8Array): Promise<void> {
    await this.#opening.promise
    const sent = this.#socket?.send(message)
    if (sent === undefined) throw new Error('the WebSocket is closed')
    if (sent !== -1) return
    this.#drained ??= Promise.withResolvers()
    await this.#drained.promise
  }
}
