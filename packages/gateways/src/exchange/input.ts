/**
 * `wsgi.input` over any source of octets: reading by size, by line and by iteration.
 * Knows nothing of framing or sockets: the source ends where the body ends.
 */
import type { Input, InputError } from '@tsgi/contract'
import { concat } from './bytes.ts'
import { InputIterator } from './input-iterator.ts'

/** Where the octets of a request body come from. */
export interface InputSource {
  /**
   * What has arrived, without waiting: the next octets, `null` at the end of the body, `undefined` where they are still to
   * come; then `pull` waits. Throws what `pull` would reject with. A source without it is always waited for.
   */
  take?(): Uint8Array | null | undefined
  /**
   * The next octets, never empty; `null` at the end of the body. Called one at a time, and only when the application
   * reads. Rejects with an `InputError` when the body was cut, malformed or too large.
   */
  pull(): Promise<Uint8Array | null>
}

/**
 * An error of `wsgi.input` that is the client's fault: `'wsgi.input: …'`.
 * @param status the status to respond with: 400, 408 or 413.
 */
export function inputError(status: number, message: string, cause?: unknown): InputError {
  const error = new Error(`wsgi.input: ${message}`, cause === undefined ? undefined : { cause })
  return Object.assign(error, { 'tsgi.status': status })
}

/** Bytes of the largest request body that a gateway takes unless told otherwise, as `--limit-request-body` of the server. */
export const BODY_LIMIT_BYTES = 1024 ** 3

/**
 * The source, up to so many bytes: a longer body is an error with status 413, before more than `maxBytes` of it have been
 * handed out.
 */
export function limited(source: InputSource, maxBytes: number): InputSource {
  let left = maxBytes
  const counted = (chunk: Uint8Array | null): Uint8Array | null => {
    left -= chunk?.byteLength ?? 0
    if (left < 0) throw inputError(413, `the request body is larger than ${maxBytes} bytes`)
    return chunk
  }
  const limitedSource: InputSource = { pull: async () => counted(await source.pull()) }
  if (source.take === undefined) return limitedSource
  const take = source.take.bind(source)
  return {
    ...limitedSource,
    take: () => {
      const chunk = take()
      return chunk === undefined ? undefined : counted(chunk)
    },
  }
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
    return this.#read(size, false)
  }

  readline(size?: number): Promise<Uint8Array> {
    return this.#read(size, true)
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, void, void> {
    return new InputIterator(() => this.#next())
  }

  /** Where all that is wanted has arrived, there is no promise but the one it gives. */
  #read(size: number | undefined, isLine: boolean): Promise<Uint8Array> {
    try {
      this.#demandAlone()
      const wanted = new WantedOctets(checkSize(size), isLine)
      return this.#gather(wanted) ? Promise.resolve(wanted.octets) : awaitable(this.#readOn(wanted))
    } catch (error) {
      return awaitable(Promise.reject(error))
    }
  }

  async #readOn(wanted: WantedOctets): Promise<Uint8Array> {
    this.#reading = true
    try {
      do {
        const chunk = await this.#pull()
        if (chunk !== null) this.#rest = wanted.add(chunk)
      } while (!this.#gather(wanted))
      return wanted.octets
    } finally {
      this.#reading = false
    }
  }

  /** Takes what is at hand. @returns true when that is all that is wanted, or the body has ended. */
  #gather(wanted: WantedOctets): boolean {
    while (!wanted.isComplete) {
      const chunk = this.#take()
      if (chunk === undefined) return false
      if (chunk === null) break
      this.#rest = wanted.add(chunk)
    }
    return true
  }

  #next(): Uint8Array | null | Promise<Uint8Array | null> {
    this.#demandAlone()
    const chunk = this.#take()
    if (chunk !== undefined) return chunk
    this.#reading = true
    return this.#pull().finally(() => {
      this.#reading = false
    })
  }

  /** Two readers at a time would each get a random half. */
  #demandAlone(): void {
    if (this.#reading) throw new Error('wsgi.input: a read was begun before the one before it had ended')
  }

  /** What is at hand: octets, `null` at the end, `undefined` where they have to be waited for. */
  #take(): Uint8Array | null | undefined {
    if (this.#rest.byteLength > 0) {
      const rest = this.#rest
      this.#rest = EMPTY
      return rest
    }
    if (this.#ended) return null
    if (this.#failure !== undefined) throw this.#failure.error
    try {
      return this.#seen(this.#source.take?.())
    } catch (error) {
      throw this.#failed(error)
    }
  }

  async #pull(): Promise<Uint8Array | null> {
    try {
      return this.#seen(await this.#source.pull())
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #seen<Chunk>(chunk: Chunk): Chunk {
    if (chunk === null) this.#ended = true
    return chunk
  }

  #failed(error: unknown): unknown {
    this.#failure = { error }
    return error
  }
}

/**
 * A promise whose rejection has a reader: an application may do something else before it awaits it, while the client
 * leaves. Every caller that awaits it still gets the error.
 */
function awaitable(promise: Promise<Uint8Array>): Promise<Uint8Array> {
  promise.catch(() => undefined)
  return promise
}

/** What one reader has got so far of what it wants: `size` octets, or a line of at most so many. */
class WantedOctets {
  readonly #parts: Uint8Array[] = []
  /** Small ones behind those: they are kept as one before they are many, for each is an object of more octets than its own. */
  #small: Uint8Array[] = []
  readonly #isLine: boolean
  #left: number

  constructor(size: number, isLine: boolean) {
    this.#left = size
    this.#isLine = isLine
  }

  get isComplete(): boolean {
    return this.#left === 0
  }

  get octets(): Uint8Array {
    this.#gather()
    return this.#parts.length === 0 ? EMPTY : concat(this.#parts)
  }

  /** @returns what is left of the chunk. */
  add(chunk: Uint8Array): Uint8Array {
    const end = this.#isLine ? chunk.indexOf(LF) + 1 : 0
    const wanted = Math.min(this.#left, end === 0 ? chunk.byteLength : end)
    this.#keep(wanted < chunk.byteLength ? chunk.subarray(0, wanted) : chunk)
    this.#left = end > 0 && wanted === end ? 0 : this.#left - wanted
    return chunk.subarray(wanted)
  }

  #keep(part: Uint8Array): void {
    if (part.byteLength >= SMALL) {
      this.#gather()
      this.#parts.push(part)
    } else if (this.#small.push(part) === MANY) this.#gather()
  }

  #gather(): void {
    if (this.#small.length === 0) return
    this.#parts.push(concat(this.#small))
    this.#small = []
  }
}

const LF = 0x0a
const SMALL = 1024
const MANY = 256

function checkSize(size: number | undefined): number {
  if (size === undefined) return Number.POSITIVE_INFINITY
  if (Number.isInteger(size) && size >= 0) return size
  throw new RangeError(`wsgi.input: a size must be a whole number of octets, not ${String(size)}`)
}
