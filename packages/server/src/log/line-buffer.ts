/**
 * Buffers lines for a write. It stores bytes at once: a string that grows line by line is a tree of small strings, which
 * the garbage collector copies while it waits. Knows no files.
 */

/** The maximum bytes that wait. */
const MAX_WAITING_BYTES = 1 << 20
const FIRST_BUFFER_BYTES = 16 * 1024
/** One UTF-16 unit of a string takes at most so many bytes of UTF-8. */
const MAX_BYTES_PER_CHARACTER = 3

const NOTHING = Buffer.alloc(0)

export class LineBuffer {
  #bytes = NOTHING
  #length = 0
  /** The buffer whose content `take` has handed out, until `done`. */
  #taken = NOTHING
  /** A written buffer, for reuse: at most two buffers are alive. */
  #spare = NOTHING

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** Appends three parts. @returns false if there is no room for all of them; then it takes none. */
  add(lines: string, middle: string, end: string): boolean {
    const most = this.#length + (lines.length + middle.length + end.length) * MAX_BYTES_PER_CHARACTER
    if (most > this.#bytes.length) {
      const exact = () => Buffer.byteLength(lines) + Buffer.byteLength(middle) + Buffer.byteLength(end)
      if (!this.#reserve(most <= MAX_WAITING_BYTES ? most : this.#length + exact())) return false
    }
    this.#put(lines)
    if (middle !== '') this.#put(middle)
    if (end !== '') this.#put(end)
    return true
  }

  #put(text: string): void {
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** Hands out all bytes. The caller owns them until it calls `done`. */
  take(): Buffer {
    const lines = this.#bytes.subarray(0, this.#length)
    this.#taken = this.#bytes
    this.#bytes = this.#spare
    this.#spare = NOTHING
    this.#length = 0
    return lines
  }

  /** Puts bytes back, before all later ones. @returns false if there is no room for all of them. */
  putBack(bytes: Buffer): boolean {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length && !this.#reserve(length)) return false
    this.#bytes.copyWithin(bytes.length, 0, this.#length)
    bytes.copy(this.#bytes)
    this.#length = length
    return true
  }

  /** The caller no longer needs the bytes of `take`. */
  done(): void {
    this.#spare = this.#taken
    this.#taken = NOTHING
  }

  /** @returns false if that exceeds the maximum. */
  #reserve(length: number): boolean {
    if (length > MAX_WAITING_BYTES) return false
    const larger = Buffer.allocUnsafeSlow(
      Math.min(MAX_WAITING_BYTES, Math.max(FIRST_BUFFER_BYTES, 2 * this.#bytes.length, length)),
    )
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
    return true
  }
}
