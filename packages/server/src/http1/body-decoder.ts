/**
 * Decodes the bytes of a request body, in pieces of any size (RFC 9112 §6.2, §7.1). It returns spans of its input,
 * never copies, and never takes a byte after the end of the body. Limits count decoded bytes.
 */
import type { BodyFraming } from './body-framing.ts'
import { type ExtensionState, nextExtensionState } from './chunk-extension.ts'
import { HttpError } from './errors.ts'
import { CR, HEX_VALUE, HTAB, LF, SEMICOLON, SP } from './grammar.ts'
import { HeadScanner } from './head-scanner.ts'
import { splitFields } from './header-section.ts'
import type { Limits } from './limits.ts'

export interface BodyDecoder {
  /** What followed the content, flat name, value, …; absent where the framing has no place for it. */
  readonly trailers?: readonly string[]
  /** True when the last byte of the body, framing included, has been taken. */
  readonly complete: boolean
  /**
   * Takes bytes from `from` on, and hands each span of content to `receive`.
   * @returns the index after the last byte taken.
   * @throws HttpError 400 for a broken body, 413 for one that grows too large, 431 for its trailers.
   */
  decode(bytes: Uint8Array, from: number, receive: (content: Uint8Array) => void): number
}

export function bodyDecoder(framing: BodyFraming, limits: Limits): BodyDecoder {
  if (framing.kind === 'chunked') return new ChunkedDecoder(limits)
  if (framing.kind === 'delimited') return new DelimitedDecoder(limits)
  return new LengthDecoder(framing.kind === 'length' ? framing.length : 0)
}

/** RFC 9112 §6.2: exactly as many bytes as Content-Length says. */
class LengthDecoder implements BodyDecoder {
  #left: number

  constructor(length: number) {
    this.#left = length
  }

  get complete(): boolean {
    return this.#left === 0
  }

  decode(bytes: Uint8Array, from: number, receive: (content: Uint8Array) => void): number {
    const end = Math.min(bytes.length, from + this.#left)
    if (end > from) receive(bytes.subarray(from, end))
    this.#left -= end - from
    return end
  }
}

/** As long as the transport says, and within the limit. */
class DelimitedDecoder implements BodyDecoder {
  readonly complete = false
  readonly #maxBytes: number
  #received = 0

  constructor(limits: Limits) {
    this.#maxBytes = limits.body
  }

  decode(bytes: Uint8Array, from: number, receive: (content: Uint8Array) => void): number {
    this.#received += bytes.length - from
    if (this.#received > this.#maxBytes) throw new HttpError(413, 'the body is too large')
    receive(bytes.subarray(from))
    return bytes.length
  }
}

type ChunkState =
  | 'size'
  | 'more-size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailers'
  | 'complete'

/** The maximum digits of a chunk-size: leading zeros are legal (RFC 9112 §7.1), but only a few. */
const SIZE_DIGITS = 16

/** RFC 9112 §7.1: chunked-body = *chunk last-chunk trailer-section CRLF; a line ends in CRLF and nothing else. */
class ChunkedDecoder implements BodyDecoder {
  readonly #limits: Limits
  #state: ChunkState = 'size'
  #digits = 0
  #size = 0
  #left = 0
  #received = 0
  #extension: ExtensionState = 'before-semicolon'
  #lineExtension = 0
  #extensions = 0
  #trailers: HeadScanner | undefined
  /** The trailer section as latin-1 text, as far as it has come: the scanner bounds it. */
  #trailerText = ''

  constructor(limits: Limits) {
    this.#limits = limits
  }

  get complete(): boolean {
    return this.#state === 'complete'
  }

  get trailers(): readonly string[] {
    return this.complete ? splitFields(this.#trailerText) : []
  }

  decode(bytes: Uint8Array, from: number, receive: (content: Uint8Array) => void): number {
    let at = from
    while (at < bytes.length && this.#state !== 'complete') {
      if (this.#state === 'data') at = this.#data(bytes, at, receive)
      else if (this.#state === 'trailers') at = this.#trailerSection(bytes, at)
      else this.#byte(bytes[at++] ?? 0)
    }
    return at
  }

  #data(bytes: Uint8Array, from: number, receive: (content: Uint8Array) => void): number {
    const end = Math.min(bytes.length, from + this.#left)
    receive(bytes.subarray(from, end))
    this.#left -= end - from
    this.#received += end - from
    if (this.#left === 0) this.#state = 'data-cr'
    return end
  }

  #byte(byte: number): void {
    switch (this.#state) {
      case 'size':
      case 'more-size':
        this.#sizeByte(byte)
        break
      case 'extension':
        this.#extensionByte(byte)
        break
      case 'size-lf':
        demand(byte, LF, 'a chunk-size line does not end in CRLF')
        this.#beginChunk()
        break
      case 'data-cr':
        demand(byte, CR, 'chunk data is longer than its chunk-size')
        this.#state = 'data-lf'
        break
      default:
        demand(byte, LF, 'chunk data does not end in CRLF')
        this.#state = 'size'
    }
  }

  /** RFC 9112 §7.1: chunk-size = 1*HEXDIG; "MUST … prevent parsing errors due to integer conversion overflows". */
  #sizeByte(byte: number): void {
    const digit = HEX_VALUE[byte] ?? 255
    if (digit < 16) {
      if (++this.#digits > SIZE_DIGITS) throw new HttpError(400, 'a chunk-size has too many digits')
      this.#size = this.#size * 16 + digit
      if (this.#size + this.#received > this.#limits.body) throw new HttpError(413, 'the body is too large')
      this.#state = 'more-size'
      return
    }
    if (this.#state === 'size') throw new HttpError(400, 'a chunk-size is not a hexadecimal number')
    if (byte === CR) this.#state = 'size-lf'
    else if (byte === SEMICOLON || byte === SP || byte === HTAB) {
      this.#state = 'extension'
      this.#extensionByte(byte)
    } else throw new HttpError(400, 'a chunk-size is not a hexadecimal number')
  }

  #extensionByte(byte: number): void {
    const next = nextExtensionState(this.#extension, byte)
    if (next === undefined) throw new HttpError(400, 'a chunk extension is malformed')
    this.#extension = next
    if (next === 'end') {
      this.#state = 'size-lf'
      return
    }
    const limit = this.#limits.chunkExtension
    // A sixteenth of the content on top lets a long body have a short extension, such as a signature, on each chunk.
    if (++this.#lineExtension > limit || ++this.#extensions > limit + this.#received / 16) {
      throw new HttpError(413, 'chunk extensions are too long')
    }
  }

  #beginChunk(): void {
    this.#state = this.#size === 0 ? 'trailers' : 'data'
    this.#left = this.#size
    this.#size = this.#digits = this.#lineExtension = 0
    this.#extension = 'before-semicolon'
  }

  /** RFC 9110 §6.5.1: trailers are checked like headers, and kept apart: they never change the headers. */
  #trailerSection(bytes: Uint8Array, from: number): number {
    if (this.#trailers === undefined) {
      this.#trailers = new HeadScanner(this.#limits)
      this.#trailers.reset('field')
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, bytes.length - from).toString('latin1')
    const taken = this.#trailers.scan(text, 0, text.length)
    this.#trailerText += text.slice(0, taken)
    if (this.#trailers.ended) this.#state = 'complete'
    return from + taken
  }
}

function demand(byte: number, wanted: number, otherwise: string): void {
  if (byte !== wanted) throw new HttpError(400, otherwise)
}
