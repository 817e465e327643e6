/**
 * `wsgi.input` over any source of bytes: reading by size, by line and by iteration.
 * Knows nothing of framing or sockets: the source ends where the body ends.
 */
import type { Input, InputError } from '@tsgi/contract'
import { concat } from './bytes.ts'
import { InputIterator } from './input-iterator.ts'

/** The source of the bytes of a request body. */
export interface InputSource {
  /**
   * What has arrived, without waiting: the next bytes, `null` at the end of the body, `undefined` if `pull` must
   * wait. Throws what `pull` would reject with. Optional: without it, every read waits for `pull`.
   */
  take?(): Uint8Array | null | undefined
  /**
   * The next bytes, never empty; `null` at the end of the body. Called one at a time, and only when the application
   * reads. Rejects with an `InputError` when the body was cut, malformed or too large.
   */
  pull(): Promise<Uint8Array | null>
  /** What followed the body, flat name, value, …: complete at its end. Absent where a body has no trailers. */
  readonly trailers?: readonly string[] | undefined
  /** The bytes that are still to come, where the client has announced them: a long body is read into one array then. */
  readonly remaining?: number | undefined
  /** The reader has copied a chunk, and no caller has seen it: the source may free its memory at once. */
  release?(chunk: Uint8Array): void
}

/**
 * An error of `wsgi.input` that the client caused: `'wsgi.input: …'`.
 * @param status the status to respond with: 400, 408 or 413.
 */
export function inputError(status: number, message: string, cause?: unknown): InputError {
  const error = new Error(`wsgi.input: ${message}`, cause === undefined ? undefined : { cause })
  return Object.assign(error, { 'tsgi.status': status })
}

/** The default maximum bytes of a request body in a gateway, as `--limit-request-body` of the server. */
export const BODY_LIMIT_BYTES = 1024 ** 3

/**
 * The source with a limit: a longer body is an error with status 413, before the caller gets more than `maxBytes`.
 */
export function limited(source: InputSource, maxBytes: number): InputSource {
  let left = maxBytes
  const counted = (chunk: Uint8Array | null): Uint8Array | null => {
    left -= chunk?.byteLength ?? 0
    if (left < 0) throw inputError(413, `the request body is larger than ${maxBytes} bytes`)
    return chunk
  }
  const limitedSource: InputSource = {
    pull: async () => counted(await source.pull()),
    get trailers() {
      return source.trailers
    },
  }
  if (source.take === undefined) return limitedSource
  const take = source.take.bind(source)
  limitedSource.take = () => {
    const chunk = take()
    return chunk === undefined ? undefined : counted(chunk)
  }
  return limitedSource
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
  /** Bytes pulled but not read yet. */
  #rest: Uint8Array = EMPTY
  #ended = false
  /** The error of the source: every later reader gets it too. */
  #failure: { readonly error: unknown } | undefined
  #reading = false

  constructor(source: InputSource) {
    this.#source = source
  }

  /** Whether its source can have trailers. */
  get mayHaveTrailers(): boolean {
    return this.#source.trailers !== undefined
  }

  /** What followed the body, flat name, value, …; `undefined` until a reader has met the end. */
  get trailers(): readonly string[] | undefined {
    return this.#ended ? (this.#source.trailers ?? []) : undefined
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

  /** If all wanted bytes have arrived, it makes no promise except its own result. */
  #read(size: number | undefined, isLine: boolean): Promise<Uint8Array> {
    try {
      this.#demandAlone()
      const wanted = new WantedBytes(checkSize(size), isLine, this.#source, this.#rest.byteLength)
      return this.#gather(wanted) ? Promise.resolve(wanted.bytes) : awaitable(this.#readOn(wanted))
    } catch (error) {
      return awaitable(Promise.reject(error))
    }
  }

  async #readOn(wanted: WantedBytes): Promise<Uint8Array> {
    this.#reading = true
    try {
      do {
        const chunk = await this.#pull()
        if (chunk !== null) this.#rest = wanted.add(chunk)
      } while (!this.#gather(wanted))
      return wanted.bytes
    } finally {
      this.#reading = false
    }
  }

  /** Takes the bytes that have arrived. @returns true when the read is complete, or the body has ended. */
  #gather(wanted: WantedBytes): boolean {
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

  /** Two concurrent readers would each get a random half. */
  #demandAlone(): void {
    if (this.#reading) throw new Error('wsgi.input: a read was begun before the previous one had ended')
  }

  /** What has arrived: bytes, `null` at the end, `undefined` if the caller must wait. */
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
 * A promise that never causes an unhandled rejection: an application may do something else before it awaits it, while the
 * client leaves. Every caller that awaits it still gets the error.
 */
function awaitable(promise: Promise<Uint8Array>): Promise<Uint8Array> {
  promise.catch(() => undefined)
  return promise
}

/**
 * The progress of one read: of `size` bytes, or of a line of at most `size` bytes. A long body of an announced length is
 * gathered in one array, so that the buffers it came in can be freed at once. The array is made when a quarter of it has
 * come: a client that announces much and sends little costs little.
 */
class WantedBytes {
  readonly #parts: Uint8Array[] = []
  /** Small chunks after those. They are joined early: each object costs more bytes than it holds. */
  #small: Uint8Array[] = []
  /** All that is wanted, once there is enough of it; the first `#kept` bytes are filled. */
  #whole: Uint8Array | undefined
  #kept = 0
  readonly #isLine: boolean
  readonly #source: InputSource
  /** The length of the array for all of it; undefined where the parts are joined at the end. */
  readonly #length: number | undefined
  #left: number

  /** @param pulled bytes that the source has given before, and that come first. */
  constructor(size: number, isLine: boolean, source: InputSource, pulled: number) {
    this.#left = size
    this.#isLine = isLine
    this.#source = source
    const length = Math.min(size, pulled + (source.remaining ?? 0))
    if (length >= MIN_WHOLE_BYTES && !isLine) this.#length = length
  }

  get isComplete(): boolean {
    return this.#left === 0
  }

  get bytes(): Uint8Array {
    if (this.#whole !== undefined) return this.#whole.subarray(0, this.#kept)
    this.#gather()
    return this.#parts.length === 0 ? EMPTY : concat(this.#parts)
  }

  /** @returns what is left of the chunk. */
  add(chunk: Uint8Array): Uint8Array {
    const end = this.#isLine ? chunk.indexOf(LF) + 1 : 0
    const wanted = Math.min(this.#left, end === 0 ? chunk.byteLength : end)
    this.#left = end > 0 && wanted === end ? 0 : this.#left - wanted
    if (wanted === chunk.byteLength) {
      this.#keep(chunk)
      return EMPTY
    }
    this.#keep(chunk.subarray(0, wanted))
    return chunk.subarray(wanted)
  }

  #keep(part: Uint8Array): void {
    this.#kept += part.byteLength
    if (this.#whole !== undefined) {
      this.#copy(part, this.#whole, this.#kept - part.byteLength)
      return
    }
    if (part.byteLength >= MAX_SMALL_BYTES) {
      this.#gather()
      this.#parts.push(part)
    } else if (this.#small.push(part) === MANY) this.#gather()
    if (this.#length !== undefined && this.#kept * 4 >= this.#length) this.#makeWhole(this.#length)
  }

  #makeWhole(length: number): void {
    this.#gather()
    // Each byte of it is written before it is handed out.
    const whole = Buffer === undefined ? new Uint8Array(length) : Buffer.allocUnsafeSlow(length)
    let at = 0
    for (const part of this.#parts) {
      this.#copy(part, whole, at)
      at += part.byteLength
    }
    this.#parts.length = 0
    this.#whole = whole
  }

  #copy(part: Uint8Array, whole: Uint8Array, at: number): void {
    whole.set(part, at)
    this.#source.release?.(part)
  }

  #gather(): void {
    if (this.#small.length === 0) return
    this.#parts.push(concat(this.#small))
    this.#small = []
  }
}

const { Buffer } = globalThis as { readonly Buffer?: { allocUnsafeSlow(size: number): Uint8Array } }
/** A shorter body is a few chunks, and is joined at its end. */
const MIN_WHOLE_BYTES = 256 * 1024
const LF = 0x0a
const MAX_SMALL_BYTES = 1024
const MANY = 256

function checkSize(size: number | undefined): number {
  if (size === undefined) return Number.POSITIVE_INFINITY
  if (Number.isInteger(size) && size >= 0) return size
  throw new RangeError(`wsgi.input: a size must be a whole number of bytes, not ${String(size)}`)
}
