/**
 * The bytes of a stream that have come and are not yet used. Appending costs each byte a bounded number of copies,
 * however small the pieces; a piece that comes when nothing is left over is not copied at all.
 */

export class ByteWindow {
  /** Only `#bytes[#start…#end)` holds something. */
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** The bytes as they lie there; valid until the next `append`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  append(piece: Uint8Array): void {
    if (this.length === 0) this.#adopt(piece)
    else this.#join(piece)
  }

  /** Takes the first `count` bytes out; they are not written over later. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#start, this.#start + count)
    this.#start += count
    return taken
  }

  /** It ends where its array does, so nothing is ever written into what we were given. */
  #adopt(piece: Uint8Array): void {
    this.#bytes = piece
    this.#start = 0
    this.#end = piece.length
  }

  #join(piece: Uint8Array): void {
    if (this.#end + piece.length > this.#bytes.length) this.#grow(this.length + piece.length)
    this.#bytes.set(piece, this.#end)
    this.#end += piece.length
  }

  /** Twice what is needed, so that it is not needed again soon. */
  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed * 2, 256))
    bytes.set(this.bytes)
    this.#end = this.length
    this.#start = 0
    this.#bytes = bytes
  }
}
