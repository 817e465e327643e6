/**
 * All connections of one process: takes sockets, counts them, holds them to the cap, and ends them when the process is to
 * leave. Knows nothing of listening or of processes, and no protocol. Used by the worker and by `serve()`.
 */
import type { Socket } from 'node:net'
import { plainAddress } from '@tsgi/gateways/exchange'
import { Admission, shareOf } from './admission.ts'
import { ConnectionContext, type ConnectionSettings } from './connection-context.ts'
import type { Handshake, OnSecured } from './handshake.ts'
import { serveHttp1 } from './http1-connection.ts'
import type { ConnectionUse, Protocol, ServedConnection } from './protocol.ts'
import type { ServedRequest } from './request.ts'
import type { Watched } from './timeouts.ts'

export interface ConnectionsOptions extends ConnectionSettings {
  /** Connections served at a time. Beyond it a new one waits, and one that is served makes room. */
  readonly most: number
  /** What is spoken where the handshake says nothing else. @default HTTP/1.1 */
  readonly protocol?: Protocol | undefined
  /** What a socket goes through before HTTP: TLS, the PROXY protocol. Nothing without it. */
  readonly handshake?: Handshake | undefined
  /** Connections that may wait, unread; more are refused. */
  readonly waiting: number
  /** Called when the number of open connections has changed. */
  readonly changed?: (open: number) => void
  /** Called after each request. @param requests how many there have been. */
  readonly ended?: (requests: number) => void
}

/** How long a socket waits before a connection of a greedier address is cut for it. */
const EVICT_AFTER_MS = 1_000
/** Connections that are cut at a time. */
const MAX_CUTS = 16

interface Served {
  readonly share: string
  /** Undefined while its handshake is under way. */
  connection: ServedConnection | undefined
  /** It was asked to make room for one that waits. */
  makesRoom: boolean
  /** It was cut for one that waits, and is not closed yet. */
  isCut: boolean
}

export class Connections implements Watched {
  readonly #context: ConnectionContext
  readonly #most: number
  readonly #mostWaiting: number
  readonly #changed: (open: number) => void
  readonly #ended: ((requests: number) => void) | undefined
  readonly #handshake: Handshake | undefined
  readonly #protocol: Protocol
  readonly #serving = new Map<Socket, Served>()
  readonly #admission = new Admission()
  /** Served connections that were asked to make room. */
  #makingRoom = 0
  #cutting = 0
  /** Since when sockets have waited without a break, on the clock of `Timeouts`. */
  #waitingSince = 0
  #isFull = false
  #whenEmpty: (() => void)[] = []

  constructor(options: ConnectionsOptions) {
    this.#most = options.most
    this.#mostWaiting = options.waiting
    this.#handshake = options.handshake
    this.#protocol = options.protocol ?? serveHttp1
    this.#changed = options.changed ?? (() => undefined)
    this.#ended = options.ended
    this.#context = new ConnectionContext(options)
    this.#attend()
  }

  get open(): number {
    return this.#serving.size + this.#admission.waiting
  }

  /** Requests that have ended. */
  get requests(): number {
    return this.#context.requestsEnded
  }

  /** Requests under way. */
  get busy(): number {
    return this.#context.requestsUnderWay
  }

  get requestsUnderWay(): ServedRequest[] {
    return [...this.#serving.values()].flatMap(({ connection }) => [...(connection?.requestsUnderWay ?? [])])
  }

  /** Open connections by protocol; those in their handshake have none yet. */
  get protocols(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { connection } of this.#serving.values()) {
      if (connection !== undefined) counts[connection.protocol] = (counts[connection.protocol] ?? 0) + 1
    }
    return counts
  }

  /** Takes a socket that nothing has been read from. */
  take(socket: Socket): void {
    if (this.#serving.size < this.#most) this.#serve(socket)
    else this.#wait(socket)
    this.#changed(this.open)
  }

  /** From now on every response is the last of its connection. Idle ones may still send a request, and get a response. */
  drain(): void {
    this.#context.drain()
  }

  /** Ends idle connections now, the others after their response. */
  retire(): void {
    this.#context.drain()
    for (const [socket, { connection }] of this.#serving) {
      if (connection === undefined) socket.destroy()
      else connection.retire()
    }
  }

  /** Cuts all of them. */
  destroy(): void {
    this.#context.drain()
    this.#context.background.abandon()
    for (const socket of [...this.#admission]) socket.destroy()
    for (const [socket, { connection }] of this.#serving) {
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
    const served: Served = { share: this.#shareOf(socket), connection: undefined, makesRoom: false, isCut: false }
    this.#serving.set(socket, served)
    this.#admission.serve(served.share)
    socket.once('close', () => this.#closed(socket, served))
    const begin: OnSecured = (stream, peer, protocol = this.#protocol) => {
      served.connection = protocol(stream, this.#context, peer)
      stream.resume() // sockets come paused, so that they could still have been handed to another process
    }
    if (this.#handshake === undefined) begin(socket, undefined)
    else this.#handshake.enter(socket, begin)
  }

  /** Many clients stand behind a trusted proxy: it shares with unix sockets, and none of them is ever greedy. */
  #shareOf({ remoteAddress }: Socket): string {
    const address = plainAddress(remoteAddress)
    return this.#context.trustedProxies.peers.has(address) ? '' : shareOf(address)
  }

  #closed(socket: Socket, served: Served): void {
    if (served.makesRoom) this.#makingRoom--
    if (served.isCut) this.#cutting--
    this.#serving.delete(socket)
    this.#admission.leave(served.share)
    const next = this.#serving.size < this.#most ? this.#admission.takeNext() : undefined
    if (next !== undefined) {
      next.removeAllListeners()
      this.#serve(next)
    }
    this.#left()
  }

  #left(): void {
    this.#setFull(this.#admission.waiting > 0)
    this.#changed(this.open)
    if (this.open > 0) return
    for (const resolve of this.#whenEmpty) resolve()
    this.#whenEmpty = []
  }

  // ------------------------------------------------------------------ when the worker is full

  #wait(socket: Socket): void {
    const share = this.#shareOf(socket)
    if (this.#admission.waiting >= this.#mostWaiting) {
      const other = this.#admission.mostWaitingBeside(share)
      ;(other ?? socket).destroy()
      if (other === undefined) return
    }
    this.#admission.wait(socket, share)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      if (this.#admission.stopWaiting(socket, share)) this.#left()
    })
    this.#setFull(true)
    this.#makeRoom()
  }

  /** Most workers are never full: only then are requests and clocks looked at. */
  #setFull(isFull: boolean): void {
    if (isFull === this.#isFull) return
    const { timeouts } = this.#context
    this.#isFull = isFull
    this.#waitingSince = timeouts.now
    if (isFull) timeouts.watch(this)
    else timeouts.forget(this)
    this.#attend()
  }

  #attend(): void {
    const ended = this.#ended
    if (!this.#isFull && ended === undefined) this.#context.onRequestEnded = undefined
    else {
      this.#context.onRequestEnded = () => {
        if (this.#isFull) this.#makeRoom()
        ended?.(this.requests)
      }
    }
  }

  /** As many make room as wait. @returns whether one more was asked to. */
  #makeRoom(): boolean {
    if (this.#admission.waiting <= this.#makingRoom) return false
    const chosen = this.#leastUsed(({ makesRoom }) => !makesRoom)
    if (chosen?.connection === undefined) return false
    chosen.makesRoom = true
    this.#makingRoom++
    if (chosen.connection.use === 'over') chosen.connection.destroy()
    else chosen.connection.retire()
    return true
  }

  /** Sockets have waited: where an address has more than its share, its least used connections are cut for the others. */
  check(now: number): void {
    while (this.#makeRoom());
    // One for each address at a time: the next look shows whether it was enough.
    if (now - this.#waitingSince < EVICT_AFTER_MS || this.#cutting > 0) return
    for (const share of this.#admission.waitingShares()) if (this.#cutting < MAX_CUTS) this.#cutFor(share)
  }

  #cutFor(share: string): void {
    const greedy = this.#admission.greedierThan(share)
    if (greedy === undefined) return
    const chosen = this.#leastUsed((served) => served.share === greedy && !served.isCut)
    if (chosen === undefined) return
    chosen.isCut = true
    this.#cutting++
    chosen.connection?.destroy('its address had more connections than others, which waited')
  }

  /** Of equal use the longest. A Map keeps the order of arrival, which is close to that of use. */
  #leastUsed(isCandidate: (served: Served) => boolean): Served | undefined {
    let least: Served | undefined
    let place = Number.POSITIVE_INFINITY
    let since = 0
    for (const served of this.#serving.values()) {
      const { connection } = served
      if (connection === undefined || !isCandidate(served)) continue
      const its = ORDER.indexOf(connection.use)
      if (its > place || (its === place && connection.since >= since)) continue
      least = served
      place = its
      since = connection.since
    }
    return least
  }
}

const ORDER: readonly ConnectionUse[] = ['over', 'idle', 'new', 'reading', 'slow', 'sending', 'working']
