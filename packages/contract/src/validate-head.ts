/**
 * The rules of a status and of a list of headers (SPEC C55–C63), in one place, for the validator, `tsgi.early_hints` and
 * the test kit. Pure: finds the first breach and does not throw.
 */
import type { ClauseId } from './clauses.ts'
import { show } from './contract-error.ts'

/** What is wrong, for a `ContractError`. */
export interface Breach {
  readonly clause: ClauseId
  readonly message: string
}

/** The first breach of a response head, if any. */
export function findHeadBreach(status: unknown, headers: unknown): Breach | undefined {
  return findStatusBreach(status) ?? findHeadersBreach(headers) ?? findEntityBreach(status, headers)
}

/** SPEC C55, C56. */
export function findStatusBreach(status: unknown): Breach | undefined {
  if (typeof status === 'string' && /^1\d\d(?: |$)/.test(status)) {
    return { clause: 'C56', message: `the status is ${show(status)}; 1xx is sent by tsgi.early_hints, never here` }
  }
  if (typeof status === 'string' && STATUS.test(status)) return undefined
  const wanted = "three digits from 200 to 599, one space and a reason phrase that may be empty, as in '204 '"
  return { clause: 'C55', message: `the status is ${show(status)}; it must be a string of ${wanted}` }
}

// reason-phrase = 1*( HTAB / SP / VCHAR / obs-text ) (RFC 9112 §4), without blanks around it.
const STATUS = /^[2-5]\d\d (?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/

/** SPEC C57–C62: the rules for every list of headers, with any status. */
export function findHeadersBreach(headers: unknown): Breach | undefined {
  if (!Array.isArray(headers)) {
    return { clause: 'C57', message: `the headers are ${show(headers)}; they must be an array of [name, value] pairs` }
  }
  const list: readonly unknown[] = headers
  for (const header of list) {
    const breach = findHeaderBreach(header)
    if (breach !== undefined) return breach
  }
  const twice = SINGLE.find((name) => list.filter((header) => isNamed(header, name.toLowerCase())).length > 1)
  return twice && { clause: 'C61', message: `${twice} comes twice; it must come at most once` }
}

// Two lengths are an attack; with two types, clients differ in which one they use.
const SINGLE = ['Content-Length', 'Content-Type'] as const

function findHeaderBreach(header: unknown): Breach | undefined {
  if (!Array.isArray(header) || header.length !== 2 || typeof header[0] !== 'string' || typeof header[1] !== 'string') {
    const shown = Array.isArray(header) ? `[${header.map(show).join(', ')}]` : show(header)
    return { clause: 'C57', message: `a header is ${shown}; it must be a pair of strings, [name, value]` }
  }
  return findPairBreach(header[0], header[1])
}

function findPairBreach(name: string, value: string): Breach | undefined {
  if (!TOKEN.test(name)) {
    return { clause: 'C58', message: `a header's name is ${show(name)}; it must be a token (RFC 9110 §5.1)` }
  }
  if (!FIELD_VALUE.test(value)) {
    const wanted = 'latin-1 text without control characters but HTAB, and without blanks around it'
    return { clause: 'C59', message: `the header ${name} is ${show(value)}; it must be ${wanted}` }
  }
  if (HOP_BY_HOP.has(name.toLowerCase())) {
    return { clause: 'C60', message: `the header ${name} is hop-by-hop; only the server may send it` }
  }
  if (name.toLowerCase() === 'content-length' && !/^[0-9]+$/.test(value)) {
    return { clause: 'C61', message: `Content-Length is ${show(value)}; it must be decimal digits` }
  }
  if (name.toLowerCase() === 'status') {
    return { clause: 'C62', message: 'a header is named Status; the status is the first argument of startResponse' }
  }
  return undefined
}

/** token (RFC 9110 §5.6.2). */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** field-value (RFC 9110 §5.5) as latin-1 text; may be empty. */
export const FIELD_VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/

// RFC 9110 §7.6.1 and the ones it names; Proxy-Connection is not standard and is still sent.
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** SPEC C86: the headers of a 101. @param offered `HTTP_UPGRADE`. */
export function findUpgradeBreach(headers: unknown, offered: string | undefined): Breach | undefined {
  if (!Array.isArray(headers)) return findHeadersBreach(headers)
  const list: readonly unknown[] = headers
  const rest = list.filter((header) => !isNamed(header, 'upgrade'))
  const breach = findHeadersBreach(rest)
  if (breach !== undefined) return breach
  if (rest.some((header) => isNamed(header, 'content-length'))) {
    return { clause: 'C86', message: 'a 101 has a Content-Length; what follows it is not content' }
  }
  const [chosen, ...more] = list.filter((header) => isNamed(header, 'upgrade'))
  const protocol: unknown = Array.isArray(chosen) ? chosen[1] : undefined
  const offers = (offered ?? '').split(',').map((offer) => offer.trim().toLowerCase())
  if (more.length === 0 && typeof protocol === 'string' && offers.includes(protocol.toLowerCase())) return undefined
  const wanted = `one Upgrade that names what the client offered, ${show(offered)}`
  return { clause: 'C86', message: `the headers of a 101 have the Upgrade ${show(protocol)}; they must have ${wanted}` }
}

/** SPEC C63. */
function findEntityBreach(status: unknown, headers: unknown): Breach | undefined {
  const code = String(status).slice(0, 3)
  if ((code !== '204' && code !== '304') || !Array.isArray(headers)) return undefined
  for (const name of ['content-type', 'content-length']) {
    if (headers.some((header) => isNamed(header, name))) {
      return { clause: 'C63', message: `a ${code} has a ${name} header; a response without content describes none` }
    }
  }
  return undefined
}

function isNamed(header: unknown, lowerCaseName: string): boolean {
  return Array.isArray(header) && String(header[0]).toLowerCase() === lowerCaseName
}
