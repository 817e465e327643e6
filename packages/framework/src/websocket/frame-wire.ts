/**
 * Frames on a connection that `tsgi.upgrade` has taken over. Knows the reader and the writer of frames; knows no limits
 * but the size of a message.
 */
import type { Upgraded } from '@tsgi/contract'
import type { Compression } from './compression.ts'
import { FrameReader } from './frame-reader.ts'
import { closeFrame, frame } from './frame-writer.ts'
import type { Wire, WireListener } from './wire.ts'

export class FrameWire implements Wire {
  readonly protocol: string
  readonly #upgraded: Upgraded
  readonly #maxMessage: number
  readonly #compression: Compression | undefined
  #reader: FrameReader | undefined

  constructor(upgraded: Upgraded, protocol: string, maxMessage: number, compression: Compression | undefined) {
    this.#upgraded = upgraded
    this.protocol = protocol
    this.#maxMessage = maxMessage
    this.#compression = compression
  }

  get isPartial(): boolean {
    return this.#reader?.isPartial === true
  }

  async read(listener: WireListener): Promise<void> {
    const reader = new FrameReader(
      this.#maxMessage,
      {
        message: (data) => listener.message(data),
        pong: () => void listener.control(),
        ping: (data) => {
          if (!listener.control()) return
          const pong = frame('pong', data)
          listener.wrote(pong.length, this.#upgraded.write(pong))
        },
        close: (code) => listener.closed(code),
      },
      this.#compression?.inflate,
    )
    this.#reader = reader
    for await (const bytes of this.#upgraded.input) {
      listener.heard()
      reader.read(bytes)
      const room = listener.room()
      if (room !== undefined) await room
    }
  }

  send(message: string | Uint8Array): Promise<void> {
    return this.#upgraded.write(this.#frameOf(message))
  }

  ping(): Promise<void> {
    return this.#upgraded.write(PING)
  }

  close(code: number | undefined, reason: string): Promise<void> {
    return this.#upgraded.write(closeFrame(code, new TextEncoder().encode(reason)))
  }

  /** One text for many peers is encoded once. */
  #frameOf(message: string | Uint8Array): Uint8Array {
    if (typeof message !== 'string') return this.#made('binary', message)
    if (this.#compression !== undefined) return this.#made('text', encoder.encode(message))
    if (message !== lastText) {
      if (message.length > MAX_KEPT_CHARS) return frame('text', encoder.encode(message))
      lastFrame = frame('text', encoder.encode(message))
      lastText = message
    }
    return lastFrame
  }

  #made(kind: 'text' | 'binary', data: Uint8Array): Uint8Array {
    const small = this.#compression?.compress(data)
    return small === undefined ? frame(kind, data) : frame(kind, small, true)
  }
}

const PING = frame('ping', new Uint8Array(0))
const encoder = new TextEncoder()

/** A longer text is not kept. */
const MAX_KEPT_CHARS = 16 * 1024
let lastText: string | undefined
let lastFrame = PING
