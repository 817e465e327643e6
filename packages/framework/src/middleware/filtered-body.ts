/**
 * A body whose chunks go through a filter on their way to the server. Pulls one chunk at a time and only when asked;
 * ends what it stands in front of exactly once, also while a chunk is awaited. Knows nothing of what a filter does.
 */
import type { Chunk } from '@tsgi/contract'
import type { Stream } from './body-kind.ts'
import { BodySource, OVER, type Step } from './body-source.ts'

export interface BodyFilter {
  /** @returns what is sent for a chunk; `undefined` to end the body here. */
  take(chunk: Chunk): Chunk | undefined | Promise<Chunk | undefined>
  /** There is no further chunk. @returns what is still to be sent, perhaps `''`. */
  end(): Chunk | Promise<Chunk>
  /** No further call follows, after success or failure. May be called more than once. */
  release(): void
}

export class FilteredBody implements AsyncIterator<Chunk, unknown> {
  readonly #source: BodySource
  readonly #filter: BodyFilter
  #state: 'open' | 'ended' = 'open'

  constructor(body: Stream, filter: BodyFilter) {
    this.#source = new BodySource(body)
    this.#filter = filter
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Step> {
    if (this.#state === 'ended') return OVER
    try {
      return await this.#pull()
    } catch (error) {
      this.#end()
      throw error
    }
  }

  async return(): Promise<Step> {
    this.#end()
    await this.#source.return()
    return OVER
  }

  close(): void | Promise<void> {
    this.#end()
    return this.#source.close()
  }

  async #pull(): Promise<Step> {
    const step = await this.#source.next()
    // Left by the server meanwhile: the filter has been released.
    if (this.#state === 'ended') return OVER
    const chunk = await (step.done ? this.#filter.end() : this.#filter.take(step.value))
    if (step.done) this.#end()
    if (chunk === undefined) return await this.return()
    return step.done && chunk.length === 0 ? OVER : { done: false, value: chunk }
  }

  #end(): void {
    this.#state = 'ended'
    this.#filter.release()
  }
}
