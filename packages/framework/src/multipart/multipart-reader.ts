/**
 * Reads multipart/form-data as it comes (RFC 2046 §5.1, RFC 7578), part after part, and never holds more than a piece of
 * a content or the head of a part. Knows bytes and limits, no files. Linear in the body, whatever it holds and however
 * it is cut.
 *
 *   preamble, { delimiter, CRLF, head, CRLF CRLF, content }, delimiter, "--", epilogue
 */
import { HttpError } from '../http/http-error.ts'
import { ByteWindow } from './byte-window.ts'
import { delimiterFor, findDelimiter, matchedAt } from './delimiter.ts'
import type { DecidedLimits } from './limits.ts'
import { Part } from './part.ts'
import { type PartHead, parsePartHead } from './part-head.ts'

/**
 * @param input is read to its end, if the parts are.
 * @throws HttpError 400 for what is malformed, 413 beyond a limit; what `input` rejects with.
 */
export async function* readMultipart(
  input: AsyncIterable<Uint8Array>,
  boundary: string,
  limits: DecidedLimits,
): AsyncGenerator<Part, void> {
  const source = input[Symbol.asyncIterator]()
  const reader = new MultipartReader(source, boundary, limits)
  try {
    for (let part = await reader.nextPart(); part !== undefined; part = await reader.nextPart()) {
      yield part
      await part.pass()
    }
    await reader.readEpilogue()
  } finally {
    await source.return?.()
  }
}

class MultipartReader {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #delimiter: Uint8Array
  readonly #limits: DecidedLimits
  readonly #window = new ByteWindow()
  #bytes = 0
  #parts = 0
  #files = 0
  #fieldBytes = 0

  constructor(source: AsyncIterator<Uint8Array>, boundary: string, limits: DecidedLimits) {
    this.#source = source
    this.#delimiter = delimiterFor(boundary)
    this.#limits = limits
    // The first delimiter may stand at the very beginning; with the CRLF it lacks there it is like any other.
    this.#window.append(CRLF)
  }

  /** @returns undefined after the last part. */
  async nextPart(): Promise<Part | undefined> {
    if (this.#parts === 0) while ((await this.#pullContent()) !== undefined) {}
    if (await this.#isClosed()) return undefined
    const head = parsePartHead(await this.#readHead(), this.#limits)
    this.#count(head)
    let isEnd = false
    while (!this.#skipEmptyLine(isEnd)) isEnd = !(await this.#fill())
    return new Part(head, head.filename === undefined ? () => this.#pullField() : this.#filePull())
  }

  /** Bytes after the last part are ignored, but count towards the limit (RFC 2046 §5.1.1). */
  async readEpilogue(): Promise<void> {
    do this.#window.take(this.#window.length)
    while (await this.#fill())
  }

  /** Bytes up to the next delimiter; undefined at the delimiter, and after the end. */
  async #pullContent(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { kind, at } = findDelimiter(this.#window.bytes, this.#delimiter)
      if (at > 0) return this.#window.take(at)
      if (kind === 'whole') return undefined
      if (!(await this.#fill())) throw new HttpError(400, 'The form ends in the middle')
    }
  }

  async #pullField(): Promise<Uint8Array | undefined> {
    const piece = await this.#pullContent()
    this.#fieldBytes += piece?.length ?? 0
    if (this.#fieldBytes > this.#limits.fieldsSize) throw tooMuch('fields', this.#limits.fieldsSize, 'bytes')
    return piece
  }

  #filePull(): () => Promise<Uint8Array | undefined> {
    let bytes = 0
    return async () => {
      const piece = await this.#pullContent()
      bytes += piece?.length ?? 0
      if (bytes > this.#limits.fileSize) throw tooMuch('a file', this.#limits.fileSize, 'bytes')
      return piece
    }
  }

  /** Takes the delimiter and the rest of its line; leaves the CRLF. */
  async #isClosed(): Promise<boolean> {
    this.#window.take(this.#delimiter.length)
    await this.#need(2)
    const [first, second] = this.#window.bytes
    if (first === HYPHEN && second === HYPHEN) return true
    for (let blanks = 0; isBlank(this.#window.bytes[0]) && blanks < MAX_BLANKS; blanks++) {
      this.#window.take(1)
      await this.#need(2)
    }
    const [cr, lf] = this.#window.bytes
    // A line that only begins with the boundary is neither content nor delimiter (RFC 2046 §5.1).
    if (cr !== CR || lf !== LF)
      throw new HttpError(400, 'A line of the form begins like its boundary, or ends without CR LF')
    return false
  }

  /** The lines between the CRLF of the delimiter and the empty line, without their CRLF. Leaves that of the empty line. */
  async #readHead(): Promise<Uint8Array> {
    const { headSize } = this.#limits
    let from = 0
    for (;;) {
      const at = findHeadEnd(this.#window.bytes, from)
      if ((at < 0 ? this.#window.length : at) > headSize + CRLF.length)
        throw tooMuch('the head of a part', headSize, 'bytes')
      if (at >= 0) return this.#window.take(at + CRLF.length).subarray(CRLF.length, at)
      from = Math.max(0, this.#window.length - 3)
      await this.#need(this.#window.length + 1)
    }
  }

  /**
   * A part may be headers only: then the CRLF of the empty line is that of the delimiter (RFC 2046 §5.1.1, body-part).
   * @returns false if more bytes are needed to tell.
   */
  #skipEmptyLine(isEnd: boolean): boolean {
    const matched = matchedAt(this.#window.bytes, 0, this.#delimiter)
    if (matched === this.#delimiter.length) return true
    if (matched === this.#window.length && !isEnd) return false
    this.#window.take(CRLF.length)
    return true
  }

  #count({ filename }: PartHead): void {
    const { parts, files } = this.#limits
    if (++this.#parts > parts) throw tooMuch('the form', parts, 'parts')
    if (filename !== undefined && ++this.#files > files) throw tooMuch('the form', files, 'files')
  }

  async #need(bytes: number): Promise<void> {
    while (this.#window.length < bytes) {
      if (!(await this.#fill())) throw new HttpError(400, 'The form ends in the middle')
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
