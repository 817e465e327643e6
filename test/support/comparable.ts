/**
 * What must be equal between two hosts of one application: status, reason, headers, body. Left out is what belongs to the
 * connection, and what docs/guests.md lists as different for all guests.
 */
import type { Answer } from './raw-exchange.ts'

/** Of the connection, not of the response. */
const OF_THE_CONNECTION = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding'])

/**
 * - `'octets'`: as it was sent, to the letter;
 * - `'fields'`: without letter case and order of names, and reasons: where a `Headers` or a `Response` is in between.
 */
export type Precision = 'octets' | 'fields'

/** @param home the answer of the home server to the same request: a length that it left open may be known here. */
export function comparable(answer: Answer, home: Answer = answer, precision: Precision = 'octets') {
  const opensLength = lengthOf(home) === undefined
  const headers = answer.headers
    .filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()) && name.toLowerCase() !== 'content-length')
    .map(([name, value]): [string, string] => [precision === 'fields' ? name.toLowerCase() : name, value])
  const { status, reason, body, whole, interim } = answer
  // The sink is given the length beside the headers, so that its place among them is lost.
  const length = opensLength ? undefined : lengthOf(answer)
  return precision === 'fields'
    ? { status, body, whole, length, headers: combined(headers) }
    : { status, reason, body, whole, length, headers, interim }
}

function lengthOf({ headers }: Answer): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1]
}

/** As `Headers` has them: a repeated name is one field, but for Set-Cookie (Fetch standard, "get, decode, and split"). */
function combined(headers: ReadonlyArray<readonly [string, string]>): readonly string[] {
  const fields = new Map<string, string>()
  for (const [name, value] of headers) {
    // `text/plain;charset=utf-8` is the platform's own spelling; servers with a Response of their own have another.
    const text = name === 'content-type' ? value.replace(/;\s+/g, ';') : value
    const key = name === 'set-cookie' ? `${name}: ${text}` : name
    const before = fields.get(key)
    fields.set(key, before === undefined ? `${name}: ${text}` : `${before}, ${text}`)
  }
  return [...fields.values()].sort()
}
