/**
 * A span of an open file on its way to a socket: read into two blocks in turns, the next one ahead while the one before
 * it leaves. Reads from the descriptor that the application opened and checked (SPEC C69), and never closes it.
 * Knows no HTTP; its sink makes one per file and says how a block leaves.
 */
import { read } from 'node:fs'
import type { FileSpan } from '@tsgi/gateways/exchange'
import type { BufferPool } from './buffer-pool.ts'

export interface FileOutlet {
  /** Takes the next bytes of the file. `sent` is called later, when they have left and may change. */
  writeBlock(bytes: Uint8Array, sent: (error?: Error | null) => void): void
  /**
   * Called once, when the file is no longer read from: all of it has been written, or it failed, or it was stopped. Never
   * while a read is under way: the number of a closed descriptor could be another file's by then.
   */
  fileEnded(error?: Error): void
}

/** - `sending`: blocks are read and written; - `stopped`: nothing is written any more; - `ended`: `fileEnded` was called. */
type SenderState = 'sending' | 'stopped' | 'ended'

export class FileSender {
  readonly #fd: number
  readonly #end: number
  readonly #blocks: BufferPool
  readonly #outlet: FileOutlet
  #state: SenderState = 'sending'
  #position: number
  #isReading = false
  #isWriting = false
  /** Read, and waiting for the block before it to leave. */
  #ahead: { readonly block: Buffer; readonly bytes: Uint8Array } | undefined

  constructor({ fd, start, length }: FileSpan, blocks: BufferPool, outlet: FileOutlet) {
    this.#fd = fd
    this.#position = start
    this.#end = start + length
    this.#blocks = blocks
    this.#outlet = outlet
  }

  start(): void {
    if (this.#position < this.#end) this.#read()
    else process.nextTick(() => this.#finish())
  }

  /** Nothing more is sent. The outlet is called in a later turn, and when no read is under way. */
  stop(): void {
    if (this.#state !== 'sending') return
    this.#state = 'stopped'
    this.#ahead = undefined
    if (!this.#isReading) process.nextTick(() => this.#finish())
  }

  #read(): void {
    const block = this.#blocks.take()
    const size = Math.min(block.length, this.#end - this.#position)
    this.#isReading = true
    read(this.#fd, block, 0, size, this.#position, (error, count) => {
      this.#isReading = false
      if (this.#state === 'stopped') this.#finish()
      else if (error !== null) this.#finish(error)
      else if (count === 0)
        this.#finish(new Error(`the file shrank while it was sent: nothing at byte ${this.#position}`))
      else this.#arrived(block, count)
    })
  }

  #arrived(block: Buffer, count: number): void {
    this.#position += count
    this.#ahead = { block, bytes: block.subarray(0, count) }
    if (!this.#isWriting) this.#write()
  }

  /** Writes what is ahead, if it has come, and reads on. */
  #write(): void {
    if (this.#ahead === undefined) return
    const { block, bytes } = this.#ahead
    this.#ahead = undefined
    this.#isWriting = true
    this.#outlet.writeBlock(bytes, (error) => this.#sent(block, error))
    if (this.#state !== 'sending') return
    if (this.#position < this.#end) this.#read()
    else this.#finish()
  }

  /** A block that could not leave is not used again: the system may still hold it. */
  #sent(block: Buffer, error: Error | null | undefined): void {
    this.#isWriting = false
    if (error !== undefined && error !== null) return
    this.#blocks.give(block)
    if (this.#state === 'sending') this.#write()
  }

  #finish(error?: Error): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#outlet.fileEnded(error)
  }
}
