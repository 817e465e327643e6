/**
 * Reads the frames of a client (RFC 6455 §5): bytes in, whole messages and control frames out. Keeps at most twice what
 * has arrived of one message. Knows no connection; what a frame breaks is an error with its close code.
 */
import type { Inflate } from './compression.ts'
import { OPCODES } from './frame-writer.ts'

/** What frames come to. */
export interface FrameListener {
  message(data: string | Uint8Array): void
  ping(data: Uint8Array): void
  pong(): void
  /** @param code undefined where the peer gave none (RFC 6455 §7.1.5). */
  close(code: number | undefined): void
}

/** What the peer has broken. `code` is the close code for it. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** Payload that grows with what arrives, never with what a header announces. */
class Payload {
  #bytes: Uint8Array
  length = 0

  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected)
  }

  /** Appends bytes and removes their mask. @param at the position of the first one in its frame. */
  add(masked: Uint8Array, mask: number, at: number): void {
    const end = this.length + masked.length
    if (end > this.#bytes.length) this.#grow(end)
    unmask(masked, this.#bytes, this.length, mask, at)
    this.length = end
  }

  get bytes(): Uint8Array {
    return this.length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.length)
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    bytes.set(this.#bytes.subarray(0, this.length))
    this.#bytes = bytes
  }
}

function unmask(from: Uint8Array, to: Uint8Array, start: number, mask: number, at: number): void {
  // Turned so that its first byte meets the first of `from`.
  const turned = (at & 3) === 0 ? mask : (mask << (8 * (at & 3))) | (mask >>> (32 - 8 * (at & 3)))
  for (let i = 0; i < from.length; i++) to[start + i] = (from[i] ?? 0) ^ (turned >>> (24 - 8 * (i & 3)))
}

/** The header of the frame whose payload is being read. */
interface Header {
  readonly isFinal: boolean
  readonly opcode: number
  readonly length: number
  readonly mask: number
}

const NO_BYTES = new Uint8Array(0)
const MAX_CONTROL_BYTES = 125
/** Room for a payload before it has arrived. */
const MAX_EXPECTED_BYTES = 64 * 1024

export class FrameReader {
  readonly #maxMessage: number
  readonly #listener: FrameListener
  readonly #inflate: Inflate | undefined
  /** The beginning of a header whose rest has not arrived. */
  #rest = NO_BYTES
  #header: Header | undefined
  /** Bytes of the frame that have arrived. */
  #arrived = 0
  #control: Payload | undefined
  #message: Payload | undefined
  /** The opcode of the message that is being read; 0 between messages. */
  #kind = 0
  #isCompressed = false
  #isClosed = false

  /** @param inflate where compression was negotiated. */
  constructor(maxMessage: number, listener: FrameListener, inflate?: Inflate) {
    this.#maxMessage = maxMessage
    this.#listener = listener
    this.#inflate = inflate
  }

  /** True in the middle of a frame or of a message. */
  get isPartial(): boolean {
    return !this.#isClosed && (this.#rest.length > 0 || this.#header !== undefined || this.#kind !== 0)
  }

  /** Reads bytes and calls the listener. Drops what follows a close frame. @throws FrameError */
  read(chunk: Uint8Array): void {
    let bytes = chunk
    if (this.#rest.length > 0) {
      bytes = joined(this.#rest, chunk)
      this.#rest = NO_BYTES
    }
    let at = 0
    while (!this.#isClosed) {
      if (this.#header === undefined) {
        const size = headerSize(bytes, at)
        if (at < bytes.length) this.#checkOpening(bytes, at)
        if (size === 0 || bytes.length - at < size) break
        this.#header = this.#readHeader(bytes, at, size)
        at += size
      }
      at += this.#readPayload(this.#header, bytes, at)
      if (this.#header !== undefined) return
    }
    // Copied: the bytes belong to the caller.
    if (!this.#isClosed && at < bytes.length) this.#rest = bytes.slice(at)
  }

  /** What the first two bytes break, found as soon as they are there. */
  #checkOpening(bytes: Uint8Array, at: number): void {
    const first = bytes[at] ?? 0
    const opcode = first & 15
    const isFinal = first >= 128
    if ((first & 0x30) !== 0) throw new FrameError(1002, 'a reserved bit is set')
    if ((first & 0x40) !== 0 && (this.#inflate === undefined || opcode === 0 || opcode > 2))
      throw new FrameError(1002, 'RSV1 is set without compression')
    if (opcode > 10 || (opcode > 2 && opcode < 8)) throw new FrameError(1002, `opcode ${opcode} is reserved`)
    if (opcode > 7 && !isFinal) throw new FrameError(1002, 'a control frame is fragmented')
    if (opcode === 0 && this.#kind === 0) throw new FrameError(1002, 'a continuation without a message')
    if (opcode !== 0 && opcode < 3 && this.#kind !== 0) throw new FrameError(1002, 'a message within a message')
    const second = bytes[at + 1]
    if (second === undefined) return
    if (second < 128) throw new FrameError(1002, 'a frame of a client is not masked')
    if (opcode > 7 && second - 128 > MAX_CONTROL_BYTES) throw new FrameError(1002, 'a control frame is too long')
    if (opcode === 8 && second === 129) throw new FrameError(1002, 'a close frame has one byte')
  }

  /** `size` bytes of it are there. */
  #readHeader(bytes: Uint8Array, at: number, size: number): Header {
    const first = bytes[at] ?? 0
    const opcode = first & 15
    const length = lengthOf(bytes, at)
    if (opcode < 3 && length > this.#maxMessage - (this.#message?.length ?? 0)) throw this.#tooLarge()
    if (opcode === 1 || opcode === 2) {
      this.#kind = opcode
      this.#isCompressed = (first & 0x40) !== 0
    }
    this.#arrived = 0
    const expected = Math.min(length, MAX_EXPECTED_BYTES, bytes.length - at - size)
    if (opcode > 7) this.#control = new Payload(expected)
    else this.#message ??= new Payload(expected)
    return { isFinal: first >= 128, opcode, length, mask: word(bytes, at + size - 4) }
  }

  /** @returns how many bytes were taken. Clears the header when the frame is whole. */
  #readPayload(header: Header, bytes: Uint8Array, at: number): number {
    const taken = Math.min(header.length - this.#arrived, bytes.length - at)
    const payload = header.opcode > 7 ? this.#control : this.#message
    if (taken > 0) payload?.add(bytes.subarray(at, at + taken), header.mask, this.#arrived)
    this.#arrived += taken
    if (this.#arrived < header.length) return taken
    this.#header = undefined
    if (header.opcode > 7) this.#endControl(header.opcode)
    else if (header.isFinal) this.#endMessage()
    return taken
  }

  #endMessage(): void {
    const [kind, payload] = [this.#kind, this.#message?.bytes ?? NO_BYTES]
    this.#kind = 0
    this.#message = undefined
    const data = this.#isCompressed && this.#inflate !== undefined ? this.#inflate(payload, this.#maxMessage) : payload
    if (data === 'too large') throw this.#tooLarge()
    if (data === 'malformed') throw new FrameError(1007, 'a compressed message is malformed')
    this.#listener.message(kind === OPCODES.text ? textOf(data) : data)
  }

  #endControl(opcode: number): void {
    const payload = this.#control?.bytes ?? NO_BYTES
    this.#control = undefined
    if (opcode === OPCODES.ping) this.#listener.ping(payload)
    else if (opcode === OPCODES.pong) this.#listener.pong()
    else {
      this.#isClosed = true
      this.#listener.close(closeCodeOf(payload))
    }
  }

  #tooLarge(): FrameError {
    return new FrameError(1009, `a message is larger than ${this.#maxMessage} bytes`)
  }
}

/** Bytes of the header that begins there; 0 while that is not known. */
function headerSize(bytes: Uint8Array, at: number): number {
  const second = bytes[at + 1]
  if (second === undefined) return 0
  const length = second & 127
  return length === 127 ? 14 : length === 126 ? 8 : 6
}

/** RFC 6455 §5.2. A length of 2^53 and more is larger than any limit. @throws FrameError for one of 2^63 and more. */
function lengthOf(bytes: Uint8Array, at: number): number {
  const short = (bytes[at + 1] ?? 0) & 127
  if (short < 126) return short
  if (short === 126) return word(bytes, at + 2) >>> 16
  const high = word(bytes, at + 2)
  if (high >= 2 ** 31) throw new FrameError(1002, 'the length of a frame is malformed')
  return high * 2 ** 32 + word(bytes, at + 6)
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  )
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}

let decoder: TextDecoder | undefined

function textOf(bytes: Uint8Array): string {
  decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    return decoder.decode(bytes)
  } catch {
    throw new FrameError(1007, 'a text is not UTF-8')
  }
}

/** RFC 6455 §5.5.1, §7.4. */
function closeCodeOf(payload: Uint8Array): number | undefined {
  if (payload.length === 0) return undefined
  const code = word(payload, 0) >>> 16
  if (!isSendable(code)) throw new FrameError(1002, `${code} is no code that may be sent`)
  textOf(payload.subarray(2))
  return code
}

/** Whether a close frame may carry it: 1004 to 1006 and 1015 never do (RFC 6455 §7.4). */
export function isSendable(code: number): boolean {
  const isRegistered = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)
  return isRegistered || (code >= 3000 && code <= 4999)
}
