/**
 * The kinds of a body, and how each is pulled. Knows the contract's `Body`; sends nothing.
 */
import type { Body, Chunk, FileBody } from '@tsgi/contract'
import { byteLength } from './bytes.ts'
import { describe } from './report.ts'

export type ChunkIterator = Iterator<Chunk> | AsyncIterator<Chunk>

/** @throws TypeError for a value that is neither text nor bytes. */
export function checkChunk(chunk: Chunk): Chunk {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk
  throw new TypeError(`the body has a chunk that is ${describe(chunk)}: a chunk is a string or a Uint8Array`)
}

/** The length in bytes of a body that is known in advance: a list, or a span of a file. */
export function knownLength(body: Exclude<Body, Chunk>): number | undefined {
  if (Array.isArray(body)) return totalLength(body)
  return isFileBody(body) ? body.length : undefined
}

function totalLength(chunks: readonly Chunk[]): number {
  let length = 0
  for (const chunk of chunks) length += byteLength(checkChunk(chunk))
  return length
}

/** Checks all three numbers: a stream of Node also has a descriptor, and may have a start. */
export function isFileBody(body: unknown): body is FileBody {
  if (typeof body !== 'object' || body === null || !('fd' in body && 'start' in body && 'length' in body)) return false
  return [body.fd, body.start, body.length].every((number) => Number.isSafeInteger(number) && Number(number) >= 0)
}

/** @throws TypeError for a value that is not a body. */
export function iterate(body: Exclude<Body, Chunk>): ChunkIterator {
  if (body instanceof ReadableStream) return iterateStream(body)
  if (typeof body === 'object' && body !== null) {
    if (Symbol.asyncIterator in body) return body[Symbol.asyncIterator]()
    if (Symbol.iterator in body) return body[Symbol.iterator]()
  }
  throw new TypeError(`the application returned ${describe(body)}: a body is a string, bytes, or an iterable of them`)
}

/** Any truthy `done` ends an iteration, as in `for … of` (ECMA-262, IteratorComplete). */
export function isDone(step: IteratorResult<Chunk, unknown>): step is IteratorReturnResult<unknown> {
  return Boolean(step.done)
}

/** By its reader: its own iterator would cancel only after the pending read, and some platforms have none. */
function iterateStream(stream: ReadableStream<Chunk>): AsyncIterator<Chunk> {
  const reader = stream.getReader()
  return {
    next: () => reader.read() as Promise<IteratorResult<Chunk>>, // the same shape; only `value` of the end may differ
    return: async () => {
      await reader.cancel()
      return { done: true, value: undefined }
    },
  }
}
