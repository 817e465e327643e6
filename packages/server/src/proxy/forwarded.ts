/**
 * What proxies say of the client: `Forwarded` (RFC 7239) and `X-Forwarded-For/-Proto/-Host`. Read from right to left,
 * and only as far as each speaker is trusted; from anybody else these fields are taken away, so that no application
 * believes them. Knows header fields; knows no socket. Called for each new header section of a connection.
 */
import { HttpError } from '../http1/errors.ts'
import { listMembers } from '../http1/grammar.ts'
import {
  type ForwardedElement,
  forwardedHost,
  forwardedNode,
  forwardedScheme,
  parseForwarded,
} from './forwarded-field.ts'
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
  const peer = { remoteAddr, remotePort }
  const [standard, legacy] = [standardHops(fields), legacyHops(fields)]
  const wanted = walk(standard.length > 0 ? standard : legacy, peer, trusted)
  if (standard.length > 0 && legacy.length > 0) checkAccord(wanted, walk(legacy, peer, trusted), peer)
  const { host, ...client } = wanted
  return { headers: host === undefined ? headers : withHost(headers, host), ...client }
}

/** The fields that speak of the client. X-Real-IP and the like are nobody's standard, and are passed on unread. */
const FAMILY = /^(?:x-)?forwarded(?:-.*)?$/i

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

function standardHops(fields: ReadonlyMap<string, string>): ForwardedElement[] {
  const field = fields.get('forwarded')
  return field === undefined ? [] : parseForwarded(field)
}

/** The older fields as elements: one per address, and what was said of scheme and host beside it. */
function legacyHops(fields: ReadonlyMap<string, string>): ForwardedElement[] {
  const [addresses = [], schemes = [], hosts = []] = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'].map(
    (name) => members(fields.get(name) ?? ''),
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

/** What the hops come to: who the client is, and what it asked for. */
interface Client {
  readonly remoteAddr: string
  readonly remotePort: string
  readonly scheme: 'http' | 'https' | undefined
  readonly host: string | undefined
}

type Peer = Pick<Client, 'remoteAddr' | 'remotePort'>

function walk(hops: readonly ForwardedElement[], peer: Peer, trusted: TrustedPeers): Client {
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
  const scheme = hop?.proto === undefined ? undefined : forwardedScheme(hop.proto)
  const host = hop?.host === undefined ? undefined : forwardedHost(hop.host)
  return { remoteAddr, remotePort, scheme, host }
}

/**
 * Most proxies write one family and hand on what a client wrote into the other one. What both say must be the same.
 * @throws HttpError 400
 */
function checkAccord(standard: Client, legacy: Client, peer: Peer): void {
  const differ = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b
  const named = (client: Client) => (client.remoteAddr === peer.remoteAddr ? undefined : client.remoteAddr)
  if (
    differ(named(standard), named(legacy)) ||
    differ(standard.scheme, legacy.scheme) ||
    differ(standard.host?.toLowerCase(), legacy.host?.toLowerCase())
  ) {
    throw new HttpError(400, 'Forwarded and X-Forwarded-* say different things')
  }
}

function withHost(headers: readonly string[], host: string): string[] {
  const isHost = (i: number) => /^host$/i.test(headers[i - (i % 2)] ?? '')
  return ['Host', host, ...headers.filter((_, i) => !isHost(i))]
}

/** The members of a list, trimmed; empty ones are none (RFC 9110 §5.6.1.2). */
function members(list: string): string[] {
  return listMembers(list).filter((member) => member !== '')
}
