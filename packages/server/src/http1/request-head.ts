/**
 * Reads request heads from the bytes of a connection, in pieces of any size (RFC 9112 §2.2, §3). It returns
 * only complete and valid heads. The scanner checks bytes; this file and header-section check their meaning
 * when the head is complete. Linear: no byte is scanned twice.
 */
import { HeadScanner } from './head-scanner.ts'
import { type HeaderSection, judgeHeaderSection } from './header-section.ts'
import type { Limits } from './limits.ts'
import { judgeTarget } from './request-target.ts'

export interface RequestHead {
  /** A token, as it was sent. */
  readonly method: string
  /** As it was sent, in any form but authority-form. */
  readonly target: string
  /** As it was sent: `'HTTP/1.1'`. */
  readonly protocol: string
  readonly section: HeaderSection
  /** The authority of an absolute-form target: it replaces Host (RFC 9112 §3.2.2). */
  readonly authority: string | undefined
}

/** The readable request line: all parts, or none. */
export interface RequestLine {
  readonly method: string
  readonly target: string
  readonly protocol: string
}

export class RequestHeadReader {
  readonly #limits: Limits
  readonly #scanner: HeadScanner
  /** What came of this head in earlier reads, and in this one where it is not whole, while the scanner accepts it. */
  #pieces: string[] = []
  /** The request line of a complete head, while it is judged. */
  #line: string | undefined
  /** The section of the request before: clients repeat themselves. */
  #section: HeaderSection | undefined
  /** The request before with its text, where that was all of a read: some clients repeat every byte. */
  #head: RequestHead | undefined
  #headText = ''

  constructor(limits: Limits) {
    this.#limits = limits
    this.#scanner = new HeadScanner(limits)
  }

  /** True between two requests: of the next, blank lines at most have been taken (RFC 9112 §2.2). */
  get idle(): boolean {
    return this.#scanner.blank
  }

  /** The request line of a head that is not complete, or was refused, if that much is known. */
  get requestLine(): RequestLine | undefined {
    if (!this.#scanner.pastRequestLine) return undefined
    return splitRequestLine(this.#line ?? skipBlankLines(this.#pieces.join('')))
  }

  /** Where the last `read` stopped taking bytes of its text. */
  end = 0

  /**
   * Takes bytes of `text`, latin-1, from `from` on; `end` says up to where.
   * @returns the head when it is complete, the same object for the same head again; `undefined` when all was taken and
   *   more is needed.
   * @throws HttpError: send the client its status, and close the connection.
   */
  read(text: string, from: number): RequestHead | undefined {
    if (this.#pieces.length > 0) return this.#readBytes(text, from)
    if (from === 0 && this.#head !== undefined && text === this.#headText) {
      this.end = text.length
      return this.#head
    }
    const head = this.#readRepeated(text, from) ?? this.#readBytes(text, from)
    this.#keep(head, from === 0 && this.end === text.length ? text : '')
    return head
  }

  /** Between two requests: drops everything of the previous one. */
  forget(): void {
    this.#section = this.#head = undefined
    this.#headText = ''
  }

  /** @param text all that was read, if it was the head and nothing else: what is kept then holds nothing else either. */
  #keep(head: RequestHead | undefined, text: string): void {
    this.#head = text === '' ? undefined : head
    this.#headText = head === undefined ? '' : text
  }

  /**
   * The usual case: a whole head in one read, with the header section of the request before. A section ends where it
   * says, so equal text from its beginning is the same section.
   */
  #readRepeated(text: string, from: number): RequestHead | undefined {
    const section = this.#section
    const lineEnd = text.indexOf('\r\n', from)
    if (section === undefined || lineEnd <= from) return undefined
    const end = lineEnd + 2 + section.text.length
    // A slice copies nothing and is compared as a whole; `startsWith` looks at one character after the other.
    if (text.slice(lineEnd + 2, end) !== section.text) return undefined
    this.#scanner.scan(text, from, lineEnd + 2)
    if (minorVersion(text, lineEnd) !== section.minor) return this.#restart()
    this.end = end
    return this.#complete(text.slice(from, lineEnd), section)
  }

  #readBytes(text: string, from: number): RequestHead | undefined {
    // Stored first, so that the log can show the request line of a refused head.
    this.#pieces.push(from === 0 ? text : text.slice(from))
    const end = this.#scanner.scan(text, from, text.length)
    this.end = end
    if (!this.#scanner.ended) return undefined
    const whole = this.#pieces.length === 1 ? text.slice(from, end) : this.#joined(text.length - end)
    const head = skipBlankLines(whole)
    const lineEnd = head.indexOf('\r\n')
    this.#line = head.slice(0, lineEnd)
    const section = judgeHeaderSection(ownText(head, lineEnd + 2), minorVersion(head, lineEnd), this.#limits)
    this.#section = section
    return this.#complete(this.#line, section)
  }

  /** All pieces as one, without what the last read holds beyond the head. */
  #joined(surplus: number): string {
    const text = this.#pieces.join('')
    return text.slice(0, text.length - surplus)
  }

  #restart(): undefined {
    this.#scanner.reset()
    this.#line = undefined
    if (this.#pieces.length > 0) this.#pieces = []
  }

  #complete(line: string, section: HeaderSection): RequestHead {
    this.#line = line
    const { method, target, protocol } = splitRequestLine(line)
    const authority = judgeTarget(method, target)
    this.#restart()
    return { method, target, protocol, section, authority }
  }
}

/** The line has been scanned: it has exactly two SP, and the protocol has eight bytes. */
function splitRequestLine(line: string): RequestLine {
  const space = line.indexOf(' ')
  const second = line.indexOf(' ', space + 1)
  return {
    method: line.slice(0, space),
    target: line.slice(space + 1, second),
    protocol: line.slice(second + 1, second + 9),
  }
}

function skipBlankLines(text: string): string {
  let at = 0
  while (text.startsWith('\r\n', at)) at += 2
  return at === 0 ? text : text.slice(at)
}

/** RFC 9110 §2.5: a minor version above ours is handled as ours. */
function minorVersion(text: string, lineEnd: number): number {
  return text[lineEnd - 1] === '0' ? 0 : 1
}

/** A part of a string keeps the whole of it in memory; a section lives as long as its connection. */
function ownText(text: string, from: number): string {
  return Buffer.from(text.slice(from), 'latin1').toString('latin1')
}
