/**
 * Iteration over a request body: what an async generator would be, without its promises. A chunk that is at hand costs
 * one turn of the microtask queue. Knows no source: `wsgi.input` makes one for each iteration.
 */

type Step = IteratorResult<Uint8Array, void>

/** Bytes, `null` at the end of the body, or a promise of either; throws or rejects when the source failed. */
export type TakeChunk = () => Uint8Array | null | Promise<Uint8Array | null>

/** As a generator does, it answers calls one after the other, and is over once it was left or has failed. */
export class InputIterator implements AsyncIterableIterator<Uint8Array, void, void> {
  readonly #take: TakeChunk
  #isOver = false
  /** The last step that waits for the client. */
  #waiting: Promise<Step> | undefined

  constructor(take: TakeChunk) {
    this.#take = take
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Step> {
    return this.#waiting === undefined
      ? this.#step()
      : this.#wait(
          this.#waiting.then(
            () => this.#step(),
            () => OVER,
          ),
        )
  }

  return(): Promise<Step> {
    this.#isOver = true
    return Promise.resolve(OVER)
  }

  throw(error: unknown): Promise<Step> {
    this.#isOver = true
    return Promise.reject(error)
  }

  #step(): Promise<Step> {
    if (this.#isOver) return Promise.resolve(OVER)
    try {
      const chunk = this.#take()
      return chunk instanceof Promise
        ? this.#wait(chunk.then((later) => this.#result(later)))
        : Promise.resolve(this.#result(chunk))
    } catch (error) {
      const failure = this.throw(error)
      failure.catch(() => undefined) // a loop that was left may never await it
      return failure
    }
  }

  #wait(step: Promise<Step>): Promise<Step> {
    this.#waiting = step
    const settled = () => {
      if (this.#waiting === step) this.#waiting = undefined
    }
    step.then(settled, () => {
      this.#isOver = true
      settled()
    })
    return step
  }

  #result(chunk: Uint8Array | null): Step {
    if (chunk !== null) return { done: false, value: chunk }
    this.#isOver = true
    return OVER
  }
}

const OVER: Step = Object.freeze({ done: true, value: undefined })
