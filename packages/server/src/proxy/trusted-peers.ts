/**
 * Who may speak for a client: the addresses of proxies that the operator has named. Nobody by default; a unix socket is
 * not a trust grant either, unless it is named. Knows addresses; knows no header and no socket.
 */
import { BlockList, isIP } from 'node:net'

export class TrustedPeers {
  readonly #list = new BlockList()
  readonly #everyone: boolean
  readonly #unix: boolean

  /**
   * @param entries addresses (`10.0.0.1`, `::1`), networks (`10.0.0.0/8`), `unix` for peers on a unix socket, `*` for all.
   * @throws Error, one line, for an entry that is none of these.
   */
  constructor(entries: readonly string[]) {
    this.#everyone = entries.includes('*')
    this.#unix = this.#everyone || entries.includes('unix')
    for (const entry of entries) if (entry !== '*' && entry !== 'unix') this.#add(entry)
  }

  /** @param address as in REMOTE_ADDR; `''` is a peer on a unix socket. */
  has(address: string): boolean {
    if (address === '') return this.#unix
    const version = isIP(address)
    if (version === 0) return false
    return this.#everyone || this.#list.check(address, version === 6 ? 'ipv6' : 'ipv4')
  }

  #add(entry: string): void {
    const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? []
    const version = isIP(address)
    const most = version === 6 ? 128 : 32
    if (version === 0 || Number(prefix ?? 0) > most) {
      throw new Error(`must be an address, a network such as 10.0.0.0/8, unix or *, not ${JSON.stringify(entry)}`)
    }
    this.#list.addSubnet(address, Number(prefix ?? most), version === 6 ? 'ipv6' : 'ipv4')
  }
}
