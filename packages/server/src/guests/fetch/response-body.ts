/**
 * The body of a Response as a contract body. One that is all there is given whole, so that the server can say how long it
 * is; any other is streamed. Knows the fetch standard; no framework.
 */
import type { Body } from '@tsgi/contract'

/**
 * @param isHead whether the request was HEAD: nothing is read then, and the stream is cancelled.
 * @param flushHead sends the head; called for a stream that has no chunk yet at the end of the turn, such as one of events.
 */
export async function responseBody(
  { body }: Response,
  isHead: boolean,
  flushHead: (() => void) | undefined,
): Promise<Body> {
  if (body === null) return ''
  if (isHead) {
    await body.cancel()
    return ''
  }
  return wholeOrStream(body.getReader(), flushHead)
}

type Reader = ReadableStreamDefaultReader<Uint8Array>
type Step = Awaited<ReturnType<Reader['read']>>

/**
 * A Response does not tell whether it was made of a string or of a stream. So its end is asked for along with the first
 * chunk: if that is there before anything else happens in the process, the chunk was the whole body.
 */
async function wholeOrStream(reader: Reader, flushHead: (() => void) | undefined): Promise<Body> {
  const steps: Step[] = []
  const reads = [reader.read(), reader.read()]
  // A pull of a read that failed gets its error.
  for (const read of reads) read.then((step) => steps.push(step)).catch(() => undefined)
  await endOfTurn()
  const [first, second] = steps
  if (first?.done === true) return ''
  if (first !== undefined && second?.done === true) return first.value
  if (first === undefined) {
    if (flushHead === undefined) await reads[0]
    else if ((await Promise.race([reads[0], endOfLoopTurn()])) === undefined) flushHead()
  }
  return new ReadBody(reader, reads)
}

/** Resolves when what was ready in this turn of the event loop has been done. */
function endOfLoopTurn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(resolve, undefined))
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
