/**
 * Memory that files are read into on their way to a socket, kept for the next one: a download costs two blocks, however
 * long it is, and the collector nothing. One pool per worker. Knows neither files nor sockets.
 */

/** Octets of a block: long enough that the trip to the thread pool is cheap, short enough to stay in the cache of a core. */
export const BLOCK_OCTETS = 64 * 1024
/** Blocks kept for later: those of eight downloads at a time. */
const MOST_KEPT = 16

export class BufferPool {
  readonly #free: Buffer[] = []

  /** Whose octets are anybody's: only what has been read into it may leave. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_OCTETS)
  }

  /** Nobody reads or writes it any more. */
  give(block: Buffer): void {
    if (this.#free.length < MOST_KEPT) this.#free.push(block)
  }
}
