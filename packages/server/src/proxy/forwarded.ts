/**
 * What proxies say of the client: `Forwarded` (RFC 7239) and `X-Forwarded-For/-Proto/-Host`. Reads from right to left,
 * and only as far as each speaker is trusted. Takes away every field that it does not believe, so that no application
 * believes it either. Knows header fields; knows no socket.
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
import { FORWARDED_FAMILY, type ForwardedTrust } from './forwarded-trust.ts'

/** A request as its client sent it, before the proxies. */
export interface ForwardedRequest {
  /** Flat: name, value, …; with Host as the client sent it, and without the fields that are not believed. */
  readonly headers: readonly string[]
  readonly remoteAddr: string
  readonly remotePort: string
  readonly scheme: 'http' | 'https' | undefined
}

/**
 * @param headers flat: name, value, …
 * @param remoteAddr the address of the peer; `''` on a unix socket.
 * @throws HttpError 400 when a trusted proxy sends what cannot be understood, or two families of fields that differ:
 *   one of them comes from the client, and a guess would believe it.
 */
export function readForwarded(
  headers: readonly string[],
  remoteAddr: string,
  remotePort: string,
  trust: ForwardedTrust,
): ForwardedRequest {
  const fields = familyFields(headers)
  if (fields.size === 0) return { headers, remoteAddr, remotePort, scheme: undefined }
  const peer: Client = { remoteAddr, remotePort, scheme: undefined, host: undefined }
  if (!trust.peers.has(remoteAddr)) {
    for (const { name } of fields.values()) trust.dropped(name, remoteAddr)
    return { ...peer, headers: headersWithout(headers, (name) => FORWARDED_FAMILY.test(name)) }
  }
  const standard = standardHops(fields, trust)
  const client = clientOf(standard, legacyHops(fields, trust), peer, trust)
  const hidesStandard = !trust.hostOfForwarded && standard.some(({ host }) => host !== undefined)
  const isHidden = (name: string) => !trust.reads(name) || (hidesStandard && name === 'forwarded')
  const shown = [...fields.keys()].some(isHidden)
    ? headersWithout(headers, (name) => FORWARDED_FAMILY.test(name) && isHidden(name.toLowerCase()))
    : headers
  return { ...client, headers: client.host === undefined ? shown : withHost(shown, client.host) }
}

interface Field {
  /** As it was sent. */
  readonly name: string
  /** Of all lines of this name, in order. */
  readonly value: string
}

/** By name in lower case. */
function familyFields(headers: readonly string[]): Map<string, Field> {
  const fields = new Map<string, Field>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (!FORWARDED_FAMILY.test(name)) continue
    const before = fields.get(name.toLowerCase())
    const value = headers[i + 1] ?? ''
    fields.set(name.toLowerCase(), { name, value: before === undefined ? value : `${before.value}, ${value}` })
  }
  return fields
}

function headersWithout(headers: readonly string[], drops: (name: string) => boolean): string[] {
  return headers.filter((_, i) => !drops(headers[i - (i % 2)] ?? ''))
}

function standardHops(fields: ReadonlyMap<string, Field>, trust: ForwardedTrust): ForwardedElement[] {
  const field = trust.reads('forwarded') ? fields.get('forwarded') : undefined
  return field === undefined ? [] : parseForwarded(field.value)
}

/** The older fields as elements: one per address, and what was said of scheme and host beside it. */
function legacyHops(fields: ReadonlyMap<string, Field>, trust: ForwardedTrust): ForwardedElement[] {
  const list = (name: string) => (trust.reads(name) ? members(fields.get(name)?.value ?? '') : [])
  const [addresses, schemes, hosts] = [list('x-forwarded-for'), list('x-forwarded-proto'), list('x-forwarded-host')]
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
  /** `undefined` also where the host is not to be believed. */
  readonly host: string | undefined
}

/** @throws HttpError 400 */
function clientOf(
  standardHops: readonly ForwardedElement[],
  legacyHops: readonly ForwardedElement[],
  peer: Client,
  trust: ForwardedTrust,
): Client {
  const standard = withBelievedHost(walk(standardHops, peer, trust), trust.hostOfForwarded)
  const legacy = walk(legacyHops, peer, trust)
  if (legacyHops.length === 0) return standardHops.length === 0 ? peer : standard
  if (standardHops.length === 0) return legacy
  return merged(standard, legacy, trust)
}

function withBelievedHost(client: Client, isBelieved: boolean): Client {
  return isBelieved ? client : { ...client, host: undefined }
}

/** Stops at the first address that is not a trusted proxy: it is the client. */
function walk(hops: readonly ForwardedElement[], peer: Client, trust: ForwardedTrust): Client {
  let { remoteAddr, remotePort } = peer
  let hop: ForwardedElement | undefined
  for (let i = hops.length - 1; i >= 0; i--) {
    hop = hops[i]
    if (hop?.for === undefined) break
    const node = forwardedNode(hop.for)
    if (node === undefined) throw new HttpError(400, 'a proxy named a client that is no address')
    remoteAddr = node.address
    remotePort = node.port
    if (!trust.peers.names(remoteAddr)) break
  }
  const scheme = hop?.proto === undefined ? undefined : forwardedScheme(hop.proto)
  const host = hop?.host === undefined ? undefined : forwardedHost(hop.host)
  return { remoteAddr, remotePort, scheme, host }
}

/**
 * Most proxies write one family and pass on what a client wrote in the other one. So both must say the same of
 * everything that both could say, and silence differs from speech.
 * @throws HttpError 400
 */
function merged(standard: Client, legacy: Client, trust: ForwardedTrust): Client {
  const [knowsAddress, knowsScheme, knowsHost] = [
    trust.reads('x-forwarded-for'),
    trust.reads('x-forwarded-proto'),
    trust.reads('x-forwarded-host'),
  ]
  if (
    (knowsAddress && standard.remoteAddr !== legacy.remoteAddr) ||
    (knowsScheme && standard.scheme !== legacy.scheme) ||
    (knowsHost && trust.hostOfForwarded && standard.host?.toLowerCase() !== legacy.host?.toLowerCase())
  ) {
    throw new HttpError(400, 'Forwarded and X-Forwarded-* differ; --forwarded-fields names those that the proxy writes')
  }
  return {
    remoteAddr: standard.remoteAddr,
    // A port decides nothing, and many proxies omit it: one that both do not confirm is unknown.
    remotePort: !knowsAddress || standard.remotePort === legacy.remotePort ? standard.remotePort : '',
    scheme: standard.scheme,
    host: standard.host ?? legacy.host,
  }
}

function withHost(headers: readonly string[], host: string): string[] {
  return ['Host', host, ...headersWithout(headers, (name) => /^host$/i.test(name))]
}

/** The members of a list, trimmed, without the empty ones (RFC 9110 §5.6.1.2). */
function members(list: string): string[] {
  return listMembers(list).filter((member) => member !== '')
}
