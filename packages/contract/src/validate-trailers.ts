/**
 * The rules of `tsgi.trailers` (SPEC C92, C93), for the validator and the test kit: which fields may follow a body, and
 * the guard around both sides. Knows no transport.
 */
import type { CheckedExchange } from './checked-exchange.ts'
import { show } from './contract-error.ts'
import type { Trailers } from './environ.ts'
import type { HeaderList } from './start-response.ts'
import { type Breach, FIELD_VALUE, findHeadersBreach, HOP_BY_HOP, TOKEN } from './validate-head.ts'

/**
 * RFC 9110 §6.5.1: fields for framing, routing, request modifiers, authentication, response control and content format.
 * Those that are hop-by-hop are C60's.
 */
const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set([
  ...['age', 'authorization', 'cache-control', 'content-encoding', 'content-length', 'content-range', 'content-type'],
  ...['cookie', 'date', 'expect', 'expires', 'host', 'location', 'max-forwards', 'pragma', 'range', 'retry-after'],
  ...['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'proxy', 'set-cookie'],
  ...['proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization', 'vary', 'warning', 'www-authenticate'],
])

/** @param name in lower case. */
export function isForbiddenTrailer(name: string): boolean {
  return FORBIDDEN_TRAILERS.has(name) || HOP_BY_HOP.has(name)
}

/** The first breach of what is given to `send`. */
export function findTrailersBreach(fields: unknown): Breach | undefined {
  const breach = findHeadersBreach(fields)
  if (breach !== undefined) return { clause: 'C93', message: `${breach.message} (${breach.clause})` }
  const list = fields as HeaderList // found to be one
  const forbidden = list.find(([name]) => FORBIDDEN_TRAILERS.has(name.toLowerCase()))
  if (forbidden === undefined) return undefined
  return { clause: 'C93', message: `${forbidden[0]} must not be a trailer; it belongs before the body` }
}

export function isTrailers(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('received' in value)) return false
  return typeof Reflect.get(value, 'accepted') === 'boolean' && typeof Reflect.get(value, 'send') === 'function'
}

/** Checks what the server gives and what the application sends. */
export function guardTrailers(trailers: Trailers, exchange: CheckedExchange): Trailers {
  return {
    accepted: trailers.accepted,
    get received() {
      const { received } = trailers
      if (received === undefined || isReceived(received)) return received
      const message = `tsgi.trailers.received is ${show(received)}; it must be a list of fields that may be trailers`
      throw exchange.toApplication('C92', 'server', message)
    },
    send(fields) {
      const breach = findTrailersBreach(fields)
      if (breach !== undefined) throw exchange.toApplication('C93', 'application', `tsgi.trailers: ${breach.message}`)
      if (exchange.phase === 'ended' && !exchange.clientGone()) {
        const message = 'tsgi.trailers: send was called after the response had ended'
        throw exchange.toApplication('C93', 'application', message)
      }
      trailers.send(fields)
    },
  }
}

function isReceived(received: unknown): boolean {
  return Array.isArray(received) && received.every(isReceivedField)
}

function isReceivedField(pair: unknown): boolean {
  if (!Array.isArray(pair) || pair.length !== 2) return false
  const [name, value]: readonly unknown[] = pair
  if (typeof name !== 'string' || typeof value !== 'string') return false
  return TOKEN.test(name) && name === name.toLowerCase() && FIELD_VALUE.test(value) && !isForbiddenTrailer(name)
}
