/**
 * The bytes of a stream that have come and are not yet used. Appending costs each byte a bounded number of copies,
 * however small the pieces; a piece that comes when nothing is left over is not copied at all. The bytes at the front
 * can be read as text where they are ASCII: most of a form is, and one long text is cheaper than many short ones.
 */

/** Bytes that are made text at a time. */
const TEXT_MAX_BYTES = 8 * 1024
/** A text with less than this left is made again, with what came behind it: a head of a part fits into this. */
const TEXT_MIN_CHARS = 256

export class ByteWindow {
  /** Only `#bytes[#start…#end)` holds something. */
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  /** From `textAt` on, character for byte what the window begins with. */
  text = ''
  textAt = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** The bytes as they lie there; valid until the next `append`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /** The byte at this distance from the front; undefined behind the end. */
  byteAt(index: number): number | undefined {
    return index < this.length ? this.#bytes[this.#start + index] : undefined
  }

  append(piece: Uint8Array): void {
    if (this.length === 0) this.#adopt(piece)
    else this.#join(piece)
  }

  /** Takes the first `count` bytes out; they are not written over later. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#start, this.#start + count)
    this.skip(count)
    return taken
  }

  /** As `take`, for bytes that are of no use. */
  skip(count: number): void {
    this.#start += count
    this.textAt += count
  }

  /** Makes `text` of the bytes at the front, up to the first that is not ASCII. Cheap where there is text already. */
  readText(): void {
    const left = this.text.length - this.textAt
    if (left >= TEXT_MIN_CHARS || (left >= 0 && left >= this.length)) return
    const most = Math.min(this.#end, this.#start + TEXT_MAX_BYTES)
    let end = this.#start
    while (end < most && (this.#bytes[end] ?? 0) < 0x80) end++
    this.text = ASCII.decode(this.#bytes.subarray(this.#start, end))
    this.textAt = 0
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

/** Shared: it keeps nothing between two texts. Of ASCII, UTF-8 makes one character for each byte. */
const ASCII = new TextDecoder('utf-8', { ignoreBOM: true })
