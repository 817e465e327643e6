/**
 * The two message objects of a request, made and ended as `http.Server` makes and ends them, but without its parser:
 * what the environ says goes into the objects, and the body comes by `push`. Uses only what `node:http` exports, and
 * methods without an underscore. Knows no contract; its exchange makes one per request, where no protocol is at stake.
 */
import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { DirectSocket } from './guest-socket.ts'
import { IncomingMessage, type Server, ServerResponse } from './http.ts'
import type { RequestFacts } from './request-fields.ts'

/** - `open`: the response is not finished; - `finished`: it is; - `closing`: its `'close'` is being emitted; - `closed`. */
type PairState = 'open' | 'finished' | 'closing' | 'closed'

export class MessagePair {
  readonly #socket: DirectSocket
  readonly #server: Server
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #state: PairState = 'open'

  constructor(server: Server, socket: DirectSocket, facts: RequestFacts) {
    this.#server = server
    this.#socket = socket
    socket.server = server
    // In this order, as http.Server has it: listeners of the handler come after these.
    socket.on('timeout', this.#onTimeout)
    socket.on('error', this.#onError)
    socket.on('close', this.#onSocketClose)
    socket.on('drain', this.#onDrain)
    this.#request = incoming(socket, facts)
    this.#response = new ServerResponse(this.#request)
    this.#response.shouldKeepAlive = facts.isPersistent
    this.#response.assignSocket(asSocket(socket))
    this.#response.on('finish', this.#onFinish)
    this.#response.on('close', this.#onClose)
  }

  /** Calls the handler, by the server's `'request'`, in an asynchronous context of its own. */
  announce(): void {
    const context = new AsyncResource('HTTPINCOMINGMESSAGE')
    context.runInAsyncScope(this.#start)
  }

  /** What instruments set in the context of a request (`enterWith()`) must not reach the next one. */
  readonly #start = (): void => {
    const [server, request, response] = [this.#server, this.#request, this.#response]
    publish(STARTED, request, response, this.#socket, server)
    server.emit('request', request, response)
  }

  /** More of the body. @returns false when no more is wanted before the socket is resumed. */
  push(bytes: Uint8Array): boolean {
    this.#socket.received(bytes.byteLength)
    return !this.#request.destroyed && this.#request.push(bytes)
  }

  /** The body is whole. */
  end(): void {
    if (this.#request.destroyed) return
    this.#request.complete = true
    this.#request.push(null)
  }

  /** Runs when the last byte has been handed over. A body that no reader has begun is read to its end and dropped. */
  readonly #onFinish = (): void => {
    const [request, response, socket] = [this.#request, this.#response, this.#socket]
    publish(FINISHED, request, response, socket, this.#server)
    this.#state = 'finished'
    if (!socket.wasResumed && request.readableFlowing !== true) {
      request.removeAllListeners('data')
      if (request.complete && !request.destroyed && request.readableLength === 0) request.read(0)
      else request.resume()
    }
    // Where the end of the body is that of the connection, this is it.
    socket.owner.finished()
    response.detachSocket(asSocket(socket))
    process.nextTick(this.#close)
  }

  /** ServerResponse is closed by the `'close'` of its socket: here by that of one which closes for all. */
  readonly #close = (): void => {
    if (this.#response.closed) return
    this.#state = 'closing'
    this.#response.assignSocket(asSocket(CLOSER))
    CLOSER.emit('close')
  }

  readonly #onClose = (): void => {
    if (this.#state === 'closing') this.#response.detachSocket(asSocket(CLOSER))
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    // The handler reads on: the connection is over when it has read all.
    if (!wasOpen && this.#socket.owner.isRead) this.#request.once('close', () => this.#leave(wasOpen))
    else this.#leave(wasOpen)
  }

  #leave(wasOpen: boolean): void {
    // On a real connection the next request would follow; here it is the end, and listeners hear of it. Not a
    // signal, which would abort.
    const isHeard = this.#socket.listenerCount('close') > OWN_CLOSE_LISTENERS
    if (wasOpen || (isHeard && !hasSignal(this.#request, this.#socket))) this.#socket.destroy()
    else this.#socket.release()
  }

  readonly #onSocketClose = (): void => {
    if (this.#state === 'open') this.#request.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
  }

  /** A response that is assigned again emits `'drain'` and clears its flag. Node 22 does not emit it: then we do. */
  readonly #onDrain = (): void => {
    const response = this.#response
    if (this.#state !== 'open' || !response.writableNeedDrain || response.writableLength > 0) return
    let isSaid = false
    const hear = (): void => {
      isSaid = true
    }
    response.once('drain', hear)
    response.detachSocket(asSocket(this.#socket))
    response.assignSocket(asSocket(this.#socket))
    response.off('drain', hear)
    if (!isSaid) response.emit('drain')
  }

  readonly #onTimeout = (): void => {
    const [request, response, socket] = [this.#request, this.#response, this.#socket]
    const byRequest = !request.complete && request.emit('timeout', socket)
    const byResponse = this.#state === 'open' && response.emit('timeout', socket)
    const byServer = this.#server.emit('timeout', socket)
    if (!byRequest && !byResponse && !byServer) socket.destroy()
  }

  readonly #onError = (error: Error): void => void this.#server.emit('clientError', error, this.#socket)
}

function incoming(socket: DirectSocket, facts: RequestFacts): IncomingMessage {
  const request = new IncomingMessage(asSocket(socket))
  request.httpVersionMajor = 1
  request.httpVersionMinor = facts.minor
  request.httpVersion = facts.minor === 1 ? '1.1' : '1.0'
  request.method = facts.method
  request.url = facts.target
  request.rawHeaders = facts.rawHeaders
  request.headers = facts.headers
  request.headersDistinct = facts.headersDistinct
  return Object.assign(request, { upgrade: false })
}

/** Whether the handler has read `request.signal`, which listens to the socket from then on. */
function hasSignal(request: IncomingMessage, socket: DirectSocket): boolean {
  const before = socket.listenerCount('close')
  return request.signal !== undefined && socket.listenerCount('close') === before
}

const OWN_CLOSE_LISTENERS = 1

/** What has no connection is for `node:http` still a socket: "any Duplex may be passed", and no more of it is used. */
function asSocket(socket: unknown): Socket {
  return socket as Socket
}

const CLOSER = new EventEmitter()

// The channels that Node documents: APMs subscribe to them. ServerResponse itself publishes `http.server.response.created`.
const STARTED = channel('http.server.request.start')
const FINISHED = channel('http.server.response.finish')

function publish(
  to: typeof STARTED,
  request: IncomingMessage,
  response: ServerResponse,
  socket: DirectSocket,
  server: Server,
): void {
  if (to.hasSubscribers) to.publish({ request, response, socket, server })
}
