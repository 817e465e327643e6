/**
 * The messages of a platform's socket that the application has not read. Such a socket cannot pause its client, so what
 * waits is bounded. Knows no platform.
 */
import type { SocketEnd } from '@tsgi/contract'

/** What may wait: a client that sends more before the application reads is closed with 1008. */
const MAX_MESSAGES = 1024
const MAX_BYTES = 16 * 2 ** 20

export class MessageQueue implements AsyncIterable<string | Uint8Array> {
  readonly closed: Promise<SocketEnd>
  readonly #overflow: () => void
  readonly #waiting: (string | Uint8Array)[] = []
  readonly #settle: (end: SocketEnd) => void
  #bytes = 0
  #wake: (() => void) | undefined
  #isOver = false

  /** @param overflow called when more waits than may. */
  constructor(overflow: () => void) {
    this.#overflow = overflow
    const { promise, resolve } = Promise.withResolvers<SocketEnd>()
    this.closed = promise
    this.#settle = resolve
  }

  push(message: string | Uint8Array): void {
    if (this.#isOver) return
    if (this.#waiting.length >= MAX_MESSAGES || this.#bytes > MAX_BYTES) {
      this.#overflow()
      return
    }
    this.#waiting.push(message)
    this.#bytes += message.length
    this.#wake?.()
  }

  /** The connection is closed: what waits may still be read. */
  end(code: number | undefined, reason: string): void {
    this.#isOver = true
    this.#settle({ code: code === 1005 ? undefined : code, reason })
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string | Uint8Array, void> {
    for (;;) {
      const message = this.#waiting.shift()
      if (message !== undefined) {
        this.#bytes -= message.length
        yield message
      } else if (this.#isOver) return
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}
