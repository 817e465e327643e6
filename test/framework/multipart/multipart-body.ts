/** Makes multipart bodies for tests: right ones, wrong ones, and cut in any way. Reads them part by part. */
import type { DecidedLimits } from '../../../packages/framework/src/multipart/limits.ts'
import { eachPart, MultipartReader } from '../../../packages/framework/src/multipart/multipart-reader.ts'
import type { Part } from '../../../packages/framework/src/multipart/part.ts'

export const BOUNDARY = 'b0undary'
export const TYPE = `multipart/form-data; boundary=${BOUNDARY}`

/** A part as a browser writes it; `content` as it is. */
export function part(disposition: string, content = 'x', headers = ''): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n${headers}\r\n${content}\r\n`
}

export function form(...parts: readonly string[]): Uint8Array {
  return new TextEncoder().encode(`${parts.join('')}--${BOUNDARY}--\r\n`)
}

/** Pieces of these lengths, over and over, until all is cut. */
export function* cut(octets: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  let at = 0
  for (let i = 0; at < octets.length; i++) {
    const end = at + Math.max(1, lengths[i % lengths.length] ?? octets.length)
    yield octets.slice(at, end)
    at = end
  }
}

export async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

export function readMultipart(
  input: AsyncIterable<Uint8Array>,
  boundary: string,
  limits: DecidedLimits,
): AsyncGenerator<Part, void> {
  return eachPart(new MultipartReader(input, boundary, limits))
}
