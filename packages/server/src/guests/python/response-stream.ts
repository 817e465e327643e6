/**
 * The body of an answer that does not fit into one frame: pieces in from the worker, pieces out to the server that
 * pulls. The worker sends no more than a window ahead, so what is held here is bounded. Knows no frame and no socket.
 */
import { STEP_BYTES, WINDOW_BYTES } from './frames.ts'

interface Watcher {
  /** Bytes have been taken: there is room for as many more. */
  taken(bytes: number): void
  /** No more will be taken, though more was to come. */
  dropped(): void
}

type Step = IteratorResult<Uint8Array, undefined>
const END: Step = { done: true, value: undefined }

export class ResponseStream implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #watcher: Watcher
  readonly #pieces: Uint8Array[] = []
  #held = 0
  /** Taken, but not reported to the process yet. */
  #taken = 0
  #state: 'open' | 'ended' | 'failed' | 'closed' = 'open'
  #failure: unknown
  #waiting: PromiseWithResolvers<Step> | undefined

  constructor(watcher: Watcher) {
    this.#watcher = watcher
  }

  /** True when the worker has to wait for the client. */
  get isFull(): boolean {
    return this.#held + this.#taken > WINDOW_BYTES - STEP_BYTES
  }

  push(piece: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#held += piece.byteLength
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) this.#pieces.push(piece)
    else waiting.resolve(this.#take(piece))
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#waiting?.resolve(END)
  }

  fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.#failure = error
    this.#waiting?.reject(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Step> {
    const piece = this.#pieces.shift()
    if (piece !== undefined) return Promise.resolve(this.#take(piece))
    if (this.#state === 'failed') return Promise.reject(this.#failure)
    if (this.#state !== 'open') return Promise.resolve(END)
    this.#waiting = Promise.withResolvers()
    return this.#waiting.promise
  }

  return(): Promise<Step> {
    this.close()
    return Promise.resolve(END)
  }

  close(): void {
    const wasOpen = this.#state === 'open'
    if (wasOpen) this.#state = 'closed'
    this.#pieces.length = 0
    this.#waiting?.resolve(END)
    if (wasOpen) this.#watcher.dropped()
  }

  #take(piece: Uint8Array): Step {
    this.#held -= piece.byteLength
    this.#taken += piece.byteLength
    if (this.#taken >= STEP_BYTES && this.#state === 'open') {
      this.#watcher.taken(this.#taken)
      this.#taken = 0
    }
    return { done: false, value: piece }
  }
}
