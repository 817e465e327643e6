/**
 * The body of a Response as a contract body. One that is all there is given whole, so that the server can say how long it
 * is; any other is streamed. Knows the fetch standard; no framework.
 */
import type { Body } from '@tsgi/contract'

/** @param isHead whether the request was HEAD: nothing is read then, and the stream is cancelled. */
export async function responseBody({ body, headers }: Response, isHead: boolean): Promise<Body> {
  if (body === null) return ''
  if (isHead) {
    await body.cancel()
    return ''
  }
  const reader = body.getReader()
  return headers.has('content-length') ? new ReadBody(reader, []) : wholeOrStream(reader)
}

type Reader = ReadableStreamDefaultReader<Uint8Array>
type Step = Awaited<ReturnType<Reader['read']>>

/**
 * A Response does not tell whether it was made of a string or of a stream. So its end is asked for along with the first
 * chunk: if that is there before anything else happens in the process, the chunk was the whole body.
 */
async function wholeOrStream(reader: Reader): Promise<Body> {
  const first = await reader.read()
  if (first.done) return ''
  const second = reader.read()
  second.catch(() => undefined) // seen by who pulls it
  const step = await Promise.race([second.catch(() => undefined), endOfTurn()])
  return step?.done === true ? first.value : new ReadBody(reader, [Promise.resolve(first), second])
}

/** Resolves when all that waits for nothing but other promises has been done. */
function endOfTurn(): Promise<undefined> {
  return new Promise((resolve) => process.nextTick(resolve, undefined))
}

/** A stream, perhaps with its first chunks read. It has `close`, for a client that left before the server could pull. */
class ReadBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #reader: Reader
  readonly #read: Promise<Step>[]

  constructor(reader: Reader, read: Promise<Step>[]) {
    this.#reader = reader
    this.#read = read
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const step = await (this.#read.shift() ?? this.#reader.read())
    return step.done ? { done: true, value: undefined } : step
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#reader.cancel()
    return { done: true, value: undefined }
  }

  async close(): Promise<void> {
    await this.#reader.cancel()
  }
}
