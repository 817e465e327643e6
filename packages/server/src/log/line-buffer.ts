/**
 * Lines that wait to be written, as octets from the moment they come: a string that grows line by line is a tree of
 * small strings, which the collector copies as long as it waits and which is taken apart at the end. Knows no files.
 */

/** Most octets that wait. */
const LIMIT = 1 << 20
const FIRST_SIZE = 16 * 1024
/** A character of a string is at most so many octets of UTF-8. */
const WIDEST = 3

const NOTHING = Buffer.alloc(0)

export class LineBuffer {
  #octets = NOTHING
  #length = 0
  /** What `take` handed out a part of, until it is done with. */
  #taken = NOTHING
  /** What was written out, to be filled again: no more than two such buffers are alive. */
  #spare = NOTHING

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** Takes three parts, one behind the other. @returns false where there is no room for all of them; none is taken then. */
  add(lines: string, middle: string, end: string): boolean {
    const most = this.#length + (lines.length + middle.length + end.length) * WIDEST
    if (most > this.#octets.length) {
      const exact = () => Buffer.byteLength(lines) + Buffer.byteLength(middle) + Buffer.byteLength(end)
      if (!this.#reserve(most <= LIMIT ? most : this.#length + exact())) return false
    }
    this.#put(lines)
    if (middle !== '') this.#put(middle)
    if (end !== '') this.#put(end)
    return true
  }

  #put(text: string): void {
    this.#length += this.#octets.write(text, this.#length)
  }

  /** Hands out all there is: the caller's, until it says `done`. */
  take(): Buffer {
    const lines = this.#octets.subarray(0, this.#length)
    this.#taken = this.#octets
    this.#octets = this.#spare
    this.#spare = NOTHING
    this.#length = 0
    return lines
  }

  /** Takes octets back, before all that came since. @returns false where there is no room for all of them. */
  putBack(octets: Buffer): boolean {
    const length = this.#length + octets.length
    if (length > this.#octets.length && !this.#reserve(length)) return false
    this.#octets.copyWithin(octets.length, 0, this.#length)
    octets.copy(this.#octets)
    this.#length = length
    return true
  }

  /** What `take` gave is not needed any more. */
  done(): void {
    this.#spare = this.#taken
    this.#taken = NOTHING
  }

  /** @returns false where that many octets may not wait. */
  #reserve(length: number): boolean {
    if (length > LIMIT) return false
    const larger = Buffer.allocUnsafeSlow(Math.min(LIMIT, Math.max(FIRST_SIZE, 2 * this.#octets.length, length)))
    this.#octets.copy(larger, 0, 0, this.#length)
    this.#octets = larger
    return true
  }
}
