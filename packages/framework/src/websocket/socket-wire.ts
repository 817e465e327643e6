/**
 * The socket of a platform, taken over by `tsgi.websocket`: the platform reads the frames, answers pings and closes. Knows
 * its messages only.
 */
import type { MessageSocket } from '@tsgi/contract'
import { FrameError } from './frame-reader.ts'
import type { Wire, WireListener } from './wire.ts'

export class SocketWire implements Wire {
  readonly protocol: string
  readonly isPartial = false
  readonly #socket: MessageSocket
  readonly #maxMessage: number

  constructor(socket: MessageSocket, protocol: string, maxMessage: number) {
    this.#socket = socket
    this.protocol = protocol
    this.#maxMessage = maxMessage
  }

  async read(listener: WireListener): Promise<void> {
    for await (const data of this.#socket.messages) {
      listener.heard()
      if (isLarger(data, this.#maxMessage))
        throw new FrameError(1009, `a message is larger than ${this.#maxMessage} bytes`)
      listener.message(data)
      const room = listener.room()
      if (room !== undefined) await room
    }
    const { code } = await this.#socket.closed
    listener.closed(code)
  }

  send(message: string | Uint8Array): Promise<void> {
    return this.#socket.send(message)
  }

  async close(code: number | undefined, reason: string): Promise<void> {
    this.#socket.close(code, reason)
  }
}

function isLarger(data: string | Uint8Array, bytes: number): boolean {
  if (typeof data !== 'string') return data.byteLength > bytes
  // A character has one to three bytes.
  if (data.length * 3 <= bytes) return false
  return data.length > bytes || new TextEncoder().encode(data).length > bytes
}
