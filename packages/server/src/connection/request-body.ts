/**
 * The body of one request, between the bytes that arrive and the application that reads: decodes what comes, holds a
 * bounded queue, sends `100 Continue` when the application first reads. Knows framing (http1) and the
 * contract's InputSource; knows no socket.
 */

import { concat, type InputSource } from '@tsgi/gateways/exchange'
import { type BodyDecoder, bodyDecoder } from '../http1/body-decoder.ts'
import type { BodyFraming } from '../http1/body-framing.ts'
import { HttpError } from '../http1/errors.ts'
import type { Limits } from '../http1/limits.ts'
import type { Timeouts } from './timeouts.ts'

/** What a body asks of its connection. */
export interface BodyOwner {
  /** The application waits for bytes: pass on what has come, or read on. */
  bodyWanted(): void
  /** The application waits for the first bytes, and the client waits for `100 Continue` (RFC 9110 §10.1.1). */
  continueWanted(): void
  /** The memory of so many bytes was freed, and no collection is needed for it. */
  memoryFreed(bytes: number): void
}

/** Bytes held for an application that reads slower than the client sends. */
const QUEUE_MAX_BYTES = 64 * 1024
const QUEUE_MAX_PIECES = 256
/** Pieces below this are worth a copy. */
const COPY_MAX_BYTES = 1024

/**
 * - `open`: bytes come;
 * - `complete`: all have come;
 * - `failed`: the rest will never come;
 * - `dropped`: it is not read any more: bytes are counted and let go.
 */
type BodyState = 'open' | 'complete' | 'failed' | 'dropped'

/** Another protocol has no end but the connection's. */
export const UNTIL_CLOSE = { kind: 'length', length: Number.POSITIVE_INFINITY } as const satisfies BodyFraming

export class RequestBody implements InputSource {
  readonly #owner: BodyOwner
  readonly #timeouts: Timeouts
  readonly #decoder: BodyDecoder
  readonly #length: number | undefined
  /** What the transport says that followed the body. */
  #trailers: readonly string[] | undefined
  readonly #queue: Uint8Array[] = []
  #state: BodyState
  /** The client waits for `100 Continue`, which was not sent yet. */
  #continueIsDue: boolean
  #queued = 0
  #received = 0
  #receivedBeforeDrop = 0
  #delivered = 0
  #error: Error | undefined
  #errorDelivered = false
  #waiting: PromiseWithResolvers<Uint8Array | null> | undefined
  #waitingSince = 0
  #progressAt = 0
  #waited = 0

  constructor(framing: BodyFraming, expectsContinue: boolean, limits: Limits, owner: BodyOwner, timeouts: Timeouts) {
    this.#decoder = bodyDecoder(framing, limits)
    this.#length = framing.kind === 'length' ? framing.length : undefined
    this.#state = this.#decoder.complete ? 'complete' : 'open'
    this.#continueIsDue = expectsContinue && !this.#decoder.complete
    this.#owner = owner
    this.#timeouts = timeouts
  }

  get complete(): boolean {
    return this.#decoder.complete || this.#state === 'complete'
  }

  get failed(): boolean {
    return this.#error !== undefined
  }

  /** For `InputSource`: complete at the end of the body; absent where its framing has no place for them. */
  get trailers(): readonly string[] | undefined {
    return this.#trailers ?? this.#decoder.trailers
  }

  /** From a transport with trailers of its own. @param flat name, value, …; `[]` while there may be some. */
  receiveTrailers(flat: readonly string[]): void {
    this.#trailers = flat
  }

  /** What was wrong with it, for the operator. */
  get fault(): string | undefined {
    return this.#error?.message
  }

  /** Bytes that the application has not got yet, of a body whose length was announced. */
  get remaining(): number | undefined {
    return this.#length === undefined || this.#length === UNTIL_CLOSE.length
      ? undefined
      : this.#length - this.#delivered
  }

  /** True when the application is behind, and nothing more should be decoded for it. */
  get isFull(): boolean {
    return this.#state !== 'dropped' && (this.#queued >= QUEUE_MAX_BYTES || this.#queue.length >= QUEUE_MAX_PIECES)
  }

  /** Bytes of content that came after the response had ended. */
  get dropped(): number {
    return this.#state === 'dropped' ? this.#received - this.#receivedBeforeDrop : 0
  }

  /** True while the application waits for the client. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined
  }

  /**
   * Whether the connection can be used again if the response begins now: not if the client may never send the body,
   * if the application has met its fault, or if too much is left to read. Depends on what the application did, never
   * on what has arrived.
   */
  keepsConnection(unreadLimit: number): boolean {
    if (this.#continueIsDue || this.#errorDelivered) return false
    return this.#length === undefined || this.#length - this.#delivered <= unreadLimit
  }

  /**
   * Takes bytes from `from` on. Never throws: the application meets a fault when it reads.
   * @returns the index after the last byte taken.
   */
  receive(bytes: Buffer, from: number): number {
    const small: Uint8Array[] = []
    try {
      const end = this.#decoder.decode(bytes, from, (content) => this.#gather(content, small))
      this.#release(small)
      if (this.#decoder.complete) this.#end()
      return end
    } catch (error) {
      this.#release(small)
      this.fail(error instanceof Error ? error : new Error(String(error)))
      return bytes.length
    }
  }

  take(): Uint8Array | null | undefined {
    if (this.#continueIsDue) {
      this.#continueIsDue = false
      this.#owner.continueWanted()
    }
    if (this.#queue.length === 0 && this.#state === 'open') this.#owner.bodyWanted()
    const wasFull = this.isFull
    const next = this.#queue.shift()
    if (next !== undefined) {
      this.#queued -= next.byteLength
      this.#delivered += next.byteLength
      if (wasFull) this.#owner.bodyWanted()
      return next
    }
    if (this.#error !== undefined) {
      this.#errorDelivered = true
      throw this.#error
    }
    if (this.#state === 'dropped') throw tooLate()
    return this.#state === 'complete' ? null : undefined
  }

  async pull(): Promise<Uint8Array | null> {
    const next = this.take()
    return next === undefined ? this.#wait() : next
  }

  /** A chunk that is all of a read is of use to nothing else: freed at once, it costs no collection. */
  release({ buffer, byteLength }: Uint8Array): void {
    if (byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return
    buffer.transfer(0)
    this.#owner.memoryFreed(byteLength)
  }

  /** The transport says that this was all. A body with a length knows by itself, and is cut short. */
  ended(): void {
    if (this.#length === undefined) this.#end()
    else this.clientEnded()
  }

  /** All that came before the client's FIN has been decoded (RFC 9112 §8). */
  clientEnded(): void {
    if (this.#length === UNTIL_CLOSE.length) this.#end()
    else this.fail(cutShort())
  }

  /** The rest will not come, or cannot be used. The application meets the error behind the bytes it can still have. */
  fail(error: Error): void {
    if (this.#error !== undefined || this.#state === 'complete') return
    this.#error = error
    this.#state = 'failed'
    if (this.#waiting === undefined) return
    this.#errorDelivered = true
    this.#settle()?.reject(error)
  }

  /** The response has ended: reading is an error from now on, and what still comes is let go. */
  drop(): void {
    // A reader that comes later must not take a body whose rest was dropped for a whole one.
    const wasRead = this.#queue.length === 0
    this.#queue.length = 0
    this.#queued = 0
    if (this.#state !== 'open' && (wasRead || this.#state !== 'complete')) return
    this.#state = 'dropped'
    this.#receivedBeforeDrop = this.#received
    this.#settle()?.reject(tooLate())
  }

  /** True when the client keeps the application waiting for too long, or sends too slowly. */
  isOverdue(now: number): boolean {
    if (this.#waiting === undefined || this.#length === UNTIL_CLOSE.length) return false
    const { clocks } = this.#timeouts
    if (this.#timeouts.isOver(clocks.body, this.#progressAt)) return true
    if (clocks.body === 0 || clocks.minimumRate === 0) return false
    const waited = this.#waited + now - this.#waitingSince
    return waited > clocks.body + (this.#received / clocks.minimumRate) * 1000
  }

  #wait(): Promise<Uint8Array | null> {
    this.#waiting = Promise.withResolvers()
    this.#waitingSince = this.#progressAt = this.#timeouts.now
    return this.#waiting.promise
  }

  /** What came in small pieces is handed on as one: an object for each byte costs the server a hundred times what it cost the client. */
  #gather(content: Uint8Array, small: Uint8Array[]): void {
    if (content.byteLength < COPY_MAX_BYTES) {
      small.push(content)
      return
    }
    this.#release(small)
    this.#add(content)
  }

  #release(small: Uint8Array[]): void {
    if (small.length > 0) this.#add(concat(small))
    small.length = 0
  }

  #add(content: Uint8Array): void {
    this.#received += content.byteLength
    if (this.#state === 'dropped') return
    if (this.#waiting !== undefined) {
      this.#delivered += content.byteLength
      this.#settle()?.resolve(content)
      return
    }
    this.#queue.push(content)
    this.#queued += content.byteLength
  }

  #end(): void {
    if (this.#state !== 'dropped') this.#state = 'complete'
    this.#settle()?.resolve(null)
  }

  #settle(): PromiseWithResolvers<Uint8Array | null> | undefined {
    const waiting = this.#waiting
    if (waiting !== undefined) this.#waited += this.#timeouts.now - this.#waitingSince
    this.#waiting = undefined
    return waiting
  }
}

/** What a body fails with when the connection ended before it did (RFC 9112 §8). */
function cutShort(): HttpError {
  return new HttpError(400, 'the connection ended before the request body did')
}

function tooLate(): Error {
  return new Error('wsgi.input: the response has ended, and what was left of the request body with it')
}
