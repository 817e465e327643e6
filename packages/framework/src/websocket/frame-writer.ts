/** Writes the frames of a server (RFC 6455 §5.2): whole and unmasked. Knows bytes only. */

/** RFC 6455 §11.8. */
export const OPCODES = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** The kinds of frames that a server sends. */
export type FrameKind = keyof typeof OPCODES

/** One frame. @param isCompressed sets RSV1 (RFC 7692 §6). */
export function frame(kind: FrameKind, data: Uint8Array, isCompressed = false): Uint8Array {
  const { length } = data
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const bytes = new Uint8Array(size + length)
  bytes[0] = 0x80 | (isCompressed ? 0x40 : 0) | OPCODES[kind]
  if (size === 2) bytes[1] = length
  else if (size === 4) bytes.set([126, length >> 8, length & 255], 1)
  else {
    bytes[1] = 127
    new DataView(bytes.buffer).setBigUint64(2, BigInt(length))
  }
  bytes.set(data, size)
  return bytes
}

/** A close frame. @param code undefined for one without a code. */
export function closeFrame(code: number | undefined, reason: Uint8Array = new Uint8Array(0)): Uint8Array {
  if (code === undefined) return frame('close', new Uint8Array(0))
  return frame('close', Uint8Array.of(code >> 8, code & 255, ...reason))
}
