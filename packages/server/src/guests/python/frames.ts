/**
 * The frames between the front and a Python process: a head of 8 bytes (u32 length of the payload, u8 kind, u8 flags,
 * u16 auxiliary, little endian), then the payload. Bytes only: knows neither sockets nor requests.
 * Its other half is `python/tsgi_bridge.py`; the two are changed together.
 */

/** Bytes of a body that may be under way in one direction before the receiver has to give room. */
export const WINDOW_BYTES = 1024 * 1024

/** The receiver gives room in steps of at least this. */
export const STEP_BYTES = 128 * 1024

/** The largest request body that travels in the frame of its request. */
export const INLINE_LIMIT_BYTES = 64 * 1024

/** To the worker. The auxiliary of all but `request` is the number of the request that is meant, modulo 65536. */
export const TO_WORKER = { request: 1, data: 2, window: 3, cancel: 4 } as const

/** Flags of `request`. `inline`: the body ends the payload, and the auxiliary is its length less one. */
export const REQUEST_FLAGS = { inline: 1, streamed: 2, lazy: 4, multiprocess: 8 } as const

/** Flags of `data`, and of what answers: nothing follows; what follows will never come. */
export const FLAGS = { final: 1, broken: 2 } as const

/** The length of a response head: its lower 16 bits are the auxiliary of the answer, the others its flags from this bit on. */
const HEAD_SHIFT = 2

const FROM_WORKER = { answer: 5, block: 6, room: 7, failed: 8, givenBack: 9 } as const

/** The head of a frame as latin-1 text: text and head then leave in one write. */
export function frameHead(length: number, kind: number, flags: number, auxiliary: number): string {
  return String.fromCharCode(
    length & 0xff,
    (length >> 8) & 0xff,
    (length >> 16) & 0xff,
    length >>> 24,
    kind,
    flags,
    auxiliary & 0xff,
    auxiliary >> 8,
  )
}

/** What a worker has to say. `head` is latin-1 text: the status, then names and values, separated by NUL. */
export interface FrameReceiver {
  /** An answer that is complete. */
  whole(head: string, body: Uint8Array): void
  /** The head of a response whose body follows. @param isAlone whether it was sent before any byte of the body. */
  begun(head: string, isAlone: boolean): void
  /** A piece of a body; it belongs to the receiver. */
  bytes(piece: Uint8Array): void
  /** The body is complete, or was given up after a cancel. */
  ended(): void
  /** The application failed; `traceback` is for the operator. */
  failed(traceback: string): void
  /** The application has read so many bytes more of the request body. */
  room(bytes: number): void
  /** The request behind the current one will not be begun here. */
  givenBack(): void
}

/** Cuts what comes from a worker into frames, however it arrives. */
export class FrameReader {
  readonly #receiver: FrameReceiver
  /** An incomplete frame head, response head or control frame. */
  #rest: Buffer | undefined
  /** Bytes of the current body frame that have not come yet. */
  #bodyLeft = 0
  #isOurs = false
  /** Whether the answer ends with the current body frame. */
  #final = false

  constructor(receiver: FrameReceiver) {
    this.#receiver = receiver
  }

  /** Bytes of the current body frame that have not come yet. */
  get bodyLeft(): number {
    return this.#bodyLeft
  }

  /** @param isOurs false when the bytes may be overwritten afterwards: whatever is kept is then copied. */
  push(bytes: Buffer, isOurs = false): void {
    this.#isOurs = isOurs && this.#rest === undefined
    const rest = this.#rest
    const data = rest === undefined ? bytes : Buffer.concat([rest, bytes])
    this.#rest = undefined
    let at = 0
    while (at < data.length) {
      const next = this.#bodyLeft > 0 ? this.#takeBody(data, at) : this.#takeFrame(data, at)
      if (next === at) {
        this.#rest = Buffer.from(data.subarray(at))
        return
      }
      at = next
    }
  }

  #takeBody(data: Buffer, at: number): number {
    const end = Math.min(data.length, at + this.#bodyLeft)
    this.#bodyLeft -= end - at
    this.#receiver.bytes(this.#isOurs ? data.subarray(at, end) : copy(data, at, end))
    if (this.#bodyLeft === 0 && this.#final) this.#receiver.ended()
    return end
  }

  /** @returns where the next frame begins, or `at` when more bytes are needed. */
  #takeFrame(data: Buffer, at: number): number {
    if (data.length - at < 8) return at
    const length = data.readUInt32LE(at)
    const kind = data[at + 4]
    const final = ((data[at + 5] ?? 0) & FLAGS.final) !== 0
    const start = at + 8
    if (kind === FROM_WORKER.answer) return this.#takeAnswer(data, at, length, final)
    if (kind === FROM_WORKER.block) return this.#beginBody(start, length, final)
    if (data.length - start < length) return at
    this.#takeControl(kind, data.subarray(start, start + length))
    return start + length
  }

  #takeAnswer(data: Buffer, at: number, length: number, final: boolean): number {
    const start = at + 8
    const bodyStart = start + (data.readUInt16LE(at + 6) | (((data[at + 5] ?? 0) >> HEAD_SHIFT) << 16))
    if (data.length < bodyStart) return at
    const head = data.toString('latin1', start, bodyStart)
    const end = start + length
    if (final && end <= data.length) {
      this.#receiver.whole(head, copy(data, bodyStart, end))
      return end
    }
    this.#receiver.begun(head, end === bodyStart && !final)
    return this.#beginBody(bodyStart, end - bodyStart, final)
  }

  #beginBody(start: number, length: number, final: boolean): number {
    this.#bodyLeft = length
    this.#final = final
    if (length === 0 && final) this.#receiver.ended()
    return start
  }

  #takeControl(kind: number | undefined, payload: Buffer): void {
    if (kind === FROM_WORKER.room) this.#receiver.room(payload.readUInt32LE(0))
    else if (kind === FROM_WORKER.failed) this.#receiver.failed(payload.toString())
    else if (kind === FROM_WORKER.givenBack) this.#receiver.givenBack()
    else throw new Error(`a Python worker sent a frame of kind ${kind}`)
  }
}

const NOTHING = new Uint8Array(0)

function copy(data: Buffer, start: number, end: number): Uint8Array {
  if (start === end) return NOTHING
  const bytes = Buffer.allocUnsafe(end - start)
  data.copy(bytes, 0, start, end)
  return bytes
}
