/**
 * Memory that files are read into on their way to a socket, kept for the next one: a download costs two blocks, however
 * long it is, and the collector nothing. One pool per worker. Knows neither files nor sockets.
 */

/** Bytes of a block: long enough that the trip to the thread pool is cheap, short enough to stay in the cache of a core. */
export const BLOCK_BYTES = 64 * 1024
/** Blocks kept for later: those of eight downloads at a time. */
const MAX_KEPT = 16

export class BufferPool {
  readonly #free: Buffer[] = []

  /** Uninitialised memory: send only the bytes that were read into it. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
  }

  /** Takes a block back that is neither read nor written any more. */
  give(block: Buffer): void {
    if (this.#free.length < MAX_KEPT) this.#free.push(block)
  }
}
