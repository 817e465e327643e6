/**
 * Frames of WebSocket (RFC 6455 §5.2) by the `ws` package, which the types of its users do not describe this far. Knows
 * bytes; knows no connection.
 */
import * as ws from 'ws'

interface Receiver {
  write(bytes: Uint8Array, done: () => void): boolean
  on(event: string, listener: (...parts: never[]) => void): this
}

interface Frames {
  readonly Receiver: new (options: object) => Receiver
  readonly Sender: { frame(data: Uint8Array, options: object): readonly Uint8Array[] }
}

// Exported by ws 8 (wrapper.mjs); @types/ws leaves them out.
const { Receiver, Sender } = ws as unknown as Frames

const OPCODES = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** One frame of a server: whole, unmasked. */
export function frame(kind: keyof typeof OPCODES, data: Uint8Array): Uint8Array {
  const options = { fin: true, rsv1: false, mask: false, readOnly: true, opcode: OPCODES[kind] }
  const parts = Sender.frame(data, options)
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** What frames come to. */
export interface FrameListener {
  message(data: string | Uint8Array): void
  ping(data: Uint8Array): void
  /** The peer closes, or has broken the protocol. @param code to be sent back; undefined where none was said. */
  close(code: number | undefined): void
}

export class FrameReader {
  readonly #receiver: Receiver
  #isOver = false

  constructor(maxMessage: number, listener: FrameListener) {
    const receiver = new Receiver({ isServer: true, maxPayload: maxMessage, binaryType: 'nodebuffer', extensions: {} })
    const end = (code: number | undefined) => {
      if (this.#isOver) return
      this.#isOver = true
      listener.close(code)
    }
    receiver.on('message', (data: Uint8Array, isBinary: boolean) =>
      listener.message(isBinary ? new Uint8Array(data) : new TextDecoder().decode(data)),
    )
    receiver.on('ping', (data: Uint8Array) => listener.ping(data))
    // 1005 stands for a close frame without a code, and is never sent (§7.4.1).
    receiver.on('conclude', (code: number) => end(code === 1005 ? undefined : code))
    receiver.on('error', (error: Error) => end(codeOf(error)))
    this.#receiver = receiver
  }

  /** Resolves when the bytes were read; after the end of the protocol they are dropped. */
  read(bytes: Uint8Array): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    // It unmasks in place, and the bytes are not ours.
    const copy = Uint8Array.from(bytes)
    return new Promise((resolve) => {
      this.#receiver.write(Buffer.from(copy.buffer), () => resolve())
    })
  }
}

/** `ws` keeps the close code of a breach under a symbol of its own: 1002, 1007 or 1009. */
function codeOf(error: Error): number {
  const symbol = Object.getOwnPropertySymbols(error).find(({ description }) => description === 'status-code')
  const code: unknown = symbol === undefined ? undefined : Reflect.get(error, symbol)
  return typeof code === 'number' ? code : 1002
}
