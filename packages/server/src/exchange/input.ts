/**
 * `wsgi.input` over any source of octets: reading by size, by line and by iteration.
 * Knows nothing of framing or sockets: the source ends where the body ends.
 */
import type { Input } from '@tsgi/contract'
import { concat } from './octets.ts'

/** Where the octets of a request body come from. */
export interface InputSource {
  /**
   * The next octets, never empty; `null` at the end of the body. Called one at a time, and only when the application
   * reads. Rejects with an `InputError` when the body was cut, malformed or too large.
   */
  pull(): Promise<Uint8Array | null>
}

const EMPTY = new Uint8Array(0)

/** The input of a request without a body: nothing is kept and nothing can be changed, so all requests share it. */
export const EMPTY_INPUT: Input = Object.freeze({
  read: readNothing,
  readline: readNothing,
  [Symbol.asyncIterator]: none,
})

async function readNothing(size?: number): Promise<Uint8Array> {
  checkSize(size)
  return EMPTY
}

async function* none(): AsyncGenerator<Uint8Array, void, void> {}

export class BodyInput implements Input {
  readonly #source: InputSource
  /** Octets pulled but not read yet. */
  #rest: Uint8Array = EMPTY
  #ended = false
  /** What the source failed with: the body is spoilt for every later reader too. */
  #failure: { readonly error: unknown } | undefined
  #reading = false

  constructor(source: InputSource) {
    this.#source = source
  }

  read(size?: number): Promise<Uint8Array> {
    return this.#alone(() => this.#take(checkSize(size), () => -1))
  }

  readline(size?: number): Promise<Uint8Array> {
    return this.#alone(() => this.#take(checkSize(size), (octets) => octets.indexOf(LF)))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const chunk = await this.#alone(() => this.#chunk())
      if (chunk === null) return
      yield chunk
    }
  }

  /** One reader at a time: two would each get a random half. */
  async #alone<Result>(reader: () => Promise<Result>): Promise<Result> {
    if (this.#reading) throw new Error('wsgi.input: a read was begun before the one before it had ended')
    this.#reading = true
    try {
      return await reader()
    } finally {
      this.#reading = false
    }
  }

  /** Takes chunks until `size` octets are there, `endOf` finds the last octet wanted, or the body ends. */
  async #take(size: number, endOf: (octets: Uint8Array) => number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    for (let left = size; left > 0; ) {
      const chunk = await this.#chunk()
      if (chunk === null) break
      const found = endOf(chunk) + 1
      const wanted = Math.min(left, found === 0 ? chunk.byteLength : found)
      parts.push(wanted < chunk.byteLength ? chunk.subarray(0, wanted) : chunk)
      this.#rest = chunk.subarray(wanted)
      left -= wanted
      if (found > 0 && wanted === found) break
    }
    return parts.length === 0 ? EMPTY : concat(parts)
  }

  async #chunk(): Promise<Uint8Array | null> {
    if (this.#rest.byteLength > 0) {
      const rest = this.#rest
      this.#rest = EMPTY
      return rest
    }
    if (this.#ended) return null
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#pull()
  }

  async #pull(): Promise<Uint8Array | null> {
    try {
      const chunk = await this.#source.pull()
      if (chunk === null) this.#ended = true
      return chunk
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }
}

const LF = 0x0a

function checkSize(size: number | undefined): number {
  if (size === undefined) return Number.POSITIVE_INFINITY
  if (Number.isInteger(size) && size >= 0) return size
  throw new RangeError(`wsgi.input: a size must be a whole number of octets, not ${String(size)}`)
}
