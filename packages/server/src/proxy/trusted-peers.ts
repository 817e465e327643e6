/**
 * Which peers may speak for a client: the addresses of proxies that the operator has named. The default is no peer, and
 * a unix socket is trusted only when it is named too. Knows addresses; knows no header and no socket.
 */
import { BlockList, isIP } from 'node:net'

export class TrustedPeers {
  readonly #list = new BlockList()
  readonly #everyPeer: boolean
  readonly #unix: boolean

  /**
   * @param entries addresses (`10.0.0.1`, `::1`), networks (`10.0.0.0/8`), `unix` for peers on a unix socket, `*` for
   *   every peer.
   * @throws Error, one line, for any other entry.
   */
  constructor(entries: readonly string[]) {
    this.#everyPeer = entries.includes('*')
    this.#unix = entries.includes('unix')
    for (const entry of entries) if (entry !== '*' && entry !== 'unix') this.#add(entry)
  }

  /** Whether a peer is trusted. @param address as in REMOTE_ADDR; `''` is a peer on a unix socket. */
  has(address: string): boolean {
    return this.names(address) || (this.#everyPeer && (address === '' || versionOf(address) !== 0))
  }

  /**
   * Whether an entry names this address. `*` does not: it trusts the peer, and not the addresses that the peer reports.
   * Otherwise a client could write any address in front of its own.
   */
  names(address: string): boolean {
    if (address === '') return this.#unix
    const version = versionOf(address)
    return version !== 0 && this.#list.check(withoutZone(address), version === 6 ? 'ipv6' : 'ipv4')
  }

  #add(entry: string): void {
    const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? []
    const version = isIP(address)
    const longest = version === 6 ? 128 : 32
    if (version === 0 || Number(prefix ?? 0) > longest) {
      throw new Error(`must be an address, a network such as 10.0.0.0/8, unix or *, not ${JSON.stringify(entry)}`)
    }
    this.#list.addSubnet(withoutZone(address), Number(prefix ?? longest), version === 6 ? 'ipv6' : 'ipv4')
  }
}

function versionOf(address: string): number {
  return isIP(withoutZone(address))
}

/** The zone (RFC 4007 §11) names an interface; it is no part of the address. Interface names hold any character. */
function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone > 0 && address.includes(':') ? address.slice(0, zone) : address
}
