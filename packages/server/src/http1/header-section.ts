/**
 * A parsed header section: its fields, and the few that control the connection. It is parsed once per section, so
 * repeated headers of a client cost nothing more. The scanner has already checked the bytes.
 */
import { isAuthority } from './authority.ts'
import { type BodyFraming, bodyFraming } from './body-framing.ts'
import { HttpError } from './errors.ts'
import { listMembers, trimOws } from './grammar.ts'
import type { Limits } from './limits.ts'

export interface HeaderSection {
  /** The bytes of the section with the CRLF that ends it, as latin-1 text. */
  readonly text: string
  /** The minor version for which it was parsed. */
  readonly minor: number
  /** Flat: name, value, name, value, …, as they were sent, OWS around values removed. */
  readonly headers: readonly string[]
  readonly framing: BodyFraming
  /** Whether the client wants the connection kept (RFC 9112 §9.3). */
  readonly persistent: boolean
  /** Whether it waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1). */
  readonly expectsContinue: boolean
}

/** @throws HttpError when the section cannot be trusted to mean one thing. */
export function judgeHeaderSection(text: string, minor: number, limits: Limits): HeaderSection {
  return { text, ...judgeFields(splitFields(text), minor, limits) }
}

/**
 * The same for fields that came apart, as in HTTP/2.
 * @param headers flat: name, value, …; OWS around values removed.
 * @throws HttpError
 */
export function judgeFields(headers: readonly string[], minor: number, limits: Limits): Omit<HeaderSection, 'text'> {
  const ruling = rulingFields(headers)
  judgeHost(ruling.host, minor)
  const framing = bodyFraming(ruling, minor, limits)
  if (ruling.contentType > 1) throw new HttpError(400, 'Content-Type is repeated')
  if (ruling.authorization > 1) throw new HttpError(400, 'Authorization is repeated')
  const expectsContinue = judgeExpectation(ruling.expect, minor) && framing.kind !== 'none'
  return { minor, headers, framing, persistent: isPersistent(ruling.connection, minor), expectsContinue }
}

/** RFC 9112 §5: field-line = field-name ":" OWS field-value OWS; the first colon splits. */
export function splitFields(text: string): string[] {
  const headers: string[] = []
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at)
    if (end <= at) return headers
    const colon = text.indexOf(':', at)
    headers.push(text.slice(at, colon), trimOws(text, colon + 1, end))
    at = end + 2
  }
}

interface RulingFields {
  readonly host: string[]
  readonly expect: string[]
  readonly connection: string[]
  readonly contentLength: string[]
  readonly transferEncoding: string[]
  contentType: number
  authorization: number
}

/** Field names are case-insensitive (RFC 9110 §5.1); they are ASCII by now, and a length sorts most of them out. */
function rulingFields(headers: readonly string[]): RulingFields {
  const found: RulingFields = {
    host: [],
    expect: [],
    connection: [],
    contentLength: [],
    transferEncoding: [],
    contentType: 0,
    authorization: 0,
  }
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (RULING_LENGTHS.has(name.length)) sortIn(found, name.toLowerCase(), headers[i + 1] ?? '')
  }
  return found
}

const RULING_LENGTHS: ReadonlySet<number> = new Set([4, 6, 10, 12, 13, 14, 17])

function sortIn(found: RulingFields, name: string, value: string): void {
  if (name === 'host') found.host.push(value)
  else if (name === 'expect') found.expect.push(value)
  else if (name === 'connection') found.connection.push(value)
  else if (name === 'content-length') found.contentLength.push(value)
  else if (name === 'transfer-encoding') found.transferEncoding.push(value)
  else if (name === 'content-type') found.contentType++
  else if (name === 'authorization') found.authorization++
}

/** RFC 9112 §3.2: 400 "to any HTTP/1.1 request message that lacks a Host", has more than one, or an invalid one. */
function judgeHost(values: readonly string[], minor: number): void {
  if (values.length > 1) throw new HttpError(400, 'Host is repeated')
  const [value] = values
  if (value === undefined && minor > 0) throw new HttpError(400, 'Host is missing')
  if (value !== undefined && !isAuthority(value)) throw new HttpError(400, 'Host is not a host with an optional port')
}

/** RFC 9110 §10.1.1: a list, ignored in HTTP/1.0; "417 … to indicate that the unexpected expectation cannot be met". */
function judgeExpectation(values: readonly string[], minor: number): boolean {
  if (values.length === 0 || minor === 0) return false
  const expectations = values.flatMap(listMembers).filter((member) => member !== '')
  if (expectations.length === 0) return false // an empty list expects nothing
  if (expectations.length === 1 && expectations[0]?.toLowerCase() === '100-continue') return true
  throw new HttpError(417, 'an expectation other than 100-continue')
}

/** RFC 9112 §9.3: close wins; else 1.1 persists, and 1.0 if it asks for it. */
function isPersistent(values: readonly string[], minor: number): boolean {
  if (values.length === 0) return minor > 0
  const options = values.flatMap((value) => listMembers(value.toLowerCase()))
  return !options.includes('close') && (minor > 0 || options.includes('keep-alive'))
}
