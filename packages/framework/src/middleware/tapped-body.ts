/**
 * A body as it was, with a listener: sees each chunk that the server takes, the end and the close, and changes
 * nothing. What was synchronous stays so, a `FileBody` stays one.
 */
import type { Body, Chunk, FileBody } from '@tsgi/contract'
import { isChunk, isFileBody, isStream, type Stream, wholeChunks } from './body-kind.ts'
import { BodySource, OVER, type Step } from './body-source.ts'

export interface BodyTap {
  /** The server took a chunk. */
  onChunk(chunk: Chunk): void
  /** There is no further chunk. */
  onEnd(): void
  /** The body could not give the next chunk. */
  onFailure(error: unknown): void
  /** The server closed a `FileBody` that it never iterated: it sent the bytes from the descriptor. */
  onSpan(length: number): void
}

/**
 * What is not a body is passed on as it is: the server says what is wrong with it.
 * @param onClose the server is done with the body. Where it is all there and has no `close()`, that is now.
 */
export function tapBody(body: Body, tap: BodyTap, onClose: () => void): Body {
  const chunks = wholeChunks(body)
  if (chunks !== undefined) return tapWhole(body, chunks, tap, onClose)
  if (!isStream(body)) return body
  if (isFileBody(body)) return tapFile(body, tap, onClose)
  return Symbol.asyncIterator in body ? new TappedStream(body, tap, onClose) : new TappedList(body, tap, onClose)
}

function tapWhole(body: Body, chunks: readonly Chunk[], tap: BodyTap, onClose: () => void): Body {
  for (const chunk of chunks) tap.onChunk(chunk)
  tap.onEnd()
  const close = isChunk(body) ? undefined : body.close?.bind(body)
  if (close !== undefined) return Object.assign([...chunks], { close: () => closing(close, onClose) })
  onClose()
  return body
}

function tapFile(body: FileBody, tap: BodyTap, onClose: () => void): FileBody {
  const stream: TappedStream = new TappedStream(body, tap, () => {
    if (!stream.isPulled) tap.onSpan(body.length)
    onClose()
  })
  const { fd, start, length } = body
  return Object.assign(stream, { fd, start, length }) as FileBody // its chunks are those of the file: bytes
}

/** Passes on the close of the server. The response is over, even if the close fails. */
function closing(close: () => void | Promise<void>, onClose: () => void): void | Promise<void> {
  try {
    return close()
  } finally {
    onClose()
  }
}

abstract class Tapped {
  protected readonly source: BodySource
  readonly #tap: BodyTap
  readonly #onClose: () => void

  constructor(body: Stream, tap: BodyTap, onClose: () => void) {
    this.source = new BodySource(body)
    this.#tap = tap
    this.#onClose = onClose
  }

  get isPulled(): boolean {
    return this.source.isPulled
  }

  close(): void | Promise<void> {
    return closing(() => this.source.close(), this.#onClose)
  }

  protected seen<Seen extends Step>(step: Seen): Seen {
    if (step.done) this.#tap.onEnd()
    else this.#tap.onChunk(step.value)
    return step
  }

  protected failed(error: unknown): never {
    this.#tap.onFailure(error)
    throw error
  }
}

class TappedList extends Tapped implements Iterator<Chunk, unknown> {
  [Symbol.iterator](): this {
    return this
  }

  next(): Step {
    try {
      // Made of a body that has the synchronous protocol alone.
      return this.seen(this.source.next() as Step)
    } catch (error) {
      return this.failed(error)
    }
  }

  return(): Step {
    this.source.return()
    return OVER
  }
}

class TappedStream extends Tapped implements AsyncIterator<Chunk, unknown> {
  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Step> {
    try {
      return this.seen(await this.source.next())
    } catch (error) {
      return this.failed(error)
    }
  }

  async return(): Promise<Step> {
    await this.source.return()
    return OVER
  }
}
