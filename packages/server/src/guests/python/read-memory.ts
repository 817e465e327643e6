/**
 * Where a connection reads to. Small answers go through one buffer that is used again for every read, and what is kept
 * of them is copied. A large body is read to where it stays, slice by slice of a slab, so that it is never copied: the
 * garbage collector would notice many slabs more than the copying.
 */
export class ReadMemory {
  readonly #shared: Buffer = Buffer.allocUnsafeSlow(SHARED_BYTES)
  #slab: Buffer = NONE
  #at = 0
  #current: Buffer = this.#shared

  /** True when what has been read stays where it is. */
  get isOurs(): boolean {
    return this.#current !== this.#shared
  }

  /** @param expected bytes of a body that are certain to come. */
  next(expected: number): Buffer {
    this.#current = expected < LARGE_BYTES ? this.#shared : this.#slice(expected)
    return this.#current
  }

  /** What has been read. */
  take(length: number): Buffer {
    if (this.isOurs) this.#at += length
    return this.#current.subarray(0, length)
  }

  #slice(expected: number): Buffer {
    if (this.#slab.length - this.#at < Math.min(expected, LARGE_BYTES)) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
      this.#at = 0
    }
    return this.#slab.subarray(this.#at, this.#at + Math.min(expected, SLAB_BYTES - this.#at))
  }
}

const SHARED_BYTES = 64 * 1024
const SLAB_BYTES = 256 * 1024
const LARGE_BYTES = 16 * 1024
const NONE = Buffer.alloc(0)
