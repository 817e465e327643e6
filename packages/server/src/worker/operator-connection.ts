/**
 * The connection of an operator who asked something of this worker: the master has read the order and handed it over. Knows
 * frames and one socket; what they carry is the examiner's.
 */
import type { Socket } from 'node:net'
import type { ControlReply } from '../ipc/control-protocol.ts'
import { type FrameKind, frame } from '../ipc/examination-frames.ts'

/** The text of an operator who pressed Ctrl-C is not read. */
const GONE = 'the operator has left'

export class OperatorConnection {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => socket.destroy())
    // Nothing more is said to this side: its end is all that can come.
    socket.on('end', () => socket.destroy())
    socket.resume()
  }

  /** Resolves when it is on its way, so that the event loop may stand still. */
  async accept(): Promise<void> {
    await this.#write('accepted')
  }

  /** The content of a file, no faster than it is taken. @throws Error when the operator has left. */
  async send(parts: AsyncIterable<Buffer>): Promise<void> {
    for await (const part of parts) await this.#write('data', part)
  }

  /** The last. An operator that has left gets none. */
  async reply(reply: ControlReply): Promise<void> {
    try {
      await this.#write('reply', Buffer.from(JSON.stringify(reply)))
      await new Promise<void>((resolve) => {
        this.#socket.once('close', () => resolve())
        this.#socket.end()
      })
    } catch {
      this.#socket.destroy()
    }
  }

  whenGone(gone: () => void): void {
    if (this.#socket.destroyed) gone()
    else this.#socket.once('close', gone)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #write(kind: FrameKind, bytes?: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) reject(new Error(GONE))
      else this.#socket.write(frame(kind, bytes), (error) => (error ? reject(new Error(GONE)) : resolve()))
    })
  }
}
