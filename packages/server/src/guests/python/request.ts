/**
 * One request on its way through Python: from the environ to the last byte of the answer. Knows the contract and the
 * frames' meaning; knows no socket and no process. The pool dispatches it, a connection carries it.
 */
import type { Body, Environ, HeaderList, StartResponse } from '@tsgi/contract'
import { environBlock } from './environ-block.ts'
import { PythonError } from './errors.ts'
import { REQUEST_FLAGS } from './frames.ts'
import type { PreparedBody } from './request-body.ts'
import { ResponseStream } from './response-stream.ts'
import type { Upload } from './upload.ts'

/**
 * - `waiting`: not with a worker, or behind another request there; nothing of it has been begun;
 * - `running`: a worker works on it;
 * - `answering`: the head has come, the body follows;
 * - `cancelled`: the response is not wanted any more, but the process has not finished it;
 * - `over`: nothing moves any more.
 */
export type RequestState = 'waiting' | 'running' | 'answering' | 'cancelled' | 'over'

/** The connection that carries a request, as the request sees it. */
export interface Carrier {
  /** The client has taken so many bytes more. */
  giveRoom(bytes: number): void
  /** The answer is no longer wanted. */
  cancel(): void
}

export class PythonRequest {
  readonly environ: Environ
  readonly #startResponse: StartResponse
  readonly #answer = Promise.withResolvers<Body>()
  state: RequestState = 'waiting'
  /** The request as latin-1 text. */
  readonly block: string
  /** The body, when it is complete and small. */
  readonly inline: Uint8Array | undefined
  /** The body, when it is large or still on its way. */
  readonly upload: Upload | undefined
  /** A worker has given it back. */
  wasReturned = false
  #stream: ResponseStream | undefined
  #carrier: Carrier | undefined
  #unwatch: (() => void) | undefined
  /** What the body failed with: the client's fault, and so the application's failure is too. */
  #inputError: unknown

  /** @throws TypeError when the environ cannot be carried. */
  constructor(environ: Environ, startResponse: StartResponse, body: PreparedBody) {
    this.environ = environ
    this.#startResponse = startResponse
    this.inline = body.inline?.byteLength === 0 ? undefined : body.inline
    this.upload = body.upload
    this.block = environBlock(environ, body.contentLength)
  }

  get answer(): Promise<Body> {
    return this.#answer.promise
  }

  get flags(): number {
    const multiprocess = this.environ['wsgi.multiprocess'] ? REQUEST_FLAGS.multiprocess : 0
    if (this.inline !== undefined) return multiprocess | REQUEST_FLAGS.inline
    if (this.upload === undefined) return multiprocess
    return multiprocess | REQUEST_FLAGS.streamed | (this.upload.lazy ? REQUEST_FLAGS.lazy : 0)
  }

  /** True while the client, not the worker, is what the answer waits for. */
  get waitsForClient(): boolean {
    return this.#stream?.isFull === true || this.upload?.waitsForClient === true
  }

  /** What to call in the log. */
  get title(): string {
    return `${this.environ.REQUEST_METHOD} ${this.environ.REQUEST_URI}`
  }

  /** A worker begins it. */
  begin(carrier: Carrier): void {
    this.state = 'running'
    this.#carrier = carrier
  }

  /** Given back by a worker that did not begin it. */
  returned(): void {
    if (this.state !== 'over') this.state = 'waiting'
    this.wasReturned = true
    this.#carrier = undefined
  }

  /** Looks for a client that leaves, from now on. Costs an AbortController, so it is done for what takes long only. */
  watch(): void {
    if (this.#unwatch !== undefined || this.state === 'over') return
    const signal = this.environ['tsgi.signal']
    const gone = () => this.cancel(signal.reason)
    if (signal.aborted) {
      gone()
      return
    }
    const unwatch = () => signal.removeEventListener('abort', gone)
    signal.addEventListener('abort', gone, { once: true })
    this.#unwatch = unwatch // not written here: see environ.ts
  }

  /** The whole answer. */
  whole(head: string, body: Uint8Array): void {
    const wanted = this.state === 'running'
    this.#over()
    if (wanted && this.#start(head)) this.#answer.resolve(body)
  }

  /** The head of a response whose body follows. @param isAlone whether the head is to leave at once (PEP 3333, `write(b'')`). */
  begun(head: string, isAlone: boolean): void {
    if (this.state !== 'running') return
    if (!this.#start(head)) {
      this.cancel()
      return
    }
    this.state = 'answering'
    this.#stream = new ResponseStream({
      taken: (bytes) => this.#carrier?.giveRoom(bytes),
      dropped: () => this.cancel(),
    })
    this.#answer.resolve(this.#stream)
    if (isAlone) this.environ['tsgi.flush_head']?.()
  }

  bytes(piece: Uint8Array): void {
    if (this.state === 'answering') this.#stream?.push(piece)
  }

  ended(): void {
    const stream = this.state === 'answering' ? this.#stream : undefined
    this.#over()
    stream?.end()
  }

  failed(traceback: string): void {
    this.fail(this.#inputError ?? new PythonError(traceback))
  }

  /** The body cannot be read to its end. */
  inputFailed(error: unknown): void {
    this.#inputError = error
  }

  /** Nothing (more) will come. */
  fail(error: unknown): void {
    const { state } = this
    this.#over()
    if (state === 'answering') this.#stream?.fail(error)
    else if (state !== 'over') this.#answer.reject(error)
  }

  /** Answers in the application's place. Where the head has gone, the message stays visibly incomplete. */
  refuse(status: string, reason: Error): void {
    if (this.state === 'answering' || this.state === 'over') {
      this.fail(reason)
      return
    }
    const wanted = this.state !== 'cancelled'
    this.#over()
    if (!wanted) return
    try {
      this.#startResponse(status, [['Content-Type', 'text/plain; charset=utf-8']])
      this.#answer.resolve(this.environ.REQUEST_METHOD === 'HEAD' ? '' : `${status}\n`)
    } catch (error) {
      this.#answer.reject(error)
    }
  }

  /** The response is not wanted any more. */
  cancel(reason: unknown = new Error('the answer is not wanted')): void {
    if (this.state === 'waiting') {
      this.fail(reason)
    } else if (this.state === 'running' || this.state === 'answering') {
      // A caller that waits for the response must not wait until the process notices.
      if (this.state === 'running') this.#answer.reject(reason)
      this.state = 'cancelled'
      this.upload?.stop()
      this.#carrier?.cancel()
    }
  }

  /** @returns false when the head could not be sent; the answer is then rejected. */
  #start(head: string): boolean {
    const fields = head.split('\0')
    const headers: [string, string][] = []
    for (let i = 1; i < fields.length; i += 2) headers.push([fields[i] ?? '', fields[i + 1] ?? ''])
    try {
      this.#startResponse(fields[0] ?? '', headers satisfies HeaderList)
      return true
    } catch (error) {
      this.#answer.reject(error)
      return false
    }
  }

  #over(): void {
    this.state = 'over'
    this.upload?.stop()
    this.#unwatch?.()
    this.#unwatch = undefined
  }
}
