/**
 * The grammar of `Forwarded` (RFC 7239 §4), in one pass: elements divided by commas, pairs by semicolons, a value a
 * token or a quoted string. Knows no trust. Refuses the whole field when any part of it does not fit the grammar.
 */

import { isIP, SocketAddress } from 'node:net'
import { plainAddress } from '@tsgi/gateways/exchange'
import { isAuthority } from '../http1/authority.ts'
import { HttpError } from '../http1/errors.ts'

/** One hop: what a proxy says of the request as it came in. Values without their quotes. */
export interface ForwardedElement {
  readonly for?: string | undefined
  readonly proto?: string | undefined
  readonly host?: string | undefined
}

/** Elements from the client (first) to the nearest proxy (last). @throws HttpError 400 */
export function parseForwarded(field: string): ForwardedElement[] {
  const elements: ForwardedElement[] = []
  let element: Record<string, string> = Object.create(null)
  let pairs = 0
  let rest = field
  for (;;) {
    const [matched, name = '', token, quoted, end = ''] = PAIR.exec(rest) ?? []
    if (matched === undefined) throw malformed()
    if (name !== '') {
      const key = name.toLowerCase()
      // "Each parameter MUST NOT occur more than once per field-value" (RFC 7239 §4).
      if (key in element) throw malformed()
      element[key] = token ?? (quoted ?? '').replace(/\\(.)/g, '$1')
      pairs++
    }
    if (end !== ';') {
      // An empty list element is no hop (RFC 9110 §5.6.1.2).
      if (pairs > 0) elements.push({ for: element.for, proto: element.proto, host: element.host })
      element = Object.create(null)
      pairs = 0
    }
    if (end === '') return elements
    rest = rest.slice(matched.length)
  }
}

/** `token "=" ( token / quoted-string )`, or nothing, and what ends it. Each part begins with what the one before cannot hold. */
const PAIR =
  /^[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z:[\]-]+)|"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*)")[ \t]*)?([;,]|$)/

function malformed(): HttpError {
  return new HttpError(400, 'a proxy sent a Forwarded field that is malformed (RFC 7239 §4)')
}

/*
 * The values in `Forwarded` and its older relatives: a node (RFC 7239 §6), a scheme, a host. Knows their grammar only.
 */

export interface ForwardedNode {
  /** An address in its canonical text (RFC 5952), `''` for a unix socket, `unknown`, or an obfuscated identifier such as `_hidden`. */
  readonly address: string
  /** Decimal digits; `''` where it was not said, or hidden by an obfuscated port (RFC 7239 §6.3). */
  readonly port: string
}

/** RFC 7239 §6: `IPv4`, `[IPv6]`, `unknown` or `_obf`, and a port; X-Forwarded-For also has IPv6 without brackets. */
export function forwardedNode(text: string): ForwardedNode | undefined {
  const bare = text === UNIX_PEER ? '' : addressOf(text)
  if (bare !== undefined) return { address: bare, port: '' }
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}|_[\w.-]+))?$/.exec(text) ?? []
  const address = bracketed === undefined ? plainNode(plain ?? '') : ipv6Address(bracketed)
  if (address === undefined || Number(port) > MAX_PORT) return undefined
  return { address, port: port.startsWith('_') ? '' : port }
}

/** What nginx writes for a peer on a unix socket. */
const UNIX_PEER = 'unix:'
const MAX_PORT = 65_535

function plainNode(text: string): string | undefined {
  return isIP(text) === 4 || /^(?:unknown|_[\w.-]+)$/i.test(text) ? text : undefined
}

function addressOf(text: string): string | undefined {
  return isIP(text) === 4 ? text : ipv6Address(text)
}

/** One text for each address, so that texts can be compared. The zone is dropped: it names an interface of another machine. */
function ipv6Address(text: string): string | undefined {
  const [, address = '', zone = ''] = /^([^%]*)(%[^\s\]]+)?$/.exec(text) ?? []
  if (isIP(address) !== 6 || text.length !== address.length + zone.length) return undefined
  return plainAddress(new SocketAddress({ address, family: 'ipv6' }).address)
}

/** A WebSocket's scheme is that of the request which it began with. @throws HttpError 400 for any other scheme. */
export function forwardedScheme(text: string): 'http' | 'https' {
  const scheme = SCHEMES.get(text.toLowerCase())
  if (scheme !== undefined) return scheme
  throw new HttpError(400, 'a proxy named a scheme that is not http, https, ws or wss')
}

const SCHEMES: ReadonlyMap<string, 'http' | 'https'> = new Map([
  ['http', 'http'],
  ['ws', 'http'],
  ['https', 'https'],
  ['wss', 'https'],
])

/** @throws HttpError 400 for what Host could not be. */
export function forwardedHost(text: string): string {
  if (isAuthority(text)) return text
  throw new HttpError(400, 'a proxy named a host that is no host')
}
