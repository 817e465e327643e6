/**
 * One exchange as a middleware sees it go by: status, bytes, error, and when and how it was over. It changes nothing. Knows the
 * contract; what is made of it, a line of a log or a span, is the caller's.
 */
import type { Application, Body, Chunk, Environ, StartResponse } from '@tsgi/contract'
import { isPromise } from '../response/respond.ts'
import { sentLength } from './body-kind.ts'
import { type BodyTap, tapBody } from './tapped-body.ts'

/** What is known at the end. */
export interface ExchangeEnd {
  /** 0 where none was said. */
  readonly status: number
  /** Of the body, as the server took them. */
  readonly bytes: number
  /** `complete`: all was taken; `failed`: the application could not give all; `aborted`: the client left. */
  readonly outcome: 'complete' | 'failed' | 'aborted'
  /** What failed: thrown, or given to `startResponse`. */
  readonly error: unknown
}

/**
 * Over is a response that was sent, has failed or was left by its client. Where the server has `tsgi.after_response` that moment
 * is the server's; without it, it is that of the body's `close()`, or for a body that is all there the moment it is returned.
 */
export class WatchedExchange implements BodyTap {
  readonly #environ: Environ
  readonly #over: (end: ExchangeEnd) => void
  /** As it came: an application may change its environ. */
  readonly #isHead: boolean
  readonly #isAnnounced: boolean
  #status = 0
  #bytes = 0
  #error: unknown
  /** How far the response has come; the first that is not `open` stays, but for `over`. */
  #state: 'open' | 'complete' | 'failed' | 'over' = 'open'

  /** @param over called once. */
  constructor(environ: Environ, over: (end: ExchangeEnd) => void) {
    this.#environ = environ
    this.#over = over
    this.#isHead = environ.REQUEST_METHOD === 'HEAD'
    const later = environ['tsgi.after_response']
    this.#isAnnounced = later !== undefined
    later?.(() => this.#end())
  }

  run(application: Application, startResponse: StartResponse): Body | Promise<Body> {
    try {
      const body = application(this.#environ, this.#watch(startResponse))
      if (!isPromise(body)) return this.#take(body)
      return body.then(
        (later) => this.#take(later),
        (error) => this.#fail(error),
      )
    } catch (error) {
      return this.#fail(error)
    }
  }

  onChunk(chunk: Chunk): void {
    if (!this.#isHead) this.#bytes += sentLength(chunk)
  }

  onEnd(): void {
    if (this.#state === 'open') this.#state = 'complete'
  }

  onFailure(error: unknown): void {
    if (this.#state === 'open') this.#state = 'failed'
    this.#error ??= error
  }

  onSpan(length: number): void {
    if (!this.#isHead) this.#bytes += length
    this.onEnd()
  }

  #watch(startResponse: StartResponse): StartResponse {
    return (status, headers, error) => {
      const write = error === undefined ? startResponse(status, headers) : startResponse(status, headers, error)
      this.#status = Number(status.slice(0, 3))
      this.#error ??= error
      return (chunk) => {
        this.onChunk(chunk)
        return write(chunk)
      }
    }
  }

  #take(body: Body): Body {
    return tapBody(body, this, () => this.#closed())
  }

  /** The server responds for an application that failed before its head had gone (SPEC C83). */
  #fail(error: unknown): never {
    this.onFailure(error)
    if (this.#bytes === 0) this.#status = inputStatus(error) ?? 500
    this.#closed()
    throw error
  }

  #closed(): void {
    if (!this.#isAnnounced) this.#end()
  }

  #end(): void {
    if (this.#state === 'over') return
    const outcome = this.#outcome()
    this.#state = 'over'
    this.#over({ status: this.#status, bytes: this.#bytes, outcome, error: this.#error })
  }

  /** A client that left explains more than the failure it caused. */
  #outcome(): ExchangeEnd['outcome'] {
    if (this.#isAnnounced && this.#environ['tsgi.signal'].aborted) return 'aborted'
    if (this.#state === 'failed') return 'failed'
    // The server takes no more of a HEAD than it needs for the head.
    if (this.#state === 'complete' || this.#isHead) return 'complete'
    return 'aborted'
  }
}

function inputStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('tsgi.status' in error)) return undefined
  return typeof error['tsgi.status'] === 'number' ? error['tsgi.status'] : undefined
}
