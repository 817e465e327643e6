/**
 * All connections of one process: takes sockets, counts them, holds them to the cap, sends them home at the end.
 * Knows nothing of listening or of processes. Used by the worker and by `serve()`.
 */
import type { Socket } from 'node:net'
import type { ProxiedPeer } from '../proxy/proxy-protocol.ts'
import { type Connection, serveConnection } from './connection.ts'
import { ConnectionContext, type ConnectionSettings } from './connection-context.ts'
import type { Handshake } from './handshake.ts'
import type { RequestCycle } from './request-cycle.ts'

export interface ConnectionsOptions extends Omit<ConnectionSettings, 'draining' | 'observer'> {
  /** Connections served at a time. Beyond it a new one waits, and the longest idle one, or else the oldest, makes room. */
  readonly most: number
  /** What a socket goes through before HTTP: TLS, the PROXY protocol. Nothing without it. */
  readonly handshake?: Handshake | undefined
  /** Connections that may wait, unread; more are refused. */
  readonly waiting: number
  /** Told when the number of open connections has changed. */
  readonly changed?: (open: number) => void
  /** Told after each request how many there have been. */
  readonly ended?: (requests: number) => void
}

export class Connections {
  /** Requests that have ended. */
  requests = 0
  /** Requests under way. */
  busy = 0
  readonly #context: ConnectionContext
  readonly #most: number
  readonly #mostWaiting: number
  readonly #changed: (open: number) => void
  readonly #handshake: Handshake | undefined
  /** Undefined while its PROXY header is being waited for. */
  readonly #serving = new Map<Socket, Connection | undefined>()
  /** Accepted, not read from. */
  readonly #waiting = new Set<Socket>()
  /** Served, and asked to make room for one that waits. */
  readonly #givingWay = new Set<Connection>()
  #draining = false
  #whenEmpty: (() => void)[] = []

  constructor(options: ConnectionsOptions) {
    const isDraining = () => this.#draining
    this.#most = options.most
    this.#mostWaiting = options.waiting
    this.#handshake = options.handshake
    this.#changed = options.changed ?? (() => undefined)
    this.#context = new ConnectionContext({
      ...options,
      get draining() {
        return isDraining()
      },
      observer: {
        requestBegan: () => {
          this.busy++
        },
        requestEnded: () => {
          this.busy--
          this.requests++
          this.#makeRoom()
          options.ended?.(this.requests)
        },
      },
    })
  }

  get open(): number {
    return this.#serving.size + this.#waiting.size
  }

  get requestsUnderWay(): RequestCycle[] {
    return [...this.#serving.values()].flatMap((connection) => connection?.cycle ?? [])
  }

  /** Takes a socket that nobody has read from yet. */
  take(socket: Socket): void {
    if (this.#serving.size < this.#most) this.#serve(socket)
    else if (this.#waiting.size < this.#mostWaiting) this.#wait(socket)
    else socket.destroy()
    this.#changed(this.open)
  }

  /** From now on every answer is the last of its connection. Idle ones may still send a request, and get an answer. */
  drain(): void {
    this.#draining = true
  }

  /** Ends idle connections now, the others after their answer. */
  retire(): void {
    this.#draining = true
    for (const [socket, connection] of this.#serving) {
      if (connection === undefined) socket.destroy()
      else connection.retire()
    }
  }

  /** Cuts all of them. */
  destroy(): void {
    this.#draining = true
    this.#context.background.abandon()
    for (const socket of this.#waiting) socket.destroy()
    for (const [socket, connection] of this.#serving) {
      connection?.destroy()
      socket.destroy()
    }
  }

  /** Resolves when there is no connection left, and nothing goes on behind the responses. */
  async empty(): Promise<void> {
    if (this.open > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve))
    await this.#context.background.done()
  }

  #serve(socket: Socket): void {
    this.#serving.set(socket, undefined)
    socket.once('close', () => this.#closed(socket))
    if (this.#handshake === undefined) this.#begin(socket, socket, undefined)
    else this.#handshake.enter(socket, (stream, peer) => this.#begin(socket, stream, peer))
  }

  #begin(socket: Socket, stream: Socket, peer: ProxiedPeer | undefined): void {
    this.#serving.set(socket, serveConnection(stream, this.#context, peer))
    // Sockets come paused, so that they could still have been handed to another process.
    stream.resume()
  }

  #closed(socket: Socket): void {
    const connection = this.#serving.get(socket)
    if (connection !== undefined) this.#givingWay.delete(connection)
    this.#serving.delete(socket)
    const [next] = this.#waiting
    if (next !== undefined && this.#serving.size < this.#most) {
      this.#waiting.delete(next)
      next.removeAllListeners()
      this.#serve(next)
    }
    this.#left()
  }

  #wait(socket: Socket): void {
    this.#waiting.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      if (this.#waiting.delete(socket)) this.#left()
    })
    this.#makeRoom()
  }

  #left(): void {
    this.#changed(this.open)
    if (this.open > 0) return
    for (const resolve of this.#whenEmpty) resolve()
    this.#whenEmpty = []
  }

  /** As many give way as wait. */
  #makeRoom(): void {
    if (this.#waiting.size <= this.#givingWay.size) return
    const chosen = this.#mostDispensable()
    if (chosen === undefined) return
    this.#givingWay.add(chosen)
    chosen.retire()
  }

  /**
   * The longest idle one; else the one that has waited longest with its first request, for browsers open some in reserve;
   * else the oldest. A Map keeps the order of arrival, which is close to the order of idleness.
   */
  #mostDispensable(): Connection | undefined {
    let silent: Connection | undefined
    let oldest: Connection | undefined
    for (const connection of this.#serving.values()) {
      if (connection === undefined || this.#givingWay.has(connection)) continue
      if (connection.state !== 'idle') oldest ??= connection
      else if (connection.requests > 0) return connection
      else silent ??= connection
    }
    return silent ?? oldest
  }
}
