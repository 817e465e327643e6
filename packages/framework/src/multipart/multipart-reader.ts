/**
 * Reads multipart/form-data as it comes (RFC 2046 §5.1, RFC 7578), part after part, and never holds more than a piece of
 * a content or the head of a part. Knows bytes and limits, no files. Linear in the body, whatever it holds and however
 * it is cut. What has arrived is read without a promise: a form of many fields is mostly that.
 *
 *   preamble, { delimiter, CRLF, head, CRLF CRLF, content }, delimiter, "--", epilogue
 */
import { HttpError } from '../http/http-error.ts'
import { readBrowserHead } from './browser-head.ts'
import { ByteWindow } from './byte-window.ts'
import { Delimiter } from './delimiter.ts'
import type { DecidedLimits } from './limits.ts'
import { Part, type PartSource } from './part.ts'
import { type PartHead, parsePartHead } from './part-head.ts'

/** One part after the other, for code that takes them as they come. @throws what the reader throws. */
export async function* eachPart(reader: MultipartReader): AsyncGenerator<Part, void> {
  try {
    for (let part = await reader.next(); part !== undefined; part = await reader.next()) yield part
  } finally {
    await reader.close()
  }
}

/** More bytes are needed to go on. */
const MORE = Symbol('more')

/** What the window begins with: `line` is the rest of that of a delimiter, `empty-line` the one behind a head. */
type Stage = 'content' | 'delimiter' | 'line' | 'head' | 'empty-line' | 'epilogue'

export class MultipartReader implements PartSource {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #delimiter: Delimiter
  readonly #limits: DecidedLimits
  readonly #window = new ByteWindow()
  #stage: Stage = 'content'
  /** The last that was given; undefined in the preamble. */
  #part: Part | undefined
  /** Of the part that is begun. */
  #head: PartHead | undefined
  /** Bytes of the head that were searched, and blanks behind a delimiter. */
  #searched = 0
  #blanks = 0
  #bytes = 0
  #parts = 0
  #files = 0
  #fieldBytes = 0
  #fileBytes = 0

  /** @param input is read to its end, if the parts are. */
  constructor(input: AsyncIterable<Uint8Array>, boundary: string, limits: DecidedLimits) {
    this.#source = input[Symbol.asyncIterator]()
    this.#delimiter = new Delimiter(boundary)
    this.#limits = limits
    // The first delimiter may stand at the very beginning; with the CRLF it lacks there it is like any other.
    this.#window.append(CRLF)
  }

  /**
   * The next part, a promise where it has not arrived; undefined after the last one, at the end of the input. What is left
   * of the part before is skipped. Bytes after the last part are ignored, but count (RFC 2046 §5.1.1).
   * @throws HttpError 400 for what is malformed, 413 beyond a limit; what the input rejects with.
   */
  next(): Part | undefined | Promise<Part | undefined> {
    const part = this.#takePart()
    return part === MORE ? this.#waitForPart() : part
  }

  /** Ends the input, if it has not ended. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  // ------------------------------------------------------------------ the content, from its part

  pull(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const piece = this.#takeContent()
    return piece === MORE ? this.#waitForContent() : piece
  }

  takeRest(): string | Uint8Array | undefined {
    const { text, textAt } = this.#window
    const textEnd = text.indexOf(this.#delimiter.text, textAt)
    const length = textEnd < 0 ? this.#delimiter.find(this.#window.bytes) : textEnd - textAt
    if (length + this.#delimiter.length > this.#window.length) return undefined
    this.#countContent(length)
    const bytes = this.#window.take(length)
    return textEnd < 0 ? bytes : text.slice(textAt, textEnd)
  }

  /** Bytes up to the next delimiter; undefined at the delimiter. */
  #takeContent(): Uint8Array | undefined | typeof MORE {
    const at = this.#delimiter.find(this.#window.bytes)
    if (at === 0) return this.#window.length < this.#delimiter.length ? MORE : undefined
    this.#countContent(at)
    return this.#window.take(at)
  }

  #countContent(bytes: number): void {
    const { fieldsSize, fileSize } = this.#limits
    if (this.#part === undefined) return
    if (this.#part.kind === 'field') this.#fieldBytes += bytes
    else this.#fileBytes += bytes
    if (this.#fieldBytes > fieldsSize) throw tooMuch('fields', fieldsSize, 'bytes')
    if (this.#fileBytes > fileSize) throw tooMuch('a file', fileSize, 'bytes')
  }

  // ------------------------------------------------------------------ from one part to the next

  #takePart(): Part | undefined | typeof MORE {
    if (this.#stage === 'content' && !this.#skipContent()) return MORE
    if (this.#stage === 'delimiter') {
      const head = this.#takeBrowserHead()
      if (head !== undefined) return this.#begin(head)
      this.#skipDelimiter()
    }
    if (this.#stage === 'line' && !this.#skipLine()) return MORE
    if (this.#stage === 'epilogue') {
      this.#window.skip(this.#window.length)
      return MORE
    }
    if (this.#stage === 'head' && !this.#takeHead()) return MORE
    return this.#skipEmptyLine() && this.#head !== undefined ? this.#begin(this.#head) : MORE
  }

  #begin(head: PartHead): Part {
    const { parts, files } = this.#limits
    if (++this.#parts > parts) throw tooMuch('the form', parts, 'parts')
    if (head.filename !== undefined && ++this.#files > files) throw tooMuch('the form', files, 'files')
    this.#stage = 'content'
    this.#head = undefined
    this.#fileBytes = 0
    this.#part = new Part(head, this)
    return this.#part
  }

  /** @returns false if more bytes are needed; so do those below. */
  #skipContent(): boolean {
    this.#part?.leave()
    let piece = this.#takeContent()
    while (piece instanceof Uint8Array) piece = this.#takeContent()
    if (piece === MORE) return false
    this.#stage = 'delimiter'
    return true
  }

  /** Delimiter, head and empty line of a part as browsers write it, if all of it has arrived and is ASCII. */
  #takeBrowserHead(): PartHead | undefined {
    this.#window.readText()
    const { text, textAt } = this.#window
    const start = textAt + this.#delimiter.length
    const found = readBrowserHead(text, start, this.#limits)
    // A part may be headers only: see `#skipEmptyLine`.
    if (found === undefined || text.startsWith(this.#delimiter.text, found.end - CRLF.length)) return undefined
    this.#window.skip(found.end - textAt)
    return found.head
  }

  #skipDelimiter(): void {
    this.#window.skip(this.#delimiter.length)
    this.#blanks = 0
    this.#stage = 'line'
  }

  /** The rest of the line that a delimiter begins. Leaves its CRLF. */
  #skipLine(): boolean {
    const window = this.#window
    for (; window.length >= 2; window.skip(1)) {
      const [first, second] = [window.byteAt(0), window.byteAt(1)]
      if (first === HYPHEN && second === HYPHEN && this.#blanks === 0) this.#stage = 'epilogue'
      else if (isBlank(first) && this.#blanks++ < MAX_BLANKS) continue
      // A line that only begins with the boundary is neither content nor delimiter (RFC 2046 §5.1).
      else if (first !== CR || second !== LF)
        throw new HttpError(400, 'A line of the form begins like its boundary, or ends without CR LF')
      else this.#stage = 'head'
      this.#searched = 0
      return true
    }
    return false
  }

  /** The lines between the CRLF of the delimiter and the empty line, without their CRLF. Leaves that of the empty line. */
  #takeHead(): boolean {
    const { headSize } = this.#limits
    const at = findHeadEnd(this.#window.bytes, this.#searched)
    if ((at < 0 ? this.#window.length : at) > headSize + CRLF.length)
      throw tooMuch('the head of a part', headSize, 'bytes')
    this.#searched = Math.max(0, this.#window.length - 3)
    if (at < 0) return false
    this.#head = parsePartHead(this.#window.take(at + CRLF.length).subarray(CRLF.length, at), this.#limits)
    this.#stage = 'empty-line'
    return true
  }

  /** A part may be headers only: then the CRLF of the empty line is that of the delimiter (RFC 2046 §5.1.1, body-part). */
  #skipEmptyLine(): boolean {
    const matched = this.#delimiter.matchedAt(this.#window.bytes, 0)
    if (matched === this.#delimiter.length) return true
    if (matched === this.#window.length) return false
    this.#window.skip(CRLF.length)
    return true
  }

  // ------------------------------------------------------------------ what has not arrived

  async #waitForPart(): Promise<Part | undefined> {
    for (;;) {
      const isFilled = await this.#fill()
      if (!isFilled && this.#stage === 'epilogue') return undefined
      if (!isFilled) throw new HttpError(400, 'The form ends in the middle')
      const part = this.#takePart()
      if (part !== MORE) return part
    }
  }

  async #waitForContent(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (!(await this.#fill())) throw new HttpError(400, 'The form ends in the middle')
      const piece = this.#takeContent()
      if (piece !== MORE) return piece
    }
  }

  /** @returns false at the end of the body. */
  async #fill(): Promise<boolean> {
    const { done, value } = await this.#source.next()
    if (done === true) return false
    this.#bytes += value.length
    if (this.#bytes > this.#limits.total) throw tooMuch('the form', this.#limits.total, 'bytes')
    this.#window.append(value)
    return true
  }
}

/** Where CRLF CRLF stands, or -1. */
function findHeadEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) return at
  }
  return -1
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09
}

function tooMuch(what: string, most: number, unit: string): HttpError {
  return new HttpError(413, `${what[0]?.toUpperCase()}${what.slice(1)} may have at most ${most} ${unit}`)
}

const CR = 0x0d
const LF = 0x0a
const HYPHEN = 0x2d
const CRLF = new Uint8Array([CR, LF])
/** More padding after a boundary than any transport adds. */
const MAX_BLANKS = 64
