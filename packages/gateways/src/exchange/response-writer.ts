/**
 * The response half of an exchange: from `startResponse` to the last byte. Holds back the head until there is
 * something to send, counts the bytes against the announced length, drops what must not be sent.
 * Knows the contract and the Sink; calls no application.
 */
import type { Body, Chunk, FileBody, HeaderList } from '@tsgi/contract'
import { byteLength, toBytes } from './bytes.ts'
import { checkChunk, isFileBody } from './chunks.ts'
import type { Sink } from './sink.ts'
import { type CheckedHead, checkHead } from './start-response.ts'

/**
 * - `waiting`: startResponse has not been called;
 * - `started`: it has, nothing is sent yet;
 * - `committed`: the head is with the sink;
 * - `ended`: the response is complete, refused, cut or abandoned. It does not change any more.
 */
export type ResponseState = 'waiting' | 'started' | 'committed' | 'ended'

/** Tells the operator, in a line of the log. */
export interface Reporter {
  report(text: string): void
}

/** The clock is read once per so many chunks or bytes: reading it costs as much as a small chunk. */
const CHUNKS_PER_LOOK = 32
const BYTES_PER_LOOK = 256 * 1024

export class ResponseWriter {
  readonly #sink: Sink
  readonly #isHead: boolean
  readonly #reporter: Reporter
  #state: ResponseState = 'waiting'
  #head: CheckedHead | undefined
  /** Of the whole body, where it is known before its first chunk. */
  #length: number | undefined
  #bodyless = false
  /** Bytes that may still follow: announced minus sent. */
  #left = Number.POSITIVE_INFINITY
  #hasSurplus = false
  /** Chunks and bytes since the event loop was last looked at. */
  #chunks = 0
  #bytes = 0
  #restIsDue = false
  #flushIsDue = false
  /** Flat name, value, …: to be sent after the body. */
  #trailers: string[] | undefined

  /** @param reporter gets a line for dropped bytes. */
  constructor(sink: Sink, isHead: boolean, reporter: Reporter) {
    this.#sink = sink
    this.#isHead = isHead
    this.#reporter = reporter
  }

  get state(): ResponseState {
    return this.#state
  }

  /** True if further chunks would be discarded. */
  get wantsNoMore(): boolean {
    return this.#bodyless || this.#hasSurplus || this.#state === 'ended'
  }

  /** True when the sink has all that the head announced: a failure can no longer cut the message. */
  get isWhole(): boolean {
    return this.#state === 'committed' && (this.#bodyless || this.#left === 0)
  }

  /** What `startResponse` does (PEP 3333, "The start_response() Callable"). */
  start(status: string, headers: HeaderList, error: unknown): void {
    if (this.#state === 'ended') return
    if (this.#state !== 'waiting' && (error === undefined || error === null)) {
      throw new TypeError('startResponse was called again without an error')
    }
    if (this.#state === 'committed') throw error
    this.#head = checkHead(status, headers)
    this.#state = 'started'
    if (this.#flushIsDue) this.flushHead()
  }

  /** Implements `tsgi.flush_head`: sends the head now, or at `startResponse`. Sends a response without a body whole. */
  flushHead(): void {
    this.#flushIsDue = true
    if (this.#state !== 'started' || this.#head === undefined || isBodyless(this.#head.code)) return
    this.#commit(this.#length)
    this.#sink.flushHead?.()
  }

  /** Implements `tsgi.trailers`: adds to what is sent after the body. */
  addTrailers(flat: readonly string[]): void {
    if (this.#state !== 'ended') this.#trailers = [...(this.#trailers ?? []), ...flat]
  }

  /** Whether trailers are to be announced by the head: the body then has no length on the wire. */
  get announcesTrailers(): boolean {
    return this.#trailers !== undefined
  }

  /** Implements `tsgi.upgrade`: no head follows, and the end of the body ends the connection. */
  upgrade(): void {
    if (this.#state !== 'waiting') throw new TypeError('tsgi.upgrade was called after the response had begun')
    this.#state = 'committed'
  }

  /** Takes the length of the body whose chunks are about to be emitted. Sends nothing: the first chunk may yet fail. */
  announce(length: number | undefined): void {
    this.#length = length
  }

  /** Hands one chunk to the sink. @param bytes its length. @returns false if the next chunk must wait for `ready()`. */
  emit(chunk: Chunk, bytes = byteLength(checkChunk(chunk))): boolean {
    const goesOn = this.#hand(chunk, bytes)
    return this.#hasTime(bytes) && goesOn
  }

  /** Resolves when the sink takes more, and other requests have had their turn of the event loop. Never rejects. */
  async ready(): Promise<void> {
    await this.#sink.drained()
    if (!this.#restIsDue) return
    this.#restIsDue = false
    await new Promise<void>((resolve) => this.#sink.turn?.defer(resolve))
  }

  #hand(chunk: Chunk, bytes: number): boolean {
    if (bytes === 0) return true
    this.#commit(this.#length)
    if (this.wantsNoMore) return true
    if (bytes > this.#left) return this.#emitCut(chunk, bytes)
    this.#left -= bytes
    return this.#sink.write(chunk, bytes)
  }

  /** Looks at the clock once in a while. Chunks that are empty or dropped count too: making them takes time. */
  #hasTime(bytes: number): boolean {
    this.#chunks++
    this.#bytes += bytes
    if (this.#chunks < CHUNKS_PER_LOOK && this.#bytes < BYTES_PER_LOOK) return true
    this.#chunks = this.#bytes = 0
    this.#restIsDue = this.#sink.turn?.hasTime() === false
    return !this.#restIsDue
  }

  /** Hands the head of a file to the sink. @returns how many bytes of the file must follow. */
  admitFile(length: number): number {
    this.#commit(length)
    if (this.wantsNoMore) return 0
    if (length <= this.#left) return length
    this.#reporter.report(`the body is longer than its Content-Length: ${length - this.#left} bytes were dropped`)
    this.#hasSurplus = true
    return this.#left
  }

  /** Counts `bytes` of the admitted file as sent to the sink. */
  fileSent(length: number): void {
    this.#left -= length
  }

  #emitCut(chunk: Chunk, length: number): boolean {
    const kept = toBytes(chunk).subarray(0, this.#left)
    this.#reporter.report(
      `the body is longer than its Content-Length: ${length - this.#left} bytes or more were dropped`,
    )
    this.#hasSurplus = true
    this.#left = 0
    return kept.byteLength === 0 || this.#sink.write(kept, kept.byteLength)
  }

  /** @throws Error when the body was shorter than announced: the exchange then fails. */
  end(): void {
    // Without a chunk the body is empty, so its length is known.
    this.#commit(this.#length ?? 0)
    if (this.#state === 'ended') return
    if (this.#left > 0 && Number.isFinite(this.#left)) {
      throw new Error(`the body is ${this.#left} bytes shorter than its Content-Length`)
    }
    this.#state = 'ended'
    if (this.#trailers === undefined || this.#bodyless) this.#sink.end()
    else this.#sink.end(this.#trailers)
  }

  /** Stops: nothing more is sent. */
  abandon(): void {
    this.#state = 'ended'
  }

  /** Hands the head to the sink, if it is not there yet; `length` is that of the whole body, where it is known. */
  #commit(length: number | undefined): void {
    if (this.#state === 'committed' || this.#state === 'ended') return
    if (this.#head === undefined) throw new TypeError('the application sent a body without having called startResponse')
    const { status, code, headers, contentLength: declared } = this.#head
    const never = isBodyless(code)
    const bodyless = this.#isHead || never
    if (never && length !== 0) this.#reporter.report(`a ${code} has no body: what the application sent was dropped`)
    if (!bodyless) this.#left = bodyLength(declared, length)
    this.#bodyless = bodyless
    this.#state = 'committed'
    this.#sink.writeHead({
      status,
      code,
      headers,
      contentLength: announced(code, declared, length, this.#isHead),
      bodyless,
      trailers: this.#trailers === undefined || bodyless ? undefined : namesOf(this.#trailers),
    })
  }
}

/** Each name once (RFC 9110 §6.6.2). */
function namesOf(trailers: readonly string[]): readonly string[] {
  return [...new Set(trailers.filter((_, i) => i % 2 === 0))]
}

/** Statuses that never have a body (RFC 9110 §15.3.5, §15.3.6, §15.4.5). */
function isBodyless(code: number): boolean {
  return code === 204 || code === 205 || code === 304
}

/** The number of bytes that must follow the head; Infinity if it is unknown. */
function bodyLength(declared: number | undefined, length: number | undefined): number {
  if (declared !== undefined && length !== undefined && length < declared) {
    throw new Error(`the body has ${length} bytes where its Content-Length is ${declared}`)
  }
  return declared ?? length ?? Number.POSITIVE_INFINITY
}

/**
 * What the head announces (RFC 9110 §8.6): nothing for 204, zero for 205, for 304 only what the application said.
 * An empty response to HEAD does not show the length of the GET response, so none is announced.
 */
function announced(
  code: number,
  declared: number | undefined,
  length: number | undefined,
  isHead: boolean,
): number | undefined {
  if (code === 204) return undefined
  if (code === 205) return 0
  if (declared !== undefined || code === 304) return declared
  return isHead && length === 0 ? undefined : length
}

/*
 * A FileBody that the sink reads from its descriptor (SPEC C69): decides whether it may, and how long
 * the descriptor must stay open. Calls no application.
 */

/** False where the framing may be chunked, behind what `write` has sent or before trailers, and where the sink cannot: it is iterated. */
export function isTransferable(body: Body, sink: Sink, writer: ResponseWriter): body is FileBody {
  if (sink.sendFile === undefined || writer.announcesTrailers) return false
  return writer.state === 'started' && isFileBody(body)
}

export class FileTransfer {
  #isReading = false

  /** True while bytes are read from the descriptor: after a close its number could belong to another file. */
  get isReading(): boolean {
    return this.#isReading
  }

  /** @param ended called once, when all is sent, or it failed, or the sink has stopped; synchronously if nothing is to be sent. */
  begin({ fd, start, length }: FileBody, sink: Sink, writer: ResponseWriter, ended: (error?: Error) => void): void {
    const admitted = writer.admitFile(length)
    if (admitted === 0) {
      ended()
      return
    }
    this.#isReading = true
    sink.sendFile?.({ fd, start, length: admitted }, (error) => {
      this.#isReading = false
      if (error === undefined) writer.fileSent(admitted)
      ended(error)
    })
  }
}
