/**
 * What has arrived on a connection and nobody has taken yet, in order. Bounded by its owner, which stops reading when
 * it is full. Knows nothing of what the octets mean.
 */

/** Octets, and pieces, at which the connection stops reading: a piece of one octet still costs a Buffer. */
const FULL_OCTETS = 64 * 1024
const FULL_PIECES = 32

export class ReceiveBuffer {
  readonly #waiting: Buffer[] = []
  #octets = 0
  #current: Buffer | undefined
  /** The current piece as latin-1, made at most once, and only where a head is read from it. */
  #text: string | undefined
  #at = 0

  push(piece: Buffer): void {
    this.#octets += piece.length
    if (this.#current === undefined) this.#current = piece
    else this.#waiting.push(piece)
  }

  get isEmpty(): boolean {
    return this.#current === undefined
  }

  get isFull(): boolean {
    return this.#octets >= FULL_OCTETS || this.#waiting.length >= FULL_PIECES
  }

  /** The piece to take from; `at` is where it begins. Only when not empty. */
  get piece(): Buffer {
    if (this.#current === undefined) throw new Error('inbox: nothing has arrived')
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
    this.#octets -= at - this.#at
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
    this.#octets = this.#at = 0
  }
}
