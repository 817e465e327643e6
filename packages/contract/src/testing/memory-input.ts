/**
 * `wsgi.input` over bytes in memory, for tests. Ends where the declared length or the source ends; a source
 * shorter than declared is a body cut short. Knows nothing of environs.
 */
import type { Chunk } from '../body.ts'
import type { Input, InputError } from '../environ.ts'
import type { HeaderList } from '../start-response.ts'

/** What a test may send as a request's body. */
export type RequestBody = Chunk | Iterable<Chunk> | AsyncIterable<Chunk>

export class MemoryInput implements Input {
  readonly #source: AsyncIterator<Chunk> | Iterator<Chunk>
  readonly #declared: number
  readonly #trailers: HeaderList
  #buffer: Uint8Array = new Uint8Array(0)
  #received = 0
  #state: 'open' | 'ended' = 'open'
  #endWasMet = false

  /** @param declared bytes announced; `undefined` when the body is chunked. @param trailers what follows the body. */
  constructor(body: RequestBody, declared: number | undefined, trailers: HeaderList = []) {
    this.#source = iteratorOf(body)
    this.#trailers = trailers
    this.#declared = declared ?? Number.POSITIVE_INFINITY
  }

  /** What followed the body; `undefined` until a reader has met its end (SPEC C92). */
  get trailers(): HeaderList | undefined {
    return this.#endWasMet ? this.#trailers : undefined
  }

  async read(size = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    while (this.#buffer.length < size && (await this.#fill())) {}
    return this.#take(size)
  }

  async readline(size = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    let end = this.#buffer.indexOf(LF)
    while (end === -1 && this.#buffer.length < size && (await this.#fill())) end = this.#buffer.indexOf(LF)
    return this.#take(end === -1 ? size : Math.min(size, end + 1))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      while (this.#buffer.length === 0 && (await this.#fill())) {}
      if (this.#buffer.length === 0) return
      yield this.#take(Number.POSITIVE_INFINITY)
    }
  }

  #take(size: number): Uint8Array {
    const taken = this.#buffer.subarray(0, size)
    this.#buffer = this.#buffer.subarray(taken.length)
    return taken
  }

  /** @returns false at the end of the body. */
  async #fill(): Promise<boolean> {
    if (this.#state === 'ended') {
      this.#endWasMet = true
      return false
    }
    const { done, value } = await this.#source.next()
    if (done === true) return this.#end()
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    const room = this.#declared - this.#received
    this.#append(bytes.subarray(0, room))
    // What a client sends after the declared end belongs to its next request.
    if (bytes.length >= room) this.#state = 'ended'
    return true
  }

  #end(): boolean {
    this.#state = 'ended'
    if (Number.isFinite(this.#declared) && this.#received < this.#declared) throw cutShort()
    this.#endWasMet = true
    return false
  }

  #append(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#buffer.length + bytes.length)
    joined.set(this.#buffer)
    joined.set(bytes, this.#buffer.length)
    this.#buffer = joined
    this.#received += bytes.length
  }
}

const LF = 0x0a

function iteratorOf(body: RequestBody): AsyncIterator<Chunk> | Iterator<Chunk> {
  if (typeof body === 'string' || body instanceof Uint8Array) return [body][Symbol.iterator]()
  return Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
}

function cutShort(): InputError {
  return Object.assign(new Error('the request body ended before its Content-Length'), { 'tsgi.status': 400 })
}
