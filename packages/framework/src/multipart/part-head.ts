/**
 * The head of a part: its headers, and what they say of it. Grammar and limits are those of a request's headers
 * (RFC 9112 §5), but that text is UTF-8 (RFC 7578 §5.1). Knows nothing of contents.
 */
import { HttpError } from '../http/http-error.ts'
import { type MediaType, parseMediaType } from '../http/media-type.ts'
import { parseFormDataHeader } from './form-data-header.ts'
import type { DecidedLimits } from './limits.ts'

export interface PartHead {
  readonly name: string
  /** Undefined for a field. Only the last part of what was sent, without control characters. */
  readonly filename: string | undefined
  /** As the client says, lower case; `text/plain` without a word. */
  readonly type: string
  /** Of a field: a label that TextDecoder knows. */
  readonly charset: string
  /** By lower-case name; no prototype. */
  readonly headers: Readonly<Record<string, string>>
}

/** @param bytes the lines, CRLF between them. @throws HttpError 400 if malformed, 413 beyond a limit. */
export function parsePartHead(bytes: Uint8Array, limits: DecidedLimits): PartHead {
  const headers = parseHeaders(decodeHead(bytes), limits.headers)
  const disposition = parseFormDataHeader(headers['content-disposition'] ?? '')
  if (disposition === undefined) throw malformed('has no Content-Disposition with a name')
  const encoding = headers['content-transfer-encoding']?.toLowerCase() ?? 'binary'
  if (!PLAIN_ENCODINGS.has(encoding)) throw malformed('is encoded; send it as it is')
  const { name, filename } = disposition
  const longest = Math.max(utf8Length(name), utf8Length(filename ?? ''))
  if (longest > limits.nameSize) throw new HttpError(413, `A name may have at most ${limits.nameSize} bytes`)
  const { type, parameters } = typeOf(headers['content-type'])
  const charset = filename === undefined ? charsetOf(parameters) : 'utf-8'
  return { name, filename: filename === undefined ? undefined : baseName(filename), type, charset, headers }
}

/** RFC 7578 §4.7: no other encoding is in use, and to take base64 for the content would be wrong. */
const PLAIN_ENCODINGS: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary'])

/** Shared: it keeps nothing between two heads. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeHead(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch (error) {
    throw malformed('has a head that is not UTF-8', error)
  }
}

function parseHeaders(text: string, most: number): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  if (text === '') return headers
  const lines = text.replace(FOLD, ' ').split('\r\n', most + 1)
  if (lines.length > most) throw new HttpError(413, `A part may have at most ${most} headers`)
  for (const line of lines) {
    const [, name = '', value = ''] = LINE.exec(line) ?? []
    const key = name.toLowerCase()
    if (key === '') throw malformed('has a malformed header')
    if (headers[key] !== undefined) throw malformed('has the same header twice')
    headers[key] = trimBlanks(value)
  }
  return headers
}

// A line that begins with a blank goes on with the one before it (RFC 2045 §2, RFC 5322 §2.2.3): parts are MIME.
const FOLD = /\r\n[\t ]+/g

// field-name ":" OWS field-value OWS (RFC 9112 §5): no blank before the colon, no control characters.
const LINE = /^([\w!#$%&'*+.^`|~-]+):([^\x00-\x08\x0a-\x1f\x7f]*)$/

/** By hand: an expression for blanks at an end looks at a long run of them once for each of them. */
function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text[start])) start++
  while (end > start && isBlank(text[end - 1])) end--
  return text.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

function typeOf(header: string | undefined): MediaType {
  if (header === undefined) return TEXT
  const media = parseMediaType(header)
  if (media === undefined) throw malformed('has a malformed Content-Type')
  return media
}

const TEXT: MediaType = { type: 'text/plain', parameters: {} }

/** A field may declare its own charset (RFC 7578 §4.4): some libraries declare ISO-8859-1 by default. */
function charsetOf({ charset = 'utf-8' }: MediaType['parameters']): string {
  if (charset === 'utf-8') return charset
  try {
    return new TextDecoder(charset).encoding
  } catch (error) {
    throw new HttpError(415, 'A field of the form is in an unknown charset', [], { cause: error })
  }
}

/** Some clients send the path on their disk; none of it is any of ours, and `..` is no name. */
export function baseName(filename: string): string {
  const start = Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1
  const name = filename.slice(start).replace(/[\x00-\x1f\x7f]/g, '')
  return name === '.' || name === '..' ? '' : name
}

/** Bytes of a short text. */
function utf8Length(text: string): number {
  return ENCODER.encode(text).length
}

const ENCODER = new TextEncoder()

function malformed(what: string, cause?: unknown): HttpError {
  return new HttpError(400, `A part of the form ${what}`, [], { cause })
}
