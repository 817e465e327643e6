/**
 * The response half of an exchange: from `startResponse` to the last octet. Holds back the head until there is
 * something to send, keeps the octets in step with the announced length, drops what may not be sent.
 * Knows the contract and the Sink; calls no application. Used by the exchange only.
 */
import type { Chunk, HeaderList } from '@tsgi/contract'
import { octetLength, toOctets } from './octets.ts'
import { describe } from './report.ts'
import type { Sink } from './sink.ts'
import { type CheckedHead, checkHead } from './start-response.ts'

/**
 * - `waiting`: startResponse has not been called;
 * - `started`: it has, nothing is sent yet;
 * - `committed`: the head is with the sink;
 * - `ended`: the response is complete, refused, cut or abandoned. Nothing moves any more.
 */
export type ResponseState = 'waiting' | 'started' | 'committed' | 'ended'

export class ResponseWriter {
  readonly #sink: Sink
  readonly #isHead: boolean
  readonly #report: (text: string) => void
  #state: ResponseState = 'waiting'
  #head: CheckedHead | undefined
  #bodyless = false
  /** Octets that may still follow: the declared length less what was sent. */
  #left = Number.POSITIVE_INFINITY

  /** @param report tells the operator of what had to be dropped. */
  constructor(sink: Sink, isHead: boolean, report: (text: string) => void) {
    this.#sink = sink
    this.#isHead = isHead
    this.#report = report
  }

  get state(): ResponseState {
    return this.#state
  }

  /** True when whatever may still come would not be sent: nobody needs to make it. */
  get isComplete(): boolean {
    return this.#bodyless || this.#state === 'ended'
  }

  /** What `startResponse` does (PEP 3333, "The start_response() Callable"). */
  start(status: string, headers: HeaderList, error: unknown): void {
    if (this.#state === 'ended') return
    if (this.#state !== 'waiting') {
      if (error === undefined || error === null) {
        throw new TypeError('startResponse was called again without an error')
      }
      if (this.#state === 'committed') throw error
    }
    this.#head = checkHead(status, headers)
    this.#state = 'started'
  }

  /** The whole body at once, so that its length is known. Nothing may have been written before it. */
  sendWhole(chunk: Chunk): void {
    if (this.#state !== 'committed') this.#commit(octetLength(chunk))
    if (chunk.length > 0) this.emit(chunk)
  }

  /** Announces the length of a body whose chunks are about to be emitted. */
  announce(length: number): void {
    if (this.#state !== 'committed') this.#commit(length)
  }

  /** Hands one chunk to the sink. @returns false when the next must wait for `drained()`. */
  emit(chunk: Chunk): boolean {
    if (checkChunk(chunk).length === 0) return true
    if (this.#state !== 'committed') this.#commit(undefined)
    if (this.#bodyless) return true
    const length = octetLength(chunk)
    if (length <= this.#left) {
      this.#left -= length
      return this.#sink.write(chunk)
    }
    const kept = toOctets(chunk).subarray(0, this.#left)
    this.#report(`the body is longer than its Content-Length: ${length - this.#left} octets were dropped`)
    this.#left = 0
    return kept.byteLength === 0 || this.#sink.write(kept)
  }

  /** @throws Error when the body was shorter than announced: the exchange then fails. */
  end(): void {
    // Nothing came: an empty body, whose length is known.
    if (this.#state !== 'committed') this.#commit(0)
    if (this.#left > 0 && Number.isFinite(this.#left)) {
      throw new Error(`the body is ${this.#left} octets shorter than its Content-Length`)
    }
    this.#state = 'ended'
    this.#sink.end()
  }

  /** Nothing more is sent from here; what has gone stays gone. */
  abandon(): void {
    this.#state = 'ended'
  }

  /** Hands the head to the sink; `length` is that of the whole body, where it is known. */
  #commit(length: number | undefined): void {
    if (this.#head === undefined) throw new TypeError('the application sent a body without having called startResponse')
    const { status, code, headers, contentLength: declared } = this.#head
    const never = code === 204 || code === 205 || code === 304
    const bodyless = this.#isHead || never
    if (never && length !== 0) this.#report(`a ${code} has no body: what the application sent was dropped`)
    if (!bodyless && length !== undefined && declared !== undefined && length < declared) {
      throw new Error(`the body has ${length} octets where its Content-Length is ${declared}`)
    }
    if (!bodyless) this.#left = declared ?? length ?? Number.POSITIVE_INFINITY
    this.#bodyless = bodyless
    this.#state = 'committed'
    this.#sink.writeHead({ status, headers, contentLength: announced(code, declared, length), bodyless })
  }
}

/** @throws TypeError for what is neither text nor octets. */
export function checkChunk(chunk: Chunk): Chunk {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk
  throw new TypeError(`the body has a chunk that is ${describe(chunk)}: a chunk is a string or a Uint8Array`)
}

/** What the head announces (RFC 9110 §8.6): nothing for 204, zero for 205, for 304 only what the application said. */
function announced(code: number, declared: number | undefined, length: number | undefined): number | undefined {
  if (code === 204) return undefined
  if (code === 205) return 0
  return code === 304 ? declared : (declared ?? length)
}
