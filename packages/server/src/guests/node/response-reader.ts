/**
 * Reads the response that Node has written, as a client would (RFC 9112 §4–§7), and gives back what it was made of: no
 * framing is left. Pieces come as they were written, so that text which was one string stays one string.
 * Knows HTTP/1.1; knows no socket and no contract but its chunk. Made for one response.
 */
import type { Chunk } from '@tsgi/contract'

/** What the reader finds out about a head. */
export interface WrittenHead {
  readonly code: number
  readonly phrase: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
}

/**
 * - `head`: no final head yet;
 * - `length`, `until-close`, `chunk-size`, `chunk-data`, `chunk-end`, `trailers`: what comes next of the body;
 * - `complete`: nothing follows.
 */
type ReaderState =
  | 'head'
  | 'length'
  | 'until-close'
  | 'chunk-size'
  | 'chunk-data'
  | 'chunk-end'
  | 'trailers'
  | 'complete'

export class ResponseReader {
  readonly #isHead: boolean
  readonly #onInterim: (head: WrittenHead) => void
  #state: ReaderState = 'head'
  /** Of the head, or of a line within chunked framing, as far as it has come. */
  #text = ''
  /** Bytes to come of the body, or of a chunk. */
  #left = 0
  /** The final head, once it is there. */
  head: WrittenHead | undefined

  /** @param isHead whether the request was HEAD. @param onInterim called for every 1xx. */
  constructor(isHead: boolean, onInterim: (head: WrittenHead) => void) {
    this.#isHead = isHead
    this.#onInterim = onInterim
  }

  get complete(): boolean {
    return this.#state === 'complete'
  }

  /**
   * Takes one piece, as it was written.
   * @param out gets the chunks of the body that were in it.
   * @throws Error for what is no response.
   */
  write(piece: Chunk, encoding: BufferEncoding, out: Chunk[]): void {
    let rest: Chunk | undefined = piece
    while (rest !== undefined && rest.length > 0) rest = this.#step(rest, encoding, out)
  }

  /** Nothing more will be written. @returns whether the response is whole. */
  end(): boolean {
    if (this.#state === 'until-close') this.#state = 'complete'
    return this.complete
  }

  /** @returns what is left of the piece. */
  #step(piece: Chunk, encoding: BufferEncoding, out: Chunk[]): Chunk | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead(piece, encoding)
      case 'length':
      case 'chunk-data':
        return this.#readBytes(piece, encoding, out)
      case 'until-close':
        out.push(plain(piece, encoding))
        return undefined
      case 'complete':
        return undefined
      default:
        return this.#readLine(piece, encoding)
    }
  }

  #readHead(piece: Chunk, encoding: BufferEncoding): Chunk | undefined {
    const before = this.#text.length
    const text = this.#text + textOf(piece)
    const end = text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (end === -1) {
      if (text.length > MAX_HEAD_BYTES) throw new Error('the handler wrote a response head without an end')
      this.#text = text
      return undefined
    }
    this.#text = ''
    const head = parseHead(text.slice(0, end), writtenBy(piece, encoding, text))
    if (head.code < 200 && head.code !== 101) this.#onInterim(head)
    else this.#begin(head)
    return from(piece, end + 4 - before)
  }

  /** Where the body ends (RFC 9112 §6.3). */
  #begin(head: WrittenHead): void {
    this.head = head
    const length = field(head, 'content-length')
    const coding = field(head, 'transfer-encoding')
    if (head.code === 101) this.#state = 'until-close'
    else if (this.#isHead || head.code === 204 || head.code === 304) this.#state = 'complete'
    else if (coding !== undefined) this.#state = 'chunk-size'
    else if (length === undefined) this.#state = 'until-close'
    else {
      this.#left = Number(length)
      this.#state = this.#left > 0 ? 'length' : 'complete'
    }
  }

  /** A piece that is longer than what was announced is passed on: the server drops the rest, and says so. */
  #readBytes(piece: Chunk, encoding: BufferEncoding, out: Chunk[]): Chunk | undefined {
    const length = octetLength(piece, encoding)
    if (length <= this.#left || this.#state === 'length') {
      out.push(plain(piece, encoding))
      this.#left = Math.max(0, this.#left - length)
      if (this.#left === 0) this.#state = this.#state === 'length' ? 'complete' : 'chunk-end'
      return undefined
    }
    const bytes = toBytes(piece, encoding)
    out.push(bytes.subarray(0, this.#left))
    const rest = bytes.subarray(this.#left)
    this.#left = 0
    this.#state = 'chunk-end'
    return rest
  }

  /** A line of chunked framing (RFC 9112 §7.1). */
  #readLine(piece: Chunk, encoding: BufferEncoding): Chunk | undefined {
    // Node writes the size as text, and the end of the line as two bytes.
    if (typeof piece === 'string' && !piece.includes('\n')) {
      this.#text += piece
      return undefined
    }
    if (typeof piece !== 'string' && piece.length === 2 && piece[0] === CR && piece[1] === LF) {
      const line = this.#text
      this.#text = ''
      this.#endLine(line)
      return undefined
    }
    const bytes = toBytes(piece, encoding)
    const end = bytes.indexOf(LF)
    const line = this.#text + bytes.toString('latin1', 0, end === -1 ? bytes.length : end)
    if (end === -1) {
      this.#text = line
      return undefined
    }
    this.#text = ''
    this.#endLine(line.replace(/\r$/, ''))
    return bytes.subarray(end + 1)
  }

  #endLine(line: string): void {
    if (this.#state === 'trailers') this.#state = line === '' ? 'complete' : 'trailers'
    else if (this.#state === 'chunk-end') this.#state = 'chunk-size'
    else {
      this.#left = Number.parseInt(line, 16)
      if (!(this.#left >= 0)) throw new Error('the handler wrote a chunk without a size')
      this.#state = this.#left === 0 ? 'trailers' : 'chunk-data'
    }
  }
}

const CR = 0x0d
const LF = 0x0a
/** A head that is longer was not written by Node. */
const MAX_HEAD_BYTES = 1_048_576

/** @param bytes makes of text what would have gone to the client: only of values, when lines are lines already. */
function parseHead(text: string, bytes: (text: string) => string): WrittenHead {
  let end = lineEnd(text, 0)
  const [, code, phrase = ''] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(text.slice(0, end)) ?? []
  if (code === undefined) throw new Error('the handler wrote to the socket what is no HTTP response')
  const headers: [string, string][] = []
  while (end < text.length) {
    const start = end + 2
    end = lineEnd(text, start)
    const colon = text.indexOf(':', start)
    if (colon <= start || colon > end) throw new Error('the handler wrote a header without a name')
    headers.push([text.slice(start, colon), bytes(text.slice(colon + 1, end).trim())])
  }
  return { code: Number(code), phrase: bytes(phrase), headers }
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\r\n', start)
  return end === -1 ? text.length : end
}

function field({ headers }: WrittenHead, lower: string): string | undefined {
  for (const [name, value] of headers) {
    if (name.length === lower.length && name.toLowerCase() === lower) return value
  }
  return undefined
}

function textOf(piece: Chunk): string {
  return typeof piece === 'string' ? piece : toBytes(piece, 'latin1').toString('latin1')
}

function from(piece: Chunk, offset: number): Chunk {
  return typeof piece === 'string' ? piece.slice(offset) : piece.subarray(offset)
}

/** Node writes a head in latin-1, cut to bytes, or together with text in the text's encoding: as UTF-8 then. */
function writtenBy(piece: Chunk, encoding: BufferEncoding, head: string): (text: string) => string {
  if (typeof piece !== 'string' || !/[^\x00-\x7f]/.test(head)) return asItIs
  return (text) => Buffer.from(text, encoding).toString('latin1')
}

function asItIs(text: string): string {
  return text
}

/** Text that the contract sends as this encoding would, or else bytes. */
function plain(piece: Chunk, encoding: BufferEncoding): Chunk {
  if (typeof piece !== 'string' || encoding === 'utf8' || encoding === 'utf-8') return piece
  return Buffer.from(piece, encoding)
}

function octetLength(piece: Chunk, encoding: BufferEncoding): number {
  return typeof piece === 'string' ? Buffer.byteLength(piece, encoding) : piece.byteLength
}

function toBytes(piece: Chunk, encoding: BufferEncoding): Buffer {
  if (typeof piece === 'string') return Buffer.from(piece, encoding)
  return Buffer.isBuffer(piece) ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
}
