/**
 * A body whose first chunks were pulled before anybody could send them: as long as its application has not said what it
 * answers. Sent on as a body of its own, or closed. Called by cascade.ts.
 */
import type { Body, Chunk } from '@tsgi/contract'

/** Pulls chunks until `isKnown`, or the end. @throws what the body throws; it is closed then. */
export async function openBody(body: Body, isKnown: () => boolean): Promise<PeekedBody> {
  const opened = new PeekedBody(body)
  try {
    await opened.pullUntil(isKnown)
  } catch (error) {
    await opened.close()
    throw error
  }
  return opened
}

/** Closes a body that nobody has iterated. */
export async function closeBody(body: Body): Promise<void> {
  if (typeof body === 'object' && 'close' in body && typeof body.close === 'function') await body.close()
}

/** Its own iterator: what was pulled comes first, then the rest. */
export class PeekedBody implements AsyncIterableIterator<Chunk> {
  readonly #body: Body
  readonly #iterator: Iterator<Chunk> | AsyncIterator<Chunk>
  readonly #pulled: Chunk[] = []
  #life: 'open' | 'returned' | 'closed' = 'open'

  constructor(body: Body) {
    this.#body = body
    this.#iterator = iteratorOf(body)
  }

  async pullUntil(isKnown: () => boolean): Promise<void> {
    while (!isKnown()) {
      const { done, value } = await this.#iterator.next()
      if (done) return
      this.#pulled.push(value)
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Chunk>> {
    const pulled = this.#pulled.shift()
    return pulled === undefined ? this.#iterator.next() : { done: false, value: pulled }
  }

  async return(): Promise<IteratorResult<Chunk>> {
    if (this.#life === 'open') {
      this.#life = 'returned'
      await this.#iterator.return?.()
    }
    return { done: true, value: undefined }
  }

  async close(): Promise<void> {
    if (this.#life === 'closed') return
    try {
      await this.return()
    } finally {
      this.#life = 'closed'
      await closeBody(this.#body)
    }
  }
}

/** A string or octets are one chunk (SPEC C68). */
function iteratorOf(body: Body): Iterator<Chunk> | AsyncIterator<Chunk> {
  if (typeof body === 'string' || body instanceof Uint8Array) return [body][Symbol.iterator]()
  return Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
}
