/**
 * The one place that checks what an application says of its response (status line and headers), on any transport.
 * Knows the contract's rules for a head; knows nothing of sending it. Called by the exchange, from `startResponse`.
 */
import type { HeaderList } from '@tsgi/contract'
import { describe } from './report.ts'

/** A checked head. */
export interface CheckedHead {
  readonly status: string
  readonly code: number
  /** Flat name, value, …: a copy, so that what was checked is what is sent. */
  readonly headers: readonly string[]
  /** The application's own Content-Length. */
  readonly contentLength: number | undefined
}

/**
 * Checks a status and a header list.
 * @throws TypeError, one line that names the thing: it goes to the application, which broke the contract.
 */
export function checkHead(status: string, headers: HeaderList): CheckedHead {
  const known = knownHeads.get(status)
  if (known !== undefined && hasHeaders(known, headers)) return known
  const code = statusCode(status)
  const checked = Object.isFrozen(headers) ? checkFrozen(headers) : checkHeaders(headers)
  const head = { status, code, headers: checked.headers, contentLength: checked.contentLength }
  if (checked.isOrdinary) keepHead(head)
  return head
}

/** The last head of each status that had ordinary headers only: most answers have the same ones again. Bounded. */
const knownHeads = new Map<string, CheckedHead>()

function keepHead(head: CheckedHead): void {
  if (knownHeads.size >= 200) knownHeads.clear()
  knownHeads.set(head.status, head)
}

/** Whether `headers` are, string by string, those of a head that was found right: its own copy is what is sent. */
function hasHeaders({ headers: flat }: CheckedHead, headers: HeaderList): boolean {
  if (!Array.isArray(headers) || headers.length * 2 !== flat.length) return false
  for (let i = 0; i < headers.length; i++) {
    const pair: unknown = headers[i]
    if (!Array.isArray(pair) || pair.length !== 2 || pair[0] !== flat[2 * i] || pair[1] !== flat[2 * i + 1])
      return false
  }
  return true
}

/** Flattens and checks the headers of an interim response (103). @throws TypeError */
export function checkInterimHeaders(headers: HeaderList): readonly string[] {
  return checkHeaders(headers).headers
}

/**
 * Flattens and checks the headers of a 101, in which `Upgrade` has its place. @param offered what the client offered.
 * @throws TypeError
 */
export function checkUpgradeHeaders(headers: HeaderList, offered: string): readonly string[] {
  if (!Array.isArray(headers)) throw new TypeError('the headers must be a list of [name, value] pairs')
  const isUpgrade = (pair: unknown) => checkPair(pair)[0].toLowerCase() === 'upgrade'
  const { headers: flat, contentLength } = checkHeaders(headers.filter((pair) => !isUpgrade(pair)))
  const [protocol, ...more] = headers.filter(isUpgrade).map((pair) => checkPair(pair)[1])
  const offers = offered.split(',').map((offer) => offer.trim().toLowerCase())
  if (protocol === undefined || more.length > 0 || !offers.includes(protocol.toLowerCase())) {
    throw new TypeError('tsgi.upgrade takes one Upgrade header, with a protocol that the client has offered')
  }
  if (contentLength !== undefined) throw new TypeError('a 101 has no Content-Length (RFC 9110 §8.6)')
  return ['Upgrade', protocol, ...flat]
}

/** The headers to send, and whether those are all that were given. */
type CheckedHeaders = Pick<CheckedHead, 'headers' | 'contentLength'> & { readonly isOrdinary: boolean }

/** Lists that were found right and cannot change: what answers alike again and again may freeze its list, pairs and all. */
const knownLists = new WeakMap<HeaderList, CheckedHeaders>()

function checkFrozen(headers: HeaderList): CheckedHeaders {
  const known = knownLists.get(headers)
  if (known !== undefined) return known
  const checked = checkHeaders(headers)
  if (headers.every(Object.isFrozen)) knownLists.set(headers, checked)
  return checked
}

function checkHeaders(headers: HeaderList): CheckedHeaders {
  if (!Array.isArray(headers)) throw new TypeError('the headers must be a list of [name, value] pairs')
  const flat: string[] = []
  let contentLength: number | undefined
  let hasType = false
  for (const pair of headers) {
    const [name, value] = checkPair(pair)
    const role = headerRole(name)
    if (role === 'type') {
      if (hasType) throw new TypeError('Content-Type is given twice')
      hasType = true
    }
    if (role === 'ordinary' || role === 'type') flat.push(name, checkValue(name, value))
    else if (role === 'length') contentLength = parseContentLength(value, contentLength)
    else if (role === 'hop-by-hop') throw new TypeError(`the header ${name} is hop-by-hop and belongs to the server`)
    else if (role === 'status')
      throw new TypeError(`the header ${name} is no header here: startResponse takes a status`)
  }
  return { headers: flat, contentLength, isOrdinary: flat.length === 2 * headers.length }
}

/** Valid statuses seen before, with their code. Bounded: an application may send any text. */
const knownStatuses = new Map<string, number>()

function statusCode(status: string): number {
  const known = knownStatuses.get(status)
  if (known !== undefined) return known
  // Three digits, a space, a reason phrase (RFC 9112 §4) that is written as a field value is; 1xx is never final.
  if (typeof status !== 'string' || !/^[2-5]\d\d /.test(status) || !FIELD_VALUE.test(status.slice(4))) {
    throw new TypeError(`the status ${show(status)} is not '200 OK' or alike, 200 to 599`)
  }
  const code = Number(status.slice(0, 3))
  if (knownStatuses.size < 200) knownStatuses.set(status, code)
  return code
}

function checkPair(pair: unknown): readonly [string, string] {
  if (Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && typeof pair[1] === 'string') {
    return [pair[0], pair[1]]
  }
  throw new TypeError(`a header must be a [name, value] pair of strings, not ${show(pair)}`)
}

type HeaderRole = 'ordinary' | 'type' | 'length' | 'date' | 'hop-by-hop' | 'status'

const SERVER_ROLES: Readonly<Record<string, HeaderRole>> = {
  'content-length': 'length',
  'content-type': 'type', // at most one (C61)
  date: 'date', // the server's own replaces it (RFC 9110 §6.6.1)
  connection: 'hop-by-hop', // RFC 9110 §7.6.1, and PEP 3333 "Other HTTP Features"
  'keep-alive': 'hop-by-hop',
  'proxy-connection': 'hop-by-hop',
  te: 'hop-by-hop',
  trailer: 'hop-by-hop',
  'transfer-encoding': 'hop-by-hop',
  upgrade: 'hop-by-hop',
  status: 'status', // CGI's way (RFC 3875 §6.3.3)
}

/** Names seen and found to be tokens, as they were written. Bounded: an application may make names up. */
const knownNames = new Map<string, HeaderRole>()

function headerRole(name: string): HeaderRole {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    throw new TypeError(`${show(name)} is not a header name (a token, RFC 9110 §5.1)`)
  }
  const lower = name.toLowerCase()
  const role = Object.hasOwn(SERVER_ROLES, lower) ? (SERVER_ROLES[lower] ?? 'ordinary') : 'ordinary'
  if (knownNames.size < 1000) knownNames.set(name, role)
  return role
}

function checkValue(name: string, value: string): string {
  if (FIELD_VALUE.test(value)) return value
  throw new TypeError(`the value of ${name} is not latin-1 text without control characters: ${show(value)}`)
}

// HTAB, SP, VCHAR and obs-text, no white space at either end (RFC 9110 §5.5). Nothing above U+00FF: it would be cut.
const FIELD_VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/

function parseContentLength(value: string, before: number | undefined): number {
  if (before !== undefined) throw new TypeError('Content-Length is given twice')
  if (!/^[0-9]{1,15}$/.test(value)) throw new TypeError(`Content-Length is not a number: ${show(value)}`)
  return Number(value)
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : describe(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
