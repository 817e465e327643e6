/**
 * One connection of HTTP/2 (RFC 9113): a session of `node:http2`, its limits, its clocks and its end. A stream is a
 * request, http2-request.ts. Loaded where `--http2` is given and a client wants it; the handshake has found that out.
 */
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream, type ServerOptions } from 'node:http2'
import { TLSSocket } from 'node:tls'
import { HttpError } from '../http1/errors.ts'
import type { ProxiedPeer } from '../proxy/proxy-protocol.ts'
import { type ConnectionContext, type ConnectionSocket, connectionFacts } from './connection-context.ts'
import { Http2Request, type Http2RequestOwner, lineOf, readHead } from './http2-request.ts'
import type { ConnectionUse, ServedConnection } from './protocol.ts'
import { RequestOrigin } from './request.ts'
import type { Watched } from './timeouts.ts'

/** Requests under way at a time; more are refused, and clients send them again (RFC 9113 §5.1.2). */
const MAX_STREAMS = 128
/** Bytes of request bodies that may be on their way, of all streams together. One stream has the default, 64 KiB. */
const WINDOW_BYTES = 1024 * 1024

/** Serves HTTP/2 until either side ends it. */
export function serveHttp2(socket: ConnectionSocket, context: ConnectionContext, peer?: ProxiedPeer): Http2Connection {
  // Else a client that leaves is never noticed: the session answers no FIN of its own.
  socket.allowHalfOpen = false
  const connection = new Http2Connection(socket, context, peer)
  // The session waits for this event of a TLS socket whose handshake is over.
  if (socket instanceof TLSSocket) socket.emit('secureConnect')
  return connection
}

/** Node's own limits stand for the rest: pings and settings that wait for their answer, resets in a row, memory. */
function sessionOptions({ settings: { limits } }: ConnectionContext): ServerOptions {
  return {
    maxHeaderListPairs: limits.fieldCount + 8, // pseudo-header fields count too
    settings: {
      maxConcurrentStreams: MAX_STREAMS,
      maxHeaderListSize: limits.fields + limits.requestLine,
      enablePush: false,
    },
  }
}

export class Http2Connection implements ServedConnection, Watched, Http2RequestOwner {
  readonly protocol = 'h2'
  readonly #context: ConnectionContext
  readonly #origin: RequestOrigin
  readonly #session: ServerHttp2Session
  readonly #socket: ConnectionSocket
  /** Until the client has the last byte of their responses. */
  readonly #requests = new Set<Http2Request>()
  /** Since when there is no request, on the clock of `Timeouts`. */
  #idleSince: number
  #count = 0
  #isOver = false

  constructor(socket: ConnectionSocket, context: ConnectionContext, peer?: ProxiedPeer) {
    this.#socket = socket
    this.#context = context
    this.#origin = new RequestOrigin(connectionFacts(socket, context, peer), context.trustedProxies)
    this.#idleSince = context.timeouts.now
    // A Duplex in both directions is all that it needs; the types ask for a socket.
    const session = performServerHandshake(
      socket as Parameters<typeof performServerHandshake>[0],
      sessionOptions(context),
    )
    this.#session = session
    session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES))
    session.on('stream', (stream, _headers, _flags, fields) => this.#begin(stream, fields))
    session.on('error', () => undefined) // 'close' follows
    session.on('close', () => this.#closed())
    socket.on('error', () => undefined)
    socket.on('close', () => this.#closed())
    context.timeouts.watch(this)
  }

  get requestsUnderWay(): readonly Http2Request[] {
    return [...this.#requests].filter(({ isOver }) => !isOver)
  }

  get use(): ConnectionUse {
    if (this.#isOver) return 'over'
    const requests = [...this.#requests]
    if (requests.length === 0) return this.#count > 0 ? 'idle' : 'new'
    if (requests.every((request) => request.isOver || request.isSlow)) return 'slow'
    return requests.some(({ isUnanswered }) => isUnanswered) ? 'working' : 'sending'
  }

  get since(): number {
    const [oldest] = this.#requests
    return oldest?.since ?? this.#idleSince
  }

  /** GOAWAY names the last request that is served: what is on its way behind it is safe to be sent again (RFC 9113 §6.8). */
  retire(): void {
    if (!this.#session.closed) this.#session.close()
  }

  destroy(reason = 'the connection was ended by the server'): void {
    for (const request of this.#requests) request.cut(reason)
    this.#session.destroy()
    this.#socket.destroy()
  }

  check(now: number): void {
    const { timeouts, draining } = this.#context
    for (const request of this.#requests) request.check(now)
    if (draining) this.retire()
    if (this.#requests.size > 0) return
    const { headers, keepAlive } = timeouts.clocks
    if (!timeouts.isOver(this.#count === 0 ? headers : keepAlive, this.#idleSince)) return
    if (this.#session.closed) this.destroy()
    else {
      this.#idleSince = now
      this.#session.close()
    }
  }

  #begin(stream: ServerHttp2Stream, fields: readonly string[]): void {
    const { settings, draining, maxRequests } = this.#context
    const beganAt = settings.log === undefined ? 0 : performance.now()
    const request = new Http2Request(this.#context, this.#origin, beganAt, stream, this)
    this.#requests.add(request)
    this.#count++
    stream.once('close', () => {
      request.closed()
      this.#requests.delete(request)
      if (this.#requests.size === 0) this.#idleSince = this.#context.timeouts.now
    })
    try {
      const head = readHead(fields, settings.limits)
      request.run(head, this.#origin.templateFor(head.section))
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      request.refuse(error, lineOf(fields))
    }
    if (draining || this.#count >= maxRequests) this.retire()
  }

  requestOver(request: Http2Request): void {
    request.settle()
  }

  #closed(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#context.timeouts.forget(this)
    for (const request of this.#requests) request.closed()
    this.#requests.clear()
    this.#session.destroy()
    this.#socket.destroy()
  }
}
