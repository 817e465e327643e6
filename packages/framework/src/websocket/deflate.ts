/** One message through Node's zlib (RFC 7692 §7.2). Knows bytes only; `#deflate` chooses it where zlib is. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'

export const isAvailable = true

/** An empty block without compression: what a sender cuts off, and a receiver puts back. */
const TAIL = Uint8Array.of(0, 0, 255, 255)

/** At once, not in a thread: then no more than one message is compressed at a time, however many connections there are. */
export function compress(data: Uint8Array, windowBits: number): Uint8Array {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, level: 3, windowBits }
  return deflateRawSync(data, options).subarray(0, -TAIL.length)
}

/** @param maxBytes the largest result. */
export function inflate(data: Uint8Array, maxBytes: number): Uint8Array | 'too large' | 'malformed' {
  const whole = new Uint8Array(data.length + TAIL.length)
  whole.set(data)
  whole.set(TAIL, data.length)
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: Math.max(1, maxBytes) }
    const bytes = inflateRawSync(whole, options)
    return bytes.length > maxBytes ? 'too large' : new Uint8Array(bytes)
  } catch (error) {
    return error instanceof RangeError ? 'too large' : 'malformed'
  }
}
