/**
 * A span of an open file as a body of the contract. Owns the descriptor: closes it once, at the end, on failure, or
 * when the server says so, and never under a read that is still going on (its number could be another file's by then).
 */
import type { FileBody } from '@tsgi/contract'
import { closeDescriptor, readDescriptor } from './descriptor.ts'

const BLOCK_BYTES = 64 * 1024

export class OpenFileBody implements FileBody {
  readonly fd: number
  readonly start: number
  readonly length: number
  #reading: Promise<unknown> | undefined
  #closed: Promise<void> | undefined

  constructor(fd: number, start: number, length: number) {
    this.fd = fd
    this.start = start
    this.length = length
  }

  /** Exactly `length` bytes, or an error: a file that shrank is neither padded nor waited for, one that grew is cut. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const end = this.start + this.length
    try {
      for (let position = this.start; position < end; ) {
        const bytes = await this.#read(position, Math.min(BLOCK_BYTES, end - position))
        position += bytes.byteLength
        yield bytes
      }
    } finally {
      await this.close()
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAfterReading()
    return this.#closed
  }

  async #read(position: number, size: number): Promise<Uint8Array> {
    if (this.#closed !== undefined) throw new Error('the file body was read after close()')
    const reading = readDescriptor(this.fd, position, size)
    this.#reading = reading
    const bytes = await reading
    if (bytes.byteLength === 0) throw new Error(`the file shrank while it was sent: nothing at byte ${position}`)
    return bytes
  }

  async #closeAfterReading(): Promise<void> {
    try {
      await this.#reading
    } catch {
      // The reader hears of it.
    }
    await closeDescriptor(this.fd)
  }
}
