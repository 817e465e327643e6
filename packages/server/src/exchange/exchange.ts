/**
 * One request and its response, on any transport: calls the application, pulls its body, and owes it what the contract
 * promises at the end. Knows the contract; knows no framing and no socket. A transport makes one per request.
 *
 * An application that answers at once is served at once: `run()` then makes no promise and returns when all is written.
 */
import type { Application, Body, Chunk, Environ, ErrorStream, HeaderList, StartResponse, Write } from '@tsgi/contract'
import { octetLength } from './octets.ts'
import { refuse } from './refuse.ts'
import { describe, describeError, printable } from './report.ts'
import { checkChunk, type ResponseState, ResponseWriter } from './response-writer.ts'
import type { Sink } from './sink.ts'
import { checkInterimHeaders } from './start-response.ts'

type ChunkIterator = Iterator<Chunk> | AsyncIterator<Chunk>

export class Exchange {
  readonly #application: Application
  readonly #environ: Environ
  readonly #sink: Sink
  readonly #writer: ResponseWriter
  /** As the server set it: the application may change its environ. */
  readonly #errors: ErrorStream
  readonly #isHead: boolean
  #body: Body | undefined
  #iterator: ChunkIterator | undefined
  #controller: AbortController | undefined
  #abortReason: Error | undefined
  #tasks: (() => void | Promise<void>)[] | undefined

  constructor(application: Application, environ: Environ, sink: Sink) {
    this.#application = application
    this.#environ = environ
    this.#sink = sink
    this.#errors = environ['wsgi.errors']
    this.#isHead = environ.REQUEST_METHOD === 'HEAD'
    this.#writer = new ResponseWriter(sink, this.#isHead, (text) => this.#report(text))
    environ['tsgi.after_response'] = (task) => this.#afterResponse(task)
    if (sink.informational !== undefined) environ['tsgi.early_hints'] = (headers) => this.#earlyHints(headers)
    addSignal(environ, this)
  }

  get state(): ResponseState {
    return this.#writer.state
  }

  /** Calls the application. Never throws. */
  run(): void {
    const application = this.#application
    try {
      const result = application(this.#environ, this.#startResponse)
      if (isPromise(result)) {
        result.then(
          (body) => this.#send(body),
          (error) => this.#fail(error),
        )
      } else this.#send(result)
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

  readonly #write: Write = (chunk) => {
    try {
      if (this.state === 'ended') throw this.#abortReason ?? new Error('write: the response has ended')
      return this.#writer.emit(chunk) ? WRITTEN : this.#sink.drained()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #send(body: Body): void {
    this.#body = body
    try {
      if (this.state === 'ended') this.#closeBody()
      else if (typeof body === 'string' || body instanceof Uint8Array) {
        this.#writer.sendWhole(body)
        this.#finish()
      } else if (Array.isArray(body)) {
        this.#writer.announce(totalLength(body))
        this.#pump(body[Symbol.iterator]())
      } else {
        this.#iterator = iterate(body)
        this.#pump(this.#iterator)
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Pulls chunks as fast as the client takes them; goes on later where it has to wait. */
  #pump(iterator: ChunkIterator): void {
    try {
      while (!this.#writer.isComplete) {
        const step = iterator.next()
        if (isPromise(step)) {
          this.#pumpLater(iterator, step)
          return
        }
        if (step.done === true) break
        if (!this.#writer.emit(step.value)) {
          this.#pumpWhenDrained(iterator)
          return
        }
      }
      if (this.state !== 'ended') this.#finish()
    } catch (error) {
      this.#fail(error)
    }
  }

  #pumpLater(iterator: ChunkIterator, step: PromiseLike<IteratorResult<Chunk, unknown>>): void {
    step.then(
      ({ done, value }) => {
        if (this.state === 'ended') return
        try {
          if (done === true) this.#finish()
          else if (this.#writer.emit(value as Chunk))
            this.#pump(iterator) // emit checks it
          else this.#pumpWhenDrained(iterator)
        } catch (error) {
          this.#fail(error)
        }
      },
      (error) => this.#fail(error),
    )
  }

  #pumpWhenDrained(iterator: ChunkIterator): void {
    void this.#sink.drained().then(() => this.#pump(iterator))
  }

  #finish(): void {
    this.#writer.end()
    this.#conclude()
  }

  /** The application failed: 500 if nothing has gone yet, else the message must be seen to be incomplete. */
  #fail(error: unknown): void {
    const state = this.state
    if (state === 'ended') return
    const status = inputStatus(error)
    if (status === undefined) this.#report(describeError(error))
    this.#writer.abandon()
    if (state === 'committed') this.#sink.abort(error)
    else refuse(this.#sink, status ?? 500, this.#isHead)
    this.#conclude()
  }

  /** What is owed at the end, however it came: body and iterator closed once, tasks run once. */
  #conclude(): void {
    this.#closeBody()
    const tasks = this.#tasks
    if (tasks === undefined) return
    this.#tasks = undefined
    for (const task of tasks) this.#settle(task)
  }

  #closeBody(): void {
    const iterator = this.#iterator
    const body = this.#body
    this.#iterator = undefined
    this.#body = undefined
    if (typeof iterator?.return === 'function') this.#settle(() => iterator.return?.())
    if (typeof body === 'object' && body !== null && 'close' in body && typeof body.close === 'function') {
      this.#settle(() => body.close?.())
    }
  }

  /** Runs what the application left behind; its failure is the operator's to know. */
  #settle(task: () => unknown): void {
    try {
      const result = task()
      if (!isPromise(result)) return
      const settled = this.#settled(result)
      this.#sink.waitUntil?.(settled)
    } catch (error) {
      this.#report(describeError(error))
    }
  }

  async #settled(result: PromiseLike<unknown>): Promise<void> {
    try {
      await result
    } catch (error) {
      this.#report(describeError(error))
    }
  }

  #afterResponse(task: () => void | Promise<void>): void {
    if (this.state === 'ended') throw new Error('tsgi.after_response: the response is out already')
    this.#tasks ??= []
    this.#tasks.push(task)
  }

  #earlyHints(headers: HeaderList): void {
    const checked = checkInterimHeaders(headers)
    if (this.state === 'waiting' || this.state === 'started') this.#sink.informational?.('103 Early Hints', checked)
  }

  #report(text: string): void {
    const { REQUEST_METHOD: method, REQUEST_URI: target } = this.#environ
    this.#errors.write(`${printable(`${method} ${target}: ${text}`)}\n`)
  }
}

const WRITTEN: Promise<void> = Promise.resolve()

function totalLength(chunks: readonly Chunk[]): number {
  let length = 0
  for (const chunk of chunks) length += octetLength(checkChunk(chunk))
  return length
}

function iterate(body: Iterable<Chunk> | AsyncIterable<Chunk>): ChunkIterator {
  if (typeof body === 'object' && body !== null) {
    if (Symbol.asyncIterator in body) return body[Symbol.asyncIterator]()
    if (Symbol.iterator in body) return body[Symbol.iterator]()
  }
  throw new TypeError(`the application returned ${describe(body)}: a body is a string, octets, or an iterable of them`)
}

const EXCHANGE = Symbol('exchange')

/**
 * `tsgi.signal` as an own accessor: made when first read, and carried along when the environ is copied.
 * One descriptor serves all, so that environs keep one shape.
 */
function addSignal(environ: Environ, exchange: Exchange): void {
  Reflect.set(environ, EXCHANGE, exchange)
  Object.defineProperty(environ, 'tsgi.signal', SIGNAL)
}

const SIGNAL: PropertyDescriptor & ThisType<{ [EXCHANGE]: Exchange }> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[EXCHANGE].signal
  },
  set(value: AbortSignal) {
    Object.defineProperty(this, 'tsgi.signal', { value, enumerable: true, configurable: true, writable: true })
  },
}

function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** The status that `wsgi.input` gave an error that is the client's fault. */
function inputStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('tsgi.status' in error)) return undefined
  const status = error['tsgi.status']
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}
