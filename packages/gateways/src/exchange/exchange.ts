/**
 * One request and its response, on any transport: calls the application, pulls its body, and does at the end what the contract
 * promises. Knows the contract; knows no framing and no socket. A transport makes one per request.
 *
 * A synchronous application is served synchronously: `run()` then makes no promise and returns when all is written.
 */
import type {
  Application,
  Body,
  Chunk,
  Environ,
  ErrorStream,
  HeaderList,
  MessageSocket,
  MessageSocketOptions,
  StartResponse,
  Upgraded,
  Write,
} from '@tsgi/contract'
import { byteLength } from './bytes.ts'
import { type ChunkIterator, isDone, iterate, knownLength } from './chunks.ts'
import { addExtensions, type EnvironExtensions } from './environ.ts'
import { inputStatus, sendErrorResponse } from './error-response.ts'
import { BodyInput, EMPTY_INPUT } from './input.ts'
import { describe, describeError, isEcho, requestLabel, writeEntry } from './report.ts'
import { isPromise, ResponseCleanup, rejected, type Task } from './response-cleanup.ts'
import { FileTransfer, isTransferable, type Reporter, type ResponseState, ResponseWriter } from './response-writer.ts'
import type { Sink } from './sink.ts'
import { checkInterimHeaders, checkUpgradeHeaders } from './start-response.ts'
import { trailersOf } from './trailers.ts'

export class Exchange implements EnvironExtensions, Reporter {
  readonly #application: Application
  readonly #environ: Environ
  readonly #sink: Sink
  readonly #writer: ResponseWriter
  /** As the server set them: the application may change its environ. */
  readonly #errors: ErrorStream
  readonly #method: string
  readonly #target: string
  #body: Body | undefined
  #iterator: ChunkIterator | undefined
  #transfer: FileTransfer | undefined
  #controller: AbortController | undefined
  #abortReason: Error | undefined
  /** One promise, shared by all that wait for the sink. */
  #drained: PromiseWithResolvers<void> | undefined
  /** The last reported error: it may arrive again by another call. */
  #reported: unknown = NOTHING
  #owed: ResponseCleanup | undefined

  constructor(application: Application, environ: Environ, sink: Sink) {
    this.#application = application
    this.#environ = environ
    this.#sink = sink
    this.#errors = environ['wsgi.errors']
    this.#method = environ.REQUEST_METHOD
    this.#target = environ.REQUEST_URI
    this.#writer = new ResponseWriter(sink, this.#isHead, this)
    addExtensions(environ, this, sink)
    const trailers = trailersOf(environ, sink, this.#writer)
    if (trailers !== undefined) environ['tsgi.trailers'] = trailers
  }

  get state(): ResponseState {
    return this.#writer.state
  }

  get #isHead(): boolean {
    return this.#method === 'HEAD'
  }

  /** Calls the application. Never throws. Does nothing when the client has gone already. */
  run(): void {
    if (this.state === 'ended') return
    const application = this.#application
    try {
      const result = application(this.#environ, this.#startResponse)
      if (typeof result === 'string' || !isPromise(result)) this.#send(result)
      else {
        result.then(
          (body) => this.#send(body),
          (error) => this.#fail(error),
        )
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** From the transport: the client went away, or its time is over. The sink is not called again. */
  abort(reason: Error): void {
    if (this.state === 'ended') return
    this.#abortReason = reason
    this.#writer.abandon()
    this.#controller?.abort(reason)
    this.#conclude()
  }

  /**
   * From the transport: the client has ended its side of the connection. It may be gone, or it may still read: only
   * `tsgi.signal` sees it, and the response goes on.
   */
  clientEnded(reason: Error): void {
    if (this.state === 'ended') return
    this.#abortReason = reason
    this.#controller?.abort(reason)
  }

  /** `tsgi.signal`, made when first read. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  readonly #startResponse: StartResponse = (status, headers, error) => {
    this.#writer.start(status, headers, error)
    return this.#write
  }

  /** @throws TypeError synchronously for a value that is not a chunk: the caller may not await the promise. */
  readonly #write: Write = (chunk) => {
    if (this.state === 'ended') return rejected(this.#abortReason ?? new Error('write: the response has ended'))
    const goesOn = this.#writer.emit(chunk)
    if (chunk.length === 0) this.#writer.flushHead() // PEP 3333: `write` sends the head, also without a byte
    return goesOn ? WRITTEN : this.#whenDrained()
  }

  #send(body: Body): void {
    this.#body = body
    if (this.state === 'ended') {
      if (body instanceof ReadableStream) this.#iterator = iterate(body) // to be cancelled
      this.#closeBody()
      return
    }
    try {
      if (typeof body === 'string' || body instanceof Uint8Array) this.#sendWhole(body)
      else this.#sendParts(body)
    } catch (error) {
      this.#fail(error)
    }
  }

  #sendWhole(chunk: Chunk): void {
    const bytes = byteLength(chunk)
    this.#writer.announce(bytes)
    this.#writer.emit(chunk, bytes)
    this.#finish()
  }

  #sendParts(body: Exclude<Body, Chunk>): void {
    if (isTransferable(body, this.#sink, this.#writer)) {
      this.#transfer = new FileTransfer()
      this.#transfer.begin(body, this.#sink, this.#writer, (error) => this.#fileEnded(error))
      return
    }
    this.#writer.announce(knownLength(body))
    this.#iterator = iterate(body)
    this.#pump(this.#iterator)
  }

  #fileEnded(error: Error | undefined): void {
    if (this.state === 'ended') this.#closeBody()
    else if (error === undefined) this.#finish()
    else this.#fail(error)
  }

  /** Pulls chunks as fast as the client takes them; continues later after a wait. */
  #pump(iterator: ChunkIterator): void {
    try {
      while (!this.#writer.wantsNoMore) {
        const step = iterator.next()
        if (isPromise(step)) {
          step.then(
            (later) => this.#pumpOn(iterator, later),
            (error) => this.#fail(error),
          )
          return
        }
        if (isDone(step)) break
        if (!this.#writer.emit(step.value)) {
          this.#pumpWhenDrained(iterator)
          return
        }
      }
      this.#finish()
    } catch (error) {
      this.#fail(error)
    }
  }

  #pumpOn(iterator: ChunkIterator, step: IteratorResult<Chunk, unknown>): void {
    if (this.state === 'ended') return
    try {
      if (isDone(step)) this.#finish()
      else if (this.#writer.emit(step.value)) this.#pump(iterator)
      else this.#pumpWhenDrained(iterator)
    } catch (error) {
      this.#fail(error)
    }
  }

  #pumpWhenDrained(iterator: ChunkIterator): void {
    this.#whenDrained().then(() => this.#pump(iterator), ignore)
  }

  /** Rejects when the client has gone, so that no caller waits without end. */
  #whenDrained(): Promise<void> {
    // A platform may cancel from within a write: nothing will drain any more.
    if (this.#abortReason !== undefined && this.state === 'ended') return rejected(this.#abortReason)
    if (this.#drained === undefined) {
      const drained = Promise.withResolvers<void>()
      this.#drained = drained
      // An application need not await its writes; a client that left must not cause an unhandled rejection.
      drained.promise.catch(ignore)
      void this.#writer.ready().then(() => {
        this.#drained = undefined
        drained.resolve()
      })
    }
    return this.#drained.promise
  }

  #finish(): void {
    if (this.state === 'ended') return
    this.#writer.end()
    this.#conclude()
  }

  /** The application failed: 500 if nothing is sent yet; else the client must see that the message is incomplete. */
  #fail(error: unknown): void {
    const { state, isWhole } = this.#writer
    const status = inputStatus(error)
    if (status === undefined) this.#reportError(error)
    if (state === 'ended') return
    this.#writer.abandon()
    if (state !== 'committed') sendErrorResponse(this.#sink, status ?? 500, this.#isHead)
    else if (isWhole) this.#sink.end()
    else this.#sink.abort(error)
    this.#conclude()
  }

  /** Runs at every end: closes body and iterator once, runs tasks once, and releases all waiting callers. */
  #conclude(): void {
    this.#closeBody()
    if (this.#abortReason === undefined) this.#drained?.resolve()
    else this.#drained?.reject(this.#abortReason)
    this.#owed?.runTasks()
  }

  get #afterwards(): ResponseCleanup {
    this.#owed ??= new ResponseCleanup(this.#sink, (error) => this.#reportError(error))
    return this.#owed
  }

  #closeBody(): void {
    if (this.#transfer?.isReading === true) return // it is called again when that has ended
    const iterator = this.#iterator
    const body = this.#body
    this.#iterator = undefined
    this.#body = undefined
    if (typeof iterator?.return === 'function') this.#afterwards.call(() => iterator.return?.())
    if (typeof body === 'object' && body !== null && 'close' in body && typeof body.close === 'function') {
      this.#afterwards.call(() => body.close?.())
    }
  }

  /** `tsgi.after_response`. */
  afterResponse(task: Task): void {
    if (typeof task !== 'function') throw new TypeError(`tsgi.after_response takes a function, not ${describe(task)}`)
    this.#afterwards.add(task)
    if (this.state === 'ended') this.#owed?.runTasks()
  }

  /** `tsgi.flush_head`. */
  flushHead(): void {
    this.#writer.flushHead()
  }

  /** `tsgi.early_hints`. */
  earlyHints(headers: HeaderList): void {
    const checked = checkInterimHeaders(headers)
    if (this.state === 'waiting' || this.state === 'started') this.#sink.informational?.('103 Early Hints', checked)
  }

  /** `tsgi.upgrade`. */
  upgrade(headers: HeaderList): Upgraded {
    const checked = checkUpgradeHeaders(headers, this.#environ.HTTP_UPGRADE ?? '')
    if (this.state === 'ended') return { input: EMPTY_INPUT, write: this.#write }
    this.#writer.upgrade()
    const source = this.#sink.upgrade?.(checked)
    return { input: source === undefined ? EMPTY_INPUT : new BodyInput(source), write: this.#write }
  }

  /** `tsgi.websocket`. @throws TypeError for a protocol that the client has not offered. */
  websocket(options: MessageSocketOptions = {}): MessageSocket {
    const { protocol = '' } = options
    const offered = this.#environ.HTTP_SEC_WEBSOCKET_PROTOCOL ?? ''
    if (protocol !== '' && !offered.split(',').some((name) => name.trim() === protocol))
      throw new TypeError('tsgi.websocket takes a protocol that the client has offered')
    if (this.state !== 'waiting') throw new TypeError('tsgi.websocket was called after the response had begun')
    const socket = this.#sink.websocket?.({ protocol })
    if (socket === undefined) throw new TypeError('this platform accepts no WebSocket')
    this.#writer.upgrade()
    return socket
  }

  #reportError(error: unknown): void {
    if (error === this.#reported || isEcho(error, this.#abortReason)) return
    this.#reported = error
    this.report(describeError(error))
  }

  report(text: string): void {
    writeEntry(this.#errors, `${this.#method} ${this.#target}${requestLabel(this.#environ)}: ${text}`)
  }
}

/** A unique value: unlike `undefined`, no application throws it. */
const NOTHING = Symbol('nothing')

const WRITTEN: Promise<void> = Promise.resolve()

function ignore(): void {}
