/**
 * What `IncomingMessage` says of a request, out of an environ. Everything in it is checked here, since a middleware may
 * have put what it liked into the environ. Knows the contract; makes no object of Node's.
 */

import type { Environ } from '@tsgi/contract'
import { eachHeader } from '../request-headers.ts'
import { METHODS } from './http.ts'
import { checkTarget, type RequestFraming } from './request-serializer.ts'

export interface RequestFacts {
  readonly method: string
  readonly target: string
  /** Of HTTP/1. */
  readonly minor: 0 | 1
  /** Whether the client wants to go on after the response. */
  readonly isPersistent: boolean
  readonly rawHeaders: string[]
  readonly headers: Record<string, string | string[]>
  readonly headersDistinct: Record<string, string[]>
}

/**
 * Whether only two messages are exchanged. For another protocol, 100 (Continue) or an unknown method Node's own server
 * knows what to do.
 */
export function isPlain(environ: Environ, listensForUpgrades: boolean): boolean {
  const { REQUEST_METHOD, HTTP_EXPECT, HTTP_UPGRADE } = environ
  if (HTTP_EXPECT !== undefined || REQUEST_METHOD === 'CONNECT' || !KNOWN_METHODS.has(REQUEST_METHOD)) return false
  return HTTP_UPGRADE === undefined || !listensForUpgrades
}

const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS)

/** @throws TypeError for what is no target or header value. */
export function requestFacts(environ: Environ, target: string, framing: RequestFraming): RequestFacts {
  checkTarget(target)
  const rawHeaders: string[] = []
  const headers: Record<string, string | string[]> = {}
  const headersDistinct: Record<string, string[]> = Object.create(null)
  const add = (name: string, value: string, lower: string): void => {
    rawHeaders.push(name, value)
    const list = [value]
    headersDistinct[lower] = list
    headers[lower] = lower === 'set-cookie' ? [value] : value
  }
  const isChunked = framing === 'chunked'
  eachHeader(environ, (name, value, lower) => {
    if (lower === 'transfer-encoding' || (isChunked && lower === 'content-length')) return
    add(name, value.trim(), lower)
  })
  if (isChunked) add('Transfer-Encoding', 'chunked', 'transfer-encoding')
  const minor = environ.SERVER_PROTOCOL === 'HTTP/1.0' ? 0 : 1
  const isPersistent = persists(environ.HTTP_CONNECTION, minor)
  return { method: environ.REQUEST_METHOD, target, minor, isPersistent, rawHeaders, headers, headersDistinct }
}

/** RFC 9112 §9.3. */
function persists(connection: string | undefined, minor: 0 | 1): boolean {
  if (connection === undefined) return minor === 1
  const options = connection.toLowerCase().split(/[\t ]*,[\t ]*/)
  return !options.includes('close') && (minor === 1 || options.includes('keep-alive'))
}
