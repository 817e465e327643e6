/**
 * Brings the body of a request to Node, a chunk at a time and no faster than it is read. Knows `wsgi.input` and framing;
 * knows its owner, and no socket. Made for one request with a body.
 */
import type { Input } from '@tsgi/contract'
import { framedChunk, LAST_CHUNK, type RequestFraming } from './request-serializer.ts'

/** Where the bytes go. */
export interface PumpOwner {
  /** @returns false when no more is wanted before the next `pull()`. */
  pushBytes(bytes: Uint8Array | string): boolean
  /** There is no more where the end of the body is that of the connection. */
  inputEnded(): void
  /** The body cannot be read to its end. */
  inputFailed(error: unknown): void
  /** All of the body has been given to `pushBytes`. */
  inputRead(): void
}

/**
 * - `held`: the client waits for 100 (Continue), which has not been sent; - `idle`: nothing is under way;
 * - `reading`: a read is under way; - `ended`: there will be none any more.
 */
type PumpState = 'held' | 'idle' | 'reading' | 'ended'

export class RequestPump {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #owner: PumpOwner
  #framing: RequestFraming = 'length'
  #state: PumpState = 'idle'
  #isWanted = false
  #peeked: IteratorResult<Uint8Array> | undefined

  constructor(input: Input, owner: PumpOwner) {
    this.#chunks = input[Symbol.asyncIterator]()
    this.#owner = owner
  }

  /** Reads the first chunk to find out whether there is a body at all; it is kept. */
  async peek(): Promise<RequestFraming> {
    this.#peeked = await this.#chunks.next()
    return this.#peeked.done === true ? 'none' : 'chunked'
  }

  /** @param isHeld whether nothing may be read before `release()`. */
  begin(framing: RequestFraming, isHeld: boolean): void {
    this.#framing = framing
    this.#state = framing === 'none' ? 'ended' : isHeld ? 'held' : 'idle'
  }

  /** The body has been asked for with 100 (Continue), or will not wait for it. */
  release(): void {
    if (this.#state !== 'held') return
    this.#state = 'idle'
    if (this.#isWanted) this.pull()
  }

  /** Bytes are wanted. */
  pull(): void {
    this.#isWanted = true
    if (this.#state === 'idle') void this.#read()
  }

  /** Whether nothing will be pushed any more. */
  get isOver(): boolean {
    return this.#state === 'ended'
  }

  /** Whether the handler, and not the client, is what the body waits for. */
  get isIdle(): boolean {
    return this.#state === 'idle'
  }

  /** The rest is not wanted. */
  stop(): void {
    this.#state = 'ended'
  }

  async #read(): Promise<void> {
    this.#state = 'reading'
    try {
      while (this.#isWanted && this.#state === 'reading') this.#push(await this.#next())
      if (this.#state === 'reading') this.#state = 'idle'
    } catch (error) {
      if (this.#state === 'reading') this.#owner.inputFailed(error)
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    const peeked = this.#peeked
    this.#peeked = undefined
    return peeked ?? (await this.#chunks.next())
  }

  #push({ done, value }: IteratorResult<Uint8Array>): void {
    if (this.#state !== 'reading') return
    this.#isWanted = false
    if (done === true) {
      this.#state = 'ended'
      if (this.#framing === 'chunked') this.#owner.pushBytes(LAST_CHUNK)
      else if (this.#framing === 'until-close') this.#owner.inputEnded()
      this.#owner.inputRead()
    } else {
      // True by the contract of push: more is wanted. An empty chunk would end a chunked body.
      const bytes = this.#framing === 'chunked' && value.byteLength > 0 ? framedChunk(value) : value
      if (bytes.byteLength === 0 || this.#owner.pushBytes(bytes)) this.#isWanted = true
    }
  }
}
