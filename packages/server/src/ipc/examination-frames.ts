/**
 * How a worker replies to `tsgi inspect|profile|heap`, on the operator's own connection, which the master handed to it:
 * a letter, the length as four bytes, the bytes. Knows frames; knows nothing of what they say.
 *
 * - `accepted`: the worker has the order; empty.
 * - `data`: a part of the file.
 * - `reply`: the last; a `ControlReply` as JSON. Without it the file is not whole.
 */
export type FrameKind = 'accepted' | 'data' | 'reply'

export interface Frame {
  readonly kind: FrameKind
  readonly bytes: Buffer
}

const LETTERS: Readonly<Record<FrameKind, number>> = { accepted: 0x61, data: 0x64, reply: 0x72 }
const HEAD_BYTES = 5
/** Larger than any frame that a worker sends. */
const MAX_FRAME_BYTES = 16 * 1024 ** 2

export function frame(kind: FrameKind, bytes: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt8(LETTERS[kind])
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

/**
 * The frames in what a connection brings, as soon as each is whole; ends with the connection. A master that refuses the order
 * sends one line of JSON in their place: it comes as a `reply`.
 * @throws Error for bytes that are no frames.
 */
export async function* readFrames(parts: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const part of parts) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part])
    if (rest[0] === 0x7b) continue // `{`
    for (let length = frameLength(rest); length !== undefined && rest.length >= length; length = frameLength(rest)) {
      yield { kind: kindOf(rest), bytes: rest.subarray(HEAD_BYTES, length) }
      rest = rest.subarray(length)
    }
  }
  if (rest[0] === 0x7b) yield { kind: 'reply', bytes: rest }
}

/** Of the first frame, with its head; `undefined` while its head is not whole. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < HEAD_BYTES) return undefined
  const length = bytes.readUInt32BE(1)
  if (length > MAX_FRAME_BYTES) throw new Error(`a frame of ${length} bytes`)
  return HEAD_BYTES + length
}

function kindOf(bytes: Buffer): FrameKind {
  const kind = (Object.keys(LETTERS) as FrameKind[]).find((name) => LETTERS[name] === bytes[0]) // the keys of the table above
  if (kind === undefined) throw new Error(`a frame of the unknown kind ${bytes[0]}`)
  return kind
}
