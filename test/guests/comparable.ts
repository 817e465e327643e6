/**
 * What must be equal between two hosts of one application: status, reason, headers, body. Left out is what belongs to the
 * connection, and what docs/guests.md lists as different.
 */
import type { Answer } from './raw-exchange.ts'

/** Of the connection, not of the response. */
const OF_THE_CONNECTION = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding'])

export interface ComparableOptions {
  /** Letter case of names, order, and reason phrases get lost where the host is no HTTP/1.1 server. */
  readonly isFetch?: boolean
}

/** @param home the answer of the home server, to the same request: a length that it left open may be known here. */
export function comparable(answer: Answer, home: Answer = answer, { isFetch = false }: ComparableOptions = {}) {
  const opensLength = !home.headers.some(([name]) => name.toLowerCase() === 'content-length')
  const headers = answer.headers
    .filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()))
    .filter(([name]) => !(opensLength && name.toLowerCase() === 'content-length'))
    .map(([name, value]) => `${isFetch ? name.toLowerCase() : name}: ${value}`)
  const { status, reason, body, whole, interim } = answer
  return isFetch
    ? { status, body, whole, headers: combined(headers) }
    : { status, reason, body, whole, headers, interim }
}

/** As `Headers` has them: a repeated name is one field, but for Set-Cookie (Fetch standard, "get, decode, and split"). */
function combined(headers: readonly string[]): readonly string[] {
  const fields = new Map<string, string>()
  for (const header of headers) {
    const name = header.startsWith('set-cookie') ? header : header.slice(0, header.indexOf(':'))
    const before = fields.get(name)
    fields.set(name, before === undefined ? header : `${before}, ${header.slice(name.length + 2)}`)
  }
  return [...fields.values()].sort()
}
