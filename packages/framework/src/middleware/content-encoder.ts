/**
 * One content coding at work: chunks in, coded bytes out, a chunk at a time, so that the reader sets the pace. Owns
 * a handle of `node:zlib` with up to a few MiB behind it, and gives it back at the end, on failure, or on `free()`.
 */
import {
  type BrotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  type Gzip,
  gzipSync,
  type ZstdCompress,
  zstdCompressSync,
} from 'node:zlib'
import type { Chunk } from '@tsgi/contract'

/** A content coding that `compress` can apply (RFC 9110 §8.4.1). */
export type CodingName = 'br' | 'zstd' | 'gzip'

/** `at once`: the receiver can decode everything written so far. `gathered`: the encoder may hold bytes for a better ratio. */
export type Pace = 'at once' | 'gathered'

export class ContentEncoder {
  readonly #stream: BrotliCompress | Gzip | ZstdCompress
  readonly #flushKind: number
  #made: Uint8Array[] = []
  #failure: Error | undefined
  #release: (() => void) | undefined

  /** @param size bytes that will come, where they are known: a hint for the coder. */
  constructor(coding: CodingName, size: number | undefined) {
    const { create, flushKind } = CODERS[coding]
    this.#flushKind = flushKind
    this.#stream = create(size)
    this.#stream.on('data', (bytes: Uint8Array) => this.#made.push(bytes))
    this.#stream.once('error', (error) => {
      this.#failure = error
    })
    // The last of all events, after the end, an error and a destroy: every waiting call is settled.
    this.#stream.once('close', () => this.#release?.())
  }

  /** @returns what there is to send so far; with `gathered` often nothing. */
  encode(chunk: Chunk, pace: Pace): Promise<Uint8Array> {
    return this.#run((done) => {
      if (pace === 'gathered') return void this.#stream.write(chunk, done)
      this.#stream.write(chunk)
      this.#stream.flush(this.#flushKind, done)
    })
  }

  /** Ends the coding. @returns its last bytes. */
  finish(): Promise<Uint8Array> {
    return this.#run(() => this.#stream.end())
  }

  /** Gives the memory back; the handle waits for a chunk that is being coded in another thread. */
  free(): void {
    this.#stream.destroy()
  }

  async #run(begin: (done: () => void) => void): Promise<Uint8Array> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#release = resolve
    if (this.#stream.destroyed) resolve()
    else begin(() => resolve())
    await promise
    if (this.#failure !== undefined) throw this.#failure
    // What was made may still wait in the stream for the next turn of the event loop.
    while (this.#stream.read() !== null) {}
    return this.#takeMade()
  }

  #takeMade(): Uint8Array {
    const [first, ...rest] = this.#made
    this.#made = []
    return first === undefined || rest.length > 0 ? Buffer.concat(first === undefined ? [] : [first, ...rest]) : first
  }
}

/**
 * Codes a small body in one call, in this thread: a stream and its way through the thread pool take longer than the coding
 * does. Above the limit the wait of all other requests would be longer than what it saves.
 */
export function encodeAtOnce(coding: CodingName, chunks: readonly Chunk[]): Uint8Array {
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk))
  return CODERS[coding].encode(bytes.length === 1 && bytes[0] !== undefined ? bytes[0] : Buffer.concat(bytes))
}

/** Bytes that are coded in one call: about 50 µs. */
export const MAX_INLINE_BYTES = 16 * 1024

const brotli = (size: number | undefined) => ({
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 4,
    [constants.BROTLI_PARAM_LGWIN]: 19,
    [constants.BROTLI_PARAM_SIZE_HINT]: Math.min(size ?? 0, 2 ** 30),
  },
})
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 19 } }
const GZIP = { level: 6 }

/** Fast settings: a response is coded each time it is sent. A window of 512 KiB bounds what an open stream holds. */
const CODERS = {
  br: {
    flushKind: constants.BROTLI_OPERATION_FLUSH,
    create: (size: number | undefined) => createBrotliCompress(brotli(size)),
    encode: (bytes: Uint8Array) => brotliCompressSync(bytes, brotli(bytes.length)),
  },
  zstd: {
    flushKind: constants.ZSTD_e_flush,
    create: () => createZstdCompress(ZSTD),
    encode: (bytes: Uint8Array) => zstdCompressSync(bytes, ZSTD),
  },
  gzip: {
    flushKind: constants.Z_SYNC_FLUSH,
    create: () => createGzip(GZIP),
    encode: (bytes: Uint8Array) => gzipSync(bytes, GZIP),
  },
} as const
