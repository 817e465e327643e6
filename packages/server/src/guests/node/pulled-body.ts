/**
 * What a guest writes, as a body that the server pulls. At most one written chunk waits here; the writer goes on when it
 * has been taken, which is the back-pressure. Knows no framing and no socket.
 */
import type { Chunk } from '@tsgi/contract'

/** How the body stands: `failed` has its error. */
type BodyState = 'open' | 'ended' | 'failed'

export class PulledBody implements AsyncIterable<Chunk>, AsyncIterator<Chunk> {
  readonly #onLeft: () => void
  #state: BodyState = 'open'
  #error: unknown
  #chunk: Chunk | undefined
  #taken: () => void = nothing
  #waiting: PromiseWithResolvers<IteratorResult<Chunk>> | undefined

  /** @param onLeft called when no more will be pulled. */
  constructor(onLeft: () => void) {
    this.#onLeft = onLeft
  }

  // ------------------------------------------------------------------ the writer's side

  /** Hands over one chunk; `taken` is called when there is room for the next. Never called again before. */
  offer(chunk: Chunk, taken: () => void): void {
    if (chunk.length === 0 || this.#state !== 'open') taken()
    else if (this.#waiting === undefined) {
      this.#chunk = chunk
      this.#taken = taken
    } else {
      this.#settle().resolve({ done: false, value: chunk })
      taken()
    }
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    if (this.#waiting !== undefined) this.#settle().resolve(DONE)
  }

  /** What was written before goes before the error. */
  fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.#error = error
    if (this.#waiting !== undefined) this.#settle().resolve(this.#rejection())
  }

  // ------------------------------------------------------------------ the server's side

  [Symbol.asyncIterator](): AsyncIterator<Chunk> {
    return this
  }

  next(): Promise<IteratorResult<Chunk>> {
    const chunk = this.#chunk
    if (chunk !== undefined) {
      const taken = this.#taken
      this.#chunk = undefined
      this.#taken = nothing
      taken()
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.#state === 'ended') return Promise.resolve(DONE)
    if (this.#state === 'failed') return this.#rejection()
    this.#waiting ??= Promise.withResolvers()
    return this.#waiting.promise
  }

  return(): Promise<IteratorResult<Chunk>> {
    this.close()
    return Promise.resolve(DONE)
  }

  /** Whatever waits is dropped; its writer need not know. */
  close(): void {
    const taken = this.#taken
    this.end()
    this.#chunk = undefined
    this.#taken = nothing
    this.#onLeft()
    taken()
  }

  /** A turn later: a transport that cuts a message may drop what it was given in the same turn. */
  #rejection(): Promise<never> {
    return new Promise((_, reject) => setImmediate(reject, this.#error))
  }

  #settle(): PromiseWithResolvers<IteratorResult<Chunk>> {
    const waiting = this.#waiting ?? Promise.withResolvers()
    this.#waiting = undefined
    return waiting
  }
}

const DONE: IteratorResult<Chunk> = Object.freeze({ done: true, value: undefined })

function nothing(): void {}
