/**
 * The inner side of a body that a middleware stands in front of: pulls it by whichever protocol it has, and ends its
 * iterator and itself once each, however often that is asked (SPEC C74, C78–C80). Knows nothing of what the chunks are.
 */
import type { Chunk } from '@tsgi/contract'
import { isPromise } from '../response/respond.ts'
import type { Stream } from './body-kind.ts'

export type Step = IteratorResult<Chunk, unknown>

/** What every `next()` after the end gives. */
export const OVER: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

export class BodySource {
  readonly #body: Stream
  #iterator: Iterator<Chunk> | AsyncIterator<Chunk> | undefined
  /** Whether a chunk was ever asked for. */
  isPulled = false
  /** Two separate flags: a server may end the iterator or the body first. */
  #isReturned = false
  #isClosed = false

  constructor(body: Stream) {
    this.#body = body
  }

  /** The next chunk, at once if the body has it at once. */
  next(): Step | Promise<Step> {
    this.isPulled = true
    this.#iterator ??= iteratorOf(this.#body)
    return this.#iterator.next()
  }

  /** Ends the iterator. One that was never asked for is ended only if the body itself is it: a generator. */
  return(): unknown {
    if (this.#isReturned) return undefined
    this.#isReturned = true
    this.#iterator ??= isIterator(this.#body) ? this.#body : undefined
    return this.#iterator?.return?.()
  }

  /** Ends all of it, for a body that is not sent. */
  discard(): void | Promise<void> {
    const returned = this.return()
    return isPromise(returned) ? this.#closeAfter(returned) : this.close()
  }

  /** Ends the body. */
  close(): void | Promise<void> {
    if (this.#isClosed) return undefined
    this.#isClosed = true
    return this.#body.close?.()
  }

  async #closeAfter(returned: Promise<unknown>): Promise<void> {
    try {
      await returned
    } finally {
      await this.close()
    }
  }
}

/** One with both protocols is iterated asynchronously (SPEC C74). */
function iteratorOf(body: Stream): Iterator<Chunk> | AsyncIterator<Chunk> {
  return Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
}

function isIterator(body: Stream): body is Stream & (Iterator<Chunk> | AsyncIterator<Chunk>) {
  return 'next' in body && typeof body.next === 'function'
}
