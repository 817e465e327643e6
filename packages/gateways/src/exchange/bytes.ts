/**
 * Converts text and bytes. Knows no transport. It must run without `node:`, so it checks what the platform has.
 */

interface WithBuffer {
  readonly Buffer?: { byteLength(text: string): number }
}

const encoder = new TextEncoder()
const { Buffer } = globalThis as WithBuffer

/** The number of bytes that `chunk` takes as UTF-8. */
export const byteLength: (chunk: string | Uint8Array) => number =
  Buffer === undefined
    ? (chunk) => (typeof chunk === 'string' ? encoder.encode(chunk).length : chunk.byteLength)
    : (chunk) => (typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength)

/** The chunk as bytes; bytes are returned as they are. */
export function toBytes(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === 'string' ? encoder.encode(chunk) : chunk
}

/** One array out of many. A single one is returned as it is. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0]
  let length = 0
  for (const part of parts) length += part.byteLength
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.byteLength
  }
  return whole
}
