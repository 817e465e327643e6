/**
 * What the operator says of the proxies in front: which peers they are, and which fields they write. A field that is
 * not named here is never read and never reaches the application. Knows names of fields; parses none of them.
 */
import { TrustedPeers } from './trusted-peers.ts'

/** Fields that speak of the client. X-Real-IP and the like belong to no standard, and are passed on unread. */
export const FORWARDED_FAMILY = /^(?:x-)?forwarded(?:-.*)?$/i

/** The host is believed only on request: the usual configuration of a proxy passes a client's X-Forwarded-Host on. */
export const DEFAULT_FORWARDED_FIELDS: readonly string[] = ['forwarded', 'x-forwarded-for', 'x-forwarded-proto']

/** Forwarded with its `host` parameter. */
const HOST_OF_FORWARDED = 'forwarded:host'

/**
 * @returns the names in lower case.
 * @throws Error, one line, for a name that is not one of the family.
 */
export function parseForwardedFields(list: string): string[] {
  return list.split(',').map((member) => {
    const name = member.trim().toLowerCase()
    if (/^(?:forwarded(?::host)?|x-forwarded-[a-z0-9-]+)$/.test(name)) return name
    throw new Error(
      `must be forwarded, forwarded:host, x-forwarded-for, x-forwarded-proto, x-forwarded-host or another x-forwarded-* field, not ${JSON.stringify(member.trim())}`,
    )
  })
}

export interface ForwardedTrustOptions {
  /** As `TrustedPeers` takes them. */
  readonly peers: readonly string[]
  /** As `parseForwardedFields` returns them. @default DEFAULT_FORWARDED_FIELDS */
  readonly fields?: readonly string[]
  /** Peers whose `X-Request-Id` and `traceparent` are believed, as `TrustedPeers` takes them. @default none */
  readonly tracePeers?: readonly string[] | undefined
  /** Gets one line, once, when fields of a peer were dropped that looks like a proxy. */
  readonly notice?: (line: string) => void
}

export class ForwardedTrust {
  readonly peers: TrustedPeers
  /** Whether the `host` parameter of Forwarded is believed. */
  readonly hostOfForwarded: boolean
  /** Peers that continue traces. */
  readonly tracePeers: TrustedPeers
  readonly #options: ForwardedTrustOptions
  readonly #fields: ReadonlySet<string>
  #ofNamedPeers: ForwardedTrust | undefined
  #notice: ((line: string) => void) | undefined

  constructor(options: ForwardedTrustOptions) {
    const { peers, fields = DEFAULT_FORWARDED_FIELDS, notice } = options
    this.#options = options
    this.peers = new TrustedPeers(peers)
    this.tracePeers = new TrustedPeers(options.tracePeers ?? [])
    this.hostOfForwarded = fields.includes(HOST_OF_FORWARDED)
    this.#fields = new Set(this.hostOfForwarded ? [...fields, 'forwarded'] : fields)
    this.#notice = notice
  }

  /**
   * The same without `*`: for a client that a front names in the variables of uwsgi, SCGI or FastCGI. There `*` trusts
   * the front, and would otherwise trust all its clients.
   */
  get ofNamedPeers(): ForwardedTrust {
    const { peers } = this.#options
    if (!peers.includes('*')) return this
    this.#ofNamedPeers ??= new ForwardedTrust({ ...this.#options, peers: peers.filter((entry) => entry !== '*') })
    return this.#ofNamedPeers
  }

  /**
   * Whether a peer may be a front: it says of itself who its client is. Unix sockets always, for a file's permissions
   * guard them; without `--forwarded-allow-ips` this machine. @param address `''` for a unix socket.
   */
  isFront(address: string): boolean {
    if (address === '') return true
    return this.#options.peers.length === 0 ? THIS_MACHINE.has(address) : this.peers.has(address)
  }

  /** Whether the proxies write this field. @param name in lower case. */
  reads(name: string): boolean {
    return this.#fields.has(name)
  }

  /** Says once which option would believe a peer. Strangers on the internet send these fields too: they are no news. */
  dropped(field: string, peer: string): void {
    if (this.#notice === undefined || !NEAR.has(peer)) return
    const [name, entry] = peer === '' ? ['a unix socket', 'unix'] : [peer, peer]
    this.#notice(`${field} of ${name} was dropped; --forwarded-allow-ips ${entry} believes it`)
    this.#notice = undefined
  }
}

const THIS_MACHINE = new TrustedPeers(['127.0.0.1', '::1'])

/** Where a proxy of the same operator is likely to be: this machine and private networks (RFC 1918, 4193, 6598, 3927). */
const NEAR = new TrustedPeers([
  'unix',
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1',
  'fc00::/7',
  'fe80::/10',
])
