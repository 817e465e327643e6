/**
 * Checks byte by byte whether bytes can be the head of a request (RFC 9112 §2–§5). It fails at the first byte that makes
 * a valid head impossible, limits included. So the result does not depend on how reads cut the bytes. It stores no text.
 * It checks whole heads (request-head) and trailers (body-decoder).
 */
import { HttpError } from './errors.ts'
import { COLON, CR, FIELD_VALUE, LF, SP, TARGET, TCHAR } from './grammar.ts'
import { BLANK_LINES, type Limits } from './limits.ts'

/** The element of the next byte; `-lf` states have seen the CR of a line end and accept only LF. */
type State =
  | 'blank'
  | 'blank-lf'
  | 'method'
  | 'target'
  | 'version'
  | 'line-lf'
  | 'field'
  | 'name'
  | 'value'
  | 'value-lf'
  | 'end-lf'
  | 'end'

const BEFORE_FIELDS: ReadonlySet<State> = new Set(['blank', 'blank-lf', 'method', 'target', 'version', 'line-lf'])

export class HeadScanner {
  readonly #limits: Limits
  #state: State = 'blank'
  #blanks = 0
  /** Bytes of the current element (method, version), line and field section that were scanned before this text. */
  #elementBytes = 0
  #lineBytes = 0
  #sectionBytes = 0
  #fields = 0
  #major = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** True when no byte of a request line has been seen, blank lines at most. */
  get blank(): boolean {
    return this.#state === 'blank' || this.#state === 'blank-lf'
  }

  /** True when the end of the head, or of the section, has been seen. */
  get ended(): boolean {
    return this.#state === 'end'
  }

  /** True when the request line is complete. */
  get pastRequestLine(): boolean {
    return !BEFORE_FIELDS.has(this.#state)
  }

  /** Resets for the next head; a trailer section begins with its first field. */
  reset(first: 'blank' | 'field' = 'blank'): void {
    this.#state = first
    this.#blanks = this.#elementBytes = this.#lineBytes = this.#sectionBytes = this.#fields = 0
  }

  /**
   * Judges `text` from `from` up to `to`, or up to the end of the head.
   * @returns the index after the last byte taken.
   * @throws HttpError at the first byte that is not allowed.
   */
  scan(text: string, from: number, to: number): number {
    let at = from
    while (at < to && this.#state !== 'end') {
      switch (this.#state) {
        case 'blank':
          at = this.#blank(text, at)
          break
        case 'method':
          at = this.#method(text, at, to)
          break
        case 'target':
          at = this.#target(text, at, to)
          break
        case 'version':
          at = this.#version(text, at)
          break
        case 'field':
          at = this.#field(text, at)
          break
        case 'name':
          at = this.#name(text, at, to)
          break
        case 'value':
          at = this.#value(text, at, to)
          break
        default:
          at = this.#lineFeed(text, at)
      }
    }
    return at
  }

  /** RFC 9112 §2.2: a server "SHOULD ignore at least one empty line (CRLF) received prior to the request-line". */
  #blank(text: string, at: number): number {
    if (text.charCodeAt(at) !== CR) {
      this.#state = 'method'
      return at
    }
    if (this.#blanks === BLANK_LINES) throw new HttpError(400, 'too many blank lines before the request line')
    this.#blanks++
    this.#state = 'blank-lf'
    return at + 1
  }

  /** RFC 9112 §3: method = token; "501 … if longer than any method it implements". */
  #method(text: string, from: number, to: number): number {
    const before = this.#elementBytes - from
    let at = from
    for (; at < to && TCHAR[text.charCodeAt(at)] === 1; at++) {
      if (before + at === this.#limits.method) throw new HttpError(501, 'the method is too long')
    }
    this.#elementBytes = before + at
    if (at === to) return at
    if (text.charCodeAt(at) !== SP || this.#elementBytes === 0) throw new HttpError(400, 'the method is not a token')
    this.#state = 'target'
    this.#lineBytes = this.#elementBytes + 1
    this.#elementBytes = 0
    return at + 1
  }

  /** RFC 9112 §3: "414 … if it receives a request-target longer than any URI it wishes to parse". */
  #target(text: string, from: number, to: number): number {
    const before = this.#lineBytes - from
    const stop = Math.min(to, this.#limits.requestLine - before)
    let at = from
    while (at < stop && TARGET[text.charCodeAt(at)] === 1) at++
    this.#elementBytes += at - from
    this.#lineBytes = before + at
    if (at === to) return at
    if (at >= stop) throw new HttpError(414, 'the request line is too long')
    if (text.charCodeAt(at) !== SP || this.#elementBytes === 0) {
      throw new HttpError(400, 'the request line is not METHOD SP TARGET SP VERSION')
    }
    this.#state = 'version'
    this.#lineBytes++
    this.#elementBytes = 0
    return at + 1
  }

  /** RFC 9112 §2.3: HTTP-version = "HTTP" "/" DIGIT "." DIGIT, case-sensitive. */
  #version(text: string, at: number): number {
    if (this.#elementBytes === 0 && this.#isUsualEnd(text, at)) return at + 10
    const byte = text.charCodeAt(at)
    const place = this.#elementBytes
    if (place === 8) return this.#versionEnd(byte, at)
    const wanted = 'HTTP/1.1'.charCodeAt(place)
    const digit = byte >= 0x30 && byte <= 0x39
    if (place === 5 || place === 7 ? !digit : byte !== wanted) throw new HttpError(400, 'the protocol is not HTTP/1.1')
    if (this.#lineBytes >= this.#limits.requestLine) throw new HttpError(414, 'the request line is too long')
    if (place === 5) this.#major = byte - 0x30
    this.#lineBytes++
    this.#elementBytes++
    return at + 1
  }

  /** The usual end of a request line, taken in one step if it is complete. */
  #isUsualEnd(text: string, at: number): boolean {
    if (this.#lineBytes + 8 > this.#limits.requestLine || !text.startsWith('HTTP/1.1\r\n', at)) return false
    this.#state = 'field'
    return true
  }

  #versionEnd(byte: number, at: number): number {
    if (byte !== CR) throw new HttpError(400, 'the request line does not end in CRLF')
    if (this.#major !== 1) throw new HttpError(505, 'the major version of HTTP is not 1')
    this.#state = 'line-lf'
    return at + 1
  }

  /** The first byte of a line: of a name, or of the CRLF that ends the section. SP and HTAB are neither (§2.2, §5.2). */
  #field(text: string, at: number): number {
    if (text.charCodeAt(at) === CR) {
      this.#state = 'end-lf'
      return at + 1
    }
    if (this.#fields === this.#limits.fieldCount) throw new HttpError(431, 'too many header fields')
    this.#fields++
    this.#lineBytes = 0
    this.#state = 'name'
    return at
  }

  /** RFC 9112 §5.1: "No whitespace is allowed between the field name and colon." */
  #name(text: string, from: number, to: number): number {
    const stop = this.#fieldStop(from, to)
    let at = from
    while (at < stop && TCHAR[text.charCodeAt(at)] === 1) at++
    this.#count(at - from)
    if (at === to) return at
    if (at === stop) throw new HttpError(431, 'a header field, or all of them together, are too large')
    if (text.charCodeAt(at) !== COLON || this.#lineBytes === 0) throw new HttpError(400, 'a field name is not a token')
    this.#count(1)
    this.#state = 'value'
    return at + 1
  }

  #value(text: string, from: number, to: number): number {
    const stop = this.#fieldStop(from, to)
    let at = from
    while (at < stop && FIELD_VALUE[text.charCodeAt(at)] === 1) at++
    this.#count(at - from)
    if (at === to) return at
    if (text.charCodeAt(at) === CR) {
      this.#state = 'value-lf'
      return at + 1
    }
    if (at === stop) throw new HttpError(431, 'a header field, or all of them together, are too large')
    throw new HttpError(400, 'a field value holds a control character')
  }

  /** Where in the text the line, or the section, is at its limit. */
  #fieldStop(from: number, to: number): number {
    const left = Math.min(this.#limits.field - this.#lineBytes, this.#limits.fields - this.#sectionBytes)
    return Math.min(to, from + Math.max(left, 0))
  }

  #count(bytes: number): void {
    this.#lineBytes += bytes
    this.#sectionBytes += bytes
  }

  /** RFC 9112 §2.2: "a bare CR … MUST … consider that element to be invalid"; a bare LF we refuse as well. */
  #lineFeed(text: string, at: number): number {
    if (text.charCodeAt(at) !== LF) throw new HttpError(400, 'a CR is not followed by LF')
    if (this.#state === 'value-lf') this.#sectionBytes += 2
    if (this.#state === 'blank-lf') this.#state = 'blank'
    else if (this.#state === 'end-lf') this.#state = 'end'
    else this.#state = 'field'
    return at + 1
  }
}
