/**
 * What all connections of a worker share: settings, clocks, counters, buffers. One per worker, given to each protocol
 * with each socket. Knows no connection.
 */
import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Application, ErrorStream, RateLimiter } from '@tsgi/contract'
import { type ConnectionFacts, LoopTurn, plainAddress } from '@tsgi/gateways/exchange'
import type { Limits } from '../http1/limits.ts'
import { ResponseOpenings } from '../http1/response.ts'
import { ForwardedTrust } from '../proxy/forwarded-trust.ts'
import type { ProxiedPeer } from '../proxy/proxy-protocol.ts'
import type { CombinedLineCache } from './access-log.ts'
import type { AccessRecord } from './access-record.ts'
import { BufferPool } from './buffer-pool.ts'
import { MinorGc } from './minor-gc.ts'
import { type Clocks, Timeouts } from './timeouts.ts'
import { clientVariables } from './tls.ts'
import { FlushScheduler } from './write-buffer.ts'

/** What the worker says of it. */
export interface ConnectionSettings {
  readonly application: Application
  readonly limits: Limits
  readonly clocks: Clocks
  /** `wsgi.errors`: the operator's log. */
  readonly errors: ErrorStream
  /** Whether clients are asked for certificates: the application gets SSL_CLIENT_*. */
  readonly clientCertificates?: boolean | undefined
  /** True if another process may serve the same application. */
  readonly multiprocess: boolean
  /** `tsgi.rate_limit`: counts for all processes of this server. */
  readonly rateLimit?: RateLimiter | undefined
  /** The value of the Server field; it is not sent without. */
  readonly serverHeader?: string | undefined
  /** Whether `tsgi.early_hints` is there over HTTP/1.1. @default false */
  readonly earlyHints?: boolean
  /** Called once for each request that ended, however it ended, refused and timed-out ones too. */
  readonly log?: ((record: AccessRecord, memory: CombinedLineCache) => void) | undefined
  /** Requests that one connection may bring; the response to the last one says so. 0, or without it: any number. */
  readonly keepAliveRequests?: number | undefined
  /** Peers whose Forwarded and X-Forwarded-* fields are believed, and which of them. @default no peer */
  readonly trustedProxies?: ForwardedTrust | undefined
}

/** What a connection runs on: a TCP or unix socket, a TLS socket, or any other stream of bytes in both directions. */
export type ConnectionSocket = Duplex &
  Partial<Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort' | 'resetAndDestroy'>>

export class ConnectionContext {
  readonly settings: ConnectionSettings
  readonly timeouts: Timeouts
  readonly openings: ResponseOpenings
  readonly flushes = new FlushScheduler()
  readonly loopTurn = new LoopTurn()
  readonly trustedProxies: ForwardedTrust
  readonly maxRequests: number
  readonly background = new PendingTasks()
  readonly blocks = new BufferPool()
  readonly collector = new MinorGc()
  /** True once the worker is stopping: every response is the last one of its connection. */
  draining = false
  /** `tsgi.leaving`. */
  readonly #leaving = new AbortController()
  /** Counted by the requests themselves: plain numbers cost them nothing. */
  requestsUnderWay = 0
  requestsEnded = 0
  /** Called after each request that ended. */
  onRequestEnded: (() => void) | undefined

  constructor(settings: ConnectionSettings) {
    this.settings = settings
    setMaxListeners(0, this.#leaving.signal) // each long response has one
    this.timeouts = new Timeouts(settings.clocks)
    this.maxRequests = settings.keepAliveRequests || Number.POSITIVE_INFINITY
    this.openings = new ResponseOpenings(settings.serverHeader)
    this.trustedProxies = settings.trustedProxies ?? new ForwardedTrust({ peers: [] })
  }

  get leaving(): AbortSignal {
    return this.#leaving.signal
  }

  /** The worker begins to leave: from now on every response is the last one of its connection. */
  drain(): void {
    this.draining = true
    this.#leaving.abort(new Error('the server is about to leave'))
  }
}

/** What the environ says of a connection. @param peer for whom a proxy speaks, by the PROXY protocol. */
export function connectionFacts(
  socket: ConnectionSocket,
  { settings, leaving }: ConnectionContext,
  peer: ProxiedPeer | undefined,
): ConnectionFacts {
  const { multiprocess, errors, rateLimit } = settings
  return {
    // A unix socket has neither name nor port; PEP 3333 wants both to be there.
    serverName: peer?.localAddr ?? (plainAddress(socket.localAddress) || 'localhost'),
    serverPort: peer?.localPort ?? String(socket.localPort ?? 0),
    scheme: 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http',
    remoteAddr: peer?.remoteAddr ?? plainAddress(socket.remoteAddress),
    remotePort: peer?.remotePort ?? String(socket.remotePort ?? ''),
    multiprocess,
    errors,
    leaving,
    rateLimit,
    ...(settings.clientCertificates === true &&
      socket instanceof TLSSocket && { variables: () => clientVariables(socket) }),
  }
}

/*
 * Work that goes on after responses have ended (`tsgi.after_response`, the closing of bodies): a process that leaves
 * waits for it, as long as it waits for connections. Knows only promises.
 */
export class PendingTasks {
  readonly #under = new Set<Promise<unknown>>()
  #abandoned = Promise.withResolvers<void>()

  /** @param promise of the exchange: it never rejects. */
  add(promise: Promise<unknown>): void {
    this.#under.add(promise)
    void promise.finally(() => this.#under.delete(promise))
  }

  /** Resolves when nothing is under way any more, or after `abandon`. */
  async done(): Promise<void> {
    while (this.#under.size > 0) await Promise.race([Promise.all(this.#under), this.#abandoned.promise])
  }

  /** The time is over: `done` resolves now. */
  abandon(): void {
    this.#under.clear()
    this.#abandoned.resolve()
  }
}
