/**
 * One request in the hands of a Node handler: environ to bytes for Node's parser, Node's bytes to a contract response.
 * Between them everything is Node's own, and so are the events and their order. Knows the contract; knows neither
 * framing nor the server that Node has. `fromNodeHandler` makes one per request.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Body, Chunk, Environ, HeaderList, StartResponse } from '@tsgi/contract'
import { type MountedTarget, mountedTarget } from '../mounted-target.ts'
import { contractHeaders, hintHeaders, statusLine } from '../response-head.ts'
import type { AbortWatch, SignalWatcher } from './abort-watch.ts'
import { DeferredBody } from './deferred-body.ts'
import { DirectSocket, GuestSocket, type NodeHandler, type Piece, type SocketOwner } from './guest-socket.ts'
import { MessagePair } from './message-pair.ts'
import { PulledBody } from './pulled-body.ts'
import { isPlain, requestFacts } from './request-fields.ts'
import { type PumpOwner, RequestPump } from './request-pump.ts'
import { type RequestFraming, requestFraming, requestHead } from './request-serializer.ts'
import { ResponseReader, type WrittenHead } from './response-reader.ts'

/**
 * - `waiting`: the handler has not answered; - `answering`: the body is under way; - `upgraded`: the connection speaks
 * another protocol, both ways; - `whole`: all of it is there; - `failed`: it will never be.
 */
type State = 'waiting' | 'answering' | 'upgraded' | 'whole' | 'failed'

/** How the requests of one guest are brought to it. */
export interface GuestTransport {
  /** Makes the message objects, and calls the handler by its `'request'`. Never listens. */
  readonly server: Server
  readonly signals: AbortWatch
  /** Whether messages may be made without its parser. */
  readonly isDirect: boolean
}

export class NodeExchange implements SocketOwner, PumpOwner, SignalWatcher {
  readonly #handler: NodeHandler
  readonly #environ: Environ
  readonly #startResponse: StartResponse
  readonly #reader: ResponseReader
  readonly #answer = new DeferredBody()
  readonly #mounted: MountedTarget
  #state: State = 'waiting'
  #socket: GuestSocket | undefined
  #messages: MessagePair | undefined
  #signal: AbortSignal | undefined
  #pump: RequestPump | undefined
  #body: PulledBody | undefined
  #request: IncomingMessage | undefined
  /** Runs while the response is finished and the handler still reads the request. */
  #lateReading: NodeJS.Timeout | undefined

  constructor(handler: NodeHandler, environ: Environ, startResponse: StartResponse) {
    this.#handler = handler
    this.#environ = environ
    this.#startResponse = startResponse
    this.#reader = new ResponseReader(environ.REQUEST_METHOD === 'HEAD', (head) => this.#interim(head))
    this.#mounted = mountedTarget(environ)
  }

  /** Calls the handler. A response that is whole when that returns is the result, without a promise. */
  run(road: GuestTransport): Body | Promise<Body> {
    const framing = requestFraming(this.#environ)
    if (framing !== 'none') this.#pump = new RequestPump(this.#environ['wsgi.input'], this)
    if (framing === 'unknown') this.#pump?.peek().then((found) => this.#connect(road, found), this.#onFailure)
    else this.#connect(road, framing)
    if (this.#isUnderWay) road.signals.add(this)
    return this.#answer.take()
  }

  #connect({ server, isDirect }: GuestTransport, framing: RequestFraming): void {
    if (this.#state !== 'waiting') return
    const listens = server.listenerCount('upgrade') > 0
    try {
      if (isDirect && isPlain(this.#environ, listens)) this.#converse(server, framing)
      else this.#connectParser(server, framing, !listens || this.#environ['tsgi.upgrade'] !== undefined)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Without bytes: the message objects are made of the environ. */
  #converse(server: Server, framing: RequestFraming): void {
    const facts = requestFacts(this.#environ, this.#mounted.target, framing)
    this.#pump?.begin(framing === 'none' ? 'none' : 'until-close', false)
    const socket = new DirectSocket(this.#environ, this)
    this.#socket = socket
    this.#messages = new MessagePair(server, socket, facts)
    this.#messages.announce()
    // As with a parser, which has not looked beyond the head when the handler is called.
    if (framing === 'none') this.#messages.end()
    // As a connection is read, whether or not the handler reads: so it hears of a client that sends rubbish.
    else if (this.#isUnderWay) this.#pump?.pull()
  }

  /** @param offers whether `Upgrade` is shown: where no protocol can be changed it is not, so that no listener accepts it. */
  #connectParser(server: Server, framing: RequestFraming, offers: boolean): void {
    const head = requestHead(this.#environ, this.#mounted.target, framing, offers)
    const holds = /^100-continue$/i.test(this.#environ.HTTP_EXPECT ?? '')
    this.#pump?.begin(framing, holds && this.#environ.SERVER_PROTOCOL !== 'HTTP/1.0')
    this.#socket = new GuestSocket(this.#environ, this)
    // In this order: the head is there when the server begins to read.
    this.#socket.deliver(head)
    server.emit('connection', this.#socket)
  }

  get #isUnderWay(): boolean {
    return this.#state === 'waiting' || this.#state === 'answering' || this.#state === 'upgraded'
  }

  /** All that could be done at once is done. */
  watch(): void {
    if (!this.#isUnderWay) return
    const signal = this.#environ['tsgi.signal']
    this.#signal = signal
    signal.addEventListener('abort', this.#onAbort, { once: true })
    if (signal.aborted) this.#onAbort()
  }

  /** The server has made the two message objects. */
  serve(request: IncomingMessage, response: ServerResponse, handler = this.#handler): void {
    this.#request = request
    if (this.#messages === undefined) {
      response.once('finish', () => this.#settle())
      // On a real connection the next request would follow; here it is the end.
      response.once('close', () => this.isRead || this.#socket?.destroy())
    }
    // As frameworks do for what they mount themselves: `url` is what is below, these two have the rest.
    const { base } = this.#mounted
    if (base !== '') Object.assign(request, { originalUrl: this.#environ.REQUEST_URI, baseUrl: base })
    this.attempt(() => handler(request, response))
  }

  /** As `node:http` does; a broken body has been answered by then (SPEC C40, C83). */
  refused(): void {
    if (this.#state !== 'waiting') return
    this.#startResponse('400 Bad Request', [['Content-Type', 'text/plain; charset=utf-8']])
    this.#state = 'whole'
    this.#answer.resolve('Bad Request\n')
    this.#socket?.destroy()
  }

  attempt(call: () => unknown): void {
    try {
      const result = call()
      if (isPromise(result)) result.then(undefined, this.#onFailure)
    } catch (error) {
      this.#fail(error)
    }
  }

  // ------------------------------------------------------------------ from the socket

  pulled(): void {
    this.#pump?.pull()
  }

  wrote(pieces: readonly Piece[], taken: () => void): void {
    const chunks: Chunk[] = []
    try {
      for (const { chunk, encoding } of pieces) this.#reader.write(chunk, encoding, chunks)
      if (this.#reader.head !== undefined) this.#respond(this.#reader.head, joined(chunks), taken)
      else taken()
    } catch (error) {
      taken()
      this.#fail(error)
    }
  }

  finished(): void {
    if (this.#reader.end()) this.#settle()
    else this.#fail(new Error(CUT))
  }

  /**
   * The response is whole. A handler may read its request all the same (`pipeline(request, file); response.end()`): the
   * exchange then goes on until it has, because reading must end before the response does (SPEC C43). The server
   * drops what is not read.
   */
  #settle(): void {
    if (this.#state !== 'answering' || this.#lateReading !== undefined) return
    const request = this.#request
    if (request === undefined || !this.#mayStillRead) {
      this.#complete()
    } else if (hasReaders(request)) {
      this.#lateReading = setInterval(() => this.#checkReader(request), READER_CHECK_MS).unref()
      if (this.#messages === undefined) request.once('close', () => this.#socket?.destroy())
      // The response would end with its head where it can have no content.
      if (!this.#hasNoContent) this.#environ['tsgi.flush_head']?.()
      this.#pump?.release()
    } else {
      this.#complete()
      // As on `node:http`, where a dropped body ends too.
      if (request.readableFlowing === true && !request.destroyed) {
        request.complete = true
        request.push(null)
      }
    }
  }

  get isRead(): boolean {
    return this.#lateReading !== undefined && this.#state === 'answering'
  }

  get #mayStillRead(): boolean {
    return this.#pump?.isOver === false && this.#state !== 'upgraded'
  }

  /** A reader may leave (`unpipe()`); the client must not wait for it. */
  #checkReader(request: IncomingMessage): void {
    if (hasReaders(request)) return
    this.#complete()
    request.destroy(aborted())
  }

  gone(): void {
    this.#pump?.stop()
    this.#unwatch()
    // A conversation may be broken off by either side.
    if (this.#state === 'upgraded' || this.#reader.complete) this.#complete()
    if (this.#state !== 'whole') this.#fail(new Error(CUT))
  }

  #unwatch(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#signal = undefined
  }

  #respond(head: WrittenHead, chunk: Chunk, taken: () => void): void {
    if (this.#state === 'waiting') this.#begin(head, chunk, taken)
    else if (this.#body === undefined) taken()
    else this.#body.offer(chunk, taken)
    if (this.#reader.complete && !this.#mayStillRead) this.#complete()
  }

  #begin(head: WrittenHead, chunk: Chunk, taken: () => void): void {
    const { code, phrase, headers } = head
    if (code === 101) {
      this.#upgrade(head, chunk, taken)
      return
    }
    const isWhole = this.#reader.complete
    const list = contractHeaders(code, headers)
    this.#startResponse(statusLine(code, phrase), isWhole && this.#mayStillRead ? this.#withLength(list, chunk) : list)
    this.#state = 'answering'
    const content = code === 205 ? '' : chunk
    if (isWhole && !this.#mayStillRead) {
      this.#answer.resolve(content)
      taken()
      return
    }
    if (!isWhole) {
      // A handler that answers before it has said 100 (Continue) may still want what the client sends all the same.
      this.#pump?.release()
      // A head that was written alone is meant to be sent alone: `flushHeaders()`.
      if (chunk.length === 0) this.#environ['tsgi.flush_head']?.()
    }
    this.#body = new PulledBody(() => this.#left())
    this.#body.offer(content, taken)
    this.#answer.resolve(this.#body)
  }

  /** RFC 9110 §9.3.2, §15.3.5, §15.3.6, §15.4.5. */
  get #hasNoContent(): boolean {
    const code = this.#reader.head?.code
    return this.#environ.REQUEST_METHOD === 'HEAD' || code === 204 || code === 205 || code === 304
  }

  /** For a body that is all there, though it is not given as a whole. */
  #withLength(list: HeaderList, chunk: Chunk): HeaderList {
    if (this.#hasNoContent || list.some(([name]) => name.toLowerCase() === 'content-length')) return list
    const length = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
    return [...list, ['Content-Length', String(length)]]
  }

  /** The body of the response is the handler's side of the conversation, the input of the new protocol the client's. */
  #upgrade({ code, headers }: WrittenHead, chunk: Chunk, taken: () => void): void {
    const upgrade = this.#environ['tsgi.upgrade']
    if (upgrade === undefined) throw new Error('the handler switched protocols (101), and this connection cannot')
    const { input } = upgrade(contractHeaders(code, headers))
    this.#state = 'upgraded'
    this.#pump = new RequestPump(input, this)
    this.#pump.begin('until-close', false)
    this.#body = new PulledBody(() => this.#left())
    this.#body.offer(chunk, taken)
    this.#answer.resolve(this.#body)
    this.#pump.pull()
  }

  #complete(): void {
    if (this.#state !== 'answering' && this.#state !== 'upgraded') return
    // What the client still sends has no reader: the handler gets the end.
    if (this.#state === 'upgraded') this.#socket?.push(null)
    this.#state = 'whole'
    clearInterval(this.#lateReading)
    this.#unwatch()
    // SPEC C43: what the handler has not read by now it cannot read any more.
    this.#pump?.stop()
    this.#body?.end()
  }

  /** The contract has 103 only. 100 (Continue) is the server's to send: it does, when the body is read. */
  #interim({ code, headers }: WrittenHead): void {
    if (code === 100) this.#pump?.release()
    else if (code === 103) this.#environ['tsgi.early_hints']?.(hintHeaders(code, headers))
  }

  // ------------------------------------------------------------------ from the request's body

  pushBytes(bytes: Uint8Array | string): boolean {
    if (this.#messages !== undefined && typeof bytes !== 'string') return this.#messages.push(bytes)
    return this.#socket?.deliver(bytes) ?? false
  }

  inputEnded(): void {
    if (this.#messages !== undefined) this.#messages.end()
    else this.#socket?.push(null)
  }

  /** The handler gets the error of a broken connection. In another protocol it may have no listener for it. */
  inputFailed(error: unknown): void {
    const wasHttp = this.#state !== 'upgraded'
    this.#fail(error, wasHttp && error instanceof Error ? error : undefined)
  }

  inputRead(): void {
    if (this.isRead) this.#complete()
  }

  // ------------------------------------------------------------------ ends

  readonly #onAbort = (): void => this.#fail(this.#signal?.reason)

  readonly #onFailure = (error: unknown): void => this.#fail(error)

  /** The body is not pulled any more. */
  #left(): void {
    if (this.#state === 'answering' || this.#state === 'upgraded') this.#fail(new Error('the client went away'))
  }

  /** @param reason the error that the socket is destroyed with, if the handler is to get it there. */
  #fail(error: unknown, reason?: Error): void {
    if (this.#state === 'failed') return
    if (this.#state === 'whole') {
      this.#report(error)
      return
    }
    // The socket does not tell a request whose response is finished.
    if (this.isRead) this.#request?.destroy(aborted())
    this.#state = 'failed'
    clearInterval(this.#lateReading)
    this.#body?.fail(error)
    this.#answer.reject(error)
    this.#socket?.destroy(reason)
  }

  /** The response is whole, so that nothing else will say it. */
  #report(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#environ['wsgi.errors'].write(`the handler failed after its response: ${text}\n`)
  }
}

/** How often a late reader is looked for. */
const READER_CHECK_MS = 500

/** Whether a reader has asked for the body and may still get it. */
function hasReaders(request: IncomingMessage): boolean {
  return !request.destroyed && request.listenerCount('data') + request.listenerCount('readable') > 0
}

/** As `node:http` says it. */
function aborted(): Error {
  return Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
}

const CUT = 'the handler ended the connection before its response was whole'

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function joined(chunks: readonly Chunk[]): Chunk {
  const [first = ''] = chunks
  if (chunks.length < 2) return first
  if (chunks.every((chunk) => typeof chunk === 'string')) return chunks.join('')
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)))
}
