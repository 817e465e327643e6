/**
 * What has arrived on a connection and was not taken yet, in order. Its owner bounds it: it stops reading when the buffer
 * is full. Knows nothing of what the bytes mean.
 */
import type { Duplex } from 'node:stream'

/** Bytes, and pieces, at which the connection stops reading: a piece of one byte still costs a Buffer. */
const FULL_BYTES = 64 * 1024
const FULL_PIECES = 32

export class ReceiveBuffer {
  readonly #waiting: Buffer[] = []
  #bytes = 0
  #current: Buffer | undefined
  /** The current piece as latin-1, made at most once, and only where a head is read from it. */
  #text: string | undefined
  #at = 0

  push(piece: Buffer): void {
    this.#bytes += piece.length
    if (this.#current === undefined) this.#current = piece
    else this.#waiting.push(piece)
  }

  get isEmpty(): boolean {
    return this.#current === undefined
  }

  get isFull(): boolean {
    return this.#bytes >= FULL_BYTES || this.#waiting.length >= FULL_PIECES
  }

  /** The piece to take from; `at` is where it begins. Only when not empty. */
  get piece(): Buffer {
    if (this.#current === undefined) throw new Error('receive buffer: nothing has arrived')
    return this.#current
  }

  get at(): number {
    return this.#at
  }

  /** The piece as latin-1 text: index for index the same. */
  get text(): string {
    this.#text ??= this.piece.toString('latin1')
    return this.#text
  }

  /** Everything before `at` has been taken. */
  takeTo(at: number): void {
    this.#bytes -= at - this.#at
    this.#at = at
    if (at < this.piece.length) return
    this.#current = this.#waiting.shift()
    this.#text = undefined
    this.#at = 0
  }

  clear(): void {
    this.#waiting.length = 0
    this.#current = undefined
    this.#text = undefined
    this.#bytes = this.#at = 0
  }
}

/*
 * Whether a connection is read from: not while what has come is not taken, and no more in this turn of the event loop when
 * it has brought many requests. A socket whose client sends without a pause would be read two megabytes in one turn,
 * tens of thousands of requests, with every other connection waiting. Used by the connection only; knows no HTTP.
 */

/** More than clients have under way at a time: behind so many in one read come as many more. */
const MANY_REQUESTS = 64

export class FlowControl {
  readonly #socket: Duplex
  readonly #buffer: ReceiveBuffer
  /** True while nothing is to be read until a later turn. */
  isResting = false
  /** The requests that there had been at the end of the read before. */
  #requests = 0

  constructor(socket: Duplex, buffer: ReceiveBuffer) {
    this.#socket = socket
    this.#buffer = buffer
  }

  /** Stops reading, or goes on. Wanted after everything that fills or empties the buffer. */
  regulate(): void {
    const stopped = this.#buffer.isFull || this.isResting
    if (stopped === this.#socket.isPaused()) return
    if (stopped) this.#socket.pause()
    else this.#socket.resume()
  }

  /** One read has been dealt with. @param requests how many the connection has brought since it was opened. */
  afterRead(requests: number): void {
    const brought = requests - this.#requests
    this.#requests = requests
    if (brought <= MANY_REQUESTS || this.isResting) return
    this.isResting = true
    setImmediate(goOn, this)
    this.regulate()
  }

  /** The next turn has come. */
  goOn(): void {
    this.isResting = false
    this.regulate()
  }
}

function goOn(flow: FlowControl): void {
  flow.goOn()
}
