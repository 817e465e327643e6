/**
 * What proxies say of the client: `Forwarded` (RFC 7239) and `X-Forwarded-For/-Proto/-Host`. Read from right to left,
 * and only as far as each speaker is trusted; from anybody else these fields are taken away, so that no application
 * believes them. Knows header fields; knows no socket. Called for each new header section of a connection.
 */
import { HttpError } from '../http1/errors.ts'
import { type ForwardedElement, parseForwarded } from './forwarded-field.ts'
import { forwardedHost, forwardedNode, forwardedScheme } from './forwarded-node.ts'
import type { TrustedPeers } from './trusted-peers.ts'

/** A request as its client sent it, before the proxies. */
export interface ForwardedRequest {
  /** Flat: name, value, …; with Host as the client sent it, and without what nobody trusted has said. */
  readonly headers: readonly string[]
  readonly remoteAddr: string
  readonly remotePort: string
  readonly scheme: 'http' | 'https' | undefined
}

/**
 * @param headers flat: name, value, …
 * @param remoteAddr the address of the peer; `''` on a unix socket.
 * @throws HttpError 400 when a trusted proxy says something that cannot be understood: guessing would be believing.
 */
export function readForwarded(
  headers: readonly string[],
  remoteAddr: string,
  remotePort: string,
  trusted: TrustedPeers,
): ForwardedRequest {
  const fields = forwardedFields(headers)
  if (fields.size === 0) return { headers, remoteAddr, remotePort, scheme: undefined }
  if (!trusted.has(remoteAddr)) return { headers: without(headers), remoteAddr, remotePort, scheme: undefined }
  const hops = fields.has('forwarded') ? parseForwarded(fields.get('forwarded') ?? '') : legacyHops(fields)
  return walk(hops, headers, { remoteAddr, remotePort }, trusted)
}

/** The fields that speak of the client. X-Real-IP and the like are nobody's standard, and are passed on unread. */
const FAMILY = /^(?:forwarded|x-forwarded-.*)$/i

function forwardedFields(headers: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (!FAMILY.test(name)) continue
    const lower = name.toLowerCase()
    const before = fields.get(lower)
    const value = headers[i + 1] ?? ''
    fields.set(lower, before === undefined ? value : `${before}, ${value}`)
  }
  return fields
}

function without(headers: readonly string[]): string[] {
  return headers.filter((_, i) => !FAMILY.test(headers[i - (i % 2)] ?? ''))
}

/** The older fields as elements: one per address, and what was said of scheme and host beside it. */
function legacyHops(fields: ReadonlyMap<string, string>): ForwardedElement[] {
  const [addresses = [], schemes = [], hosts = []] = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'].map(
    (name) => (fields.has(name) ? (fields.get(name) ?? '').split(',').map(trimBlanks) : []),
  )
  const count = Math.max(addresses.length, schemes.length > 0 || hosts.length > 0 ? 1 : 0)
  return Array.from({ length: count }, (_, i) => ({
    for: addresses[i],
    proto: beside(schemes, i, count),
    host: beside(hosts, i, count),
  }))
}

/** A list as long as that of the addresses goes with it one by one; a shorter one ends where the nearest proxy spoke. */
function beside(values: readonly string[], i: number, count: number): string | undefined {
  return values.length === 0 ? undefined : (values[values.length - count + i] ?? values[0])
}

function walk(
  hops: readonly ForwardedElement[],
  headers: readonly string[],
  peer: { readonly remoteAddr: string; readonly remotePort: string },
  trusted: TrustedPeers,
): ForwardedRequest {
  let { remoteAddr, remotePort } = peer
  let hop: ForwardedElement | undefined
  for (let i = hops.length - 1; i >= 0 && trusted.has(remoteAddr); i--) {
    hop = hops[i]
    if (hop?.for === undefined) break
    const node = forwardedNode(hop.for)
    if (node === undefined) throw new HttpError(400, 'a proxy named a client that is no address')
    remoteAddr = node.address
    remotePort = node.port
  }
  const host = hop?.host === undefined ? undefined : forwardedHost(hop.host)
  return {
    headers: host === undefined ? headers : withHost(headers, host),
    remoteAddr,
    remotePort,
    scheme: hop?.proto === undefined ? undefined : forwardedScheme(hop.proto),
  }
}

function withHost(headers: readonly string[], host: string): string[] {
  return headers.map((text, i) => (i % 2 === 1 && /^host$/i.test(headers[i - 1] ?? '') ? host : text))
}

/** SP and HTAB, and no other white space (RFC 9110 §5.6.3). */
function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
