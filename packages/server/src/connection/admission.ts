/**
 * Which sockets wait, and which of them is next: the fair share of each address. Only consulted when a worker is full.
 * Knows addresses and numbers; reads from no socket and ends none.
 */
import type { Socket } from 'node:net'

/**
 * Whose share a connection takes: an IPv4 address, or the first 64 bits of an IPv6 address, which one subscriber has
 * alone. All unix sockets are one share, `''`: what connects there is a proxy on this machine.
 */
export function shareOf(address: string): string {
  if (!address.includes(':')) return address
  const [front = '', back] = address.split('::', 2)
  const groups = front.split(':')
  if (back !== undefined) while (groups.length < 4) groups.push('0')
  return groups.slice(0, 4).join(':')
}

export class Admission {
  /** How many of each share are served. */
  readonly #served = new Map<string, number>()
  /** In the order in which the shares get their next turn. */
  readonly #waiting = new Map<string, Set<Socket>>()
  #waitingCount = 0

  get waiting(): number {
    return this.#waitingCount
  }

  /** All sockets that wait. */
  *[Symbol.iterator](): Generator<Socket> {
    for (const sockets of this.#waiting.values()) yield* sockets
  }

  waitingShares(): Iterable<string> {
    return this.#waiting.keys()
  }

  served(share: string): number {
    return this.#served.get(share) ?? 0
  }

  serve(share: string): void {
    this.#served.set(share, this.served(share) + 1)
  }

  leave(share: string): void {
    const left = this.served(share) - 1
    if (left > 0) this.#served.set(share, left)
    else this.#served.delete(share)
  }

  wait(socket: Socket, share: string): void {
    const sockets = this.#waiting.get(share)
    if (sockets === undefined) this.#waiting.set(share, new Set([socket]))
    else sockets.add(socket)
    this.#waitingCount++
  }

  /** @returns whether the socket was waiting. */
  stopWaiting(socket: Socket, share: string): boolean {
    const sockets = this.#waiting.get(share)
    if (sockets?.delete(socket) !== true) return false
    if (sockets.size === 0) this.#waiting.delete(share)
    this.#waitingCount--
    return true
  }

  /** Takes the socket that has waited longest of the share that is served least. */
  takeNext(): Socket | undefined {
    const share = this.#leastServed()
    const [socket] = (share === undefined ? undefined : this.#waiting.get(share)) ?? []
    if (share === undefined || socket === undefined) return undefined
    this.stopWaiting(socket, share)
    const others = this.#waiting.get(share)
    if (others !== undefined) {
      this.#waiting.delete(share) // to the end of the row
      this.#waiting.set(share, others)
    }
    return socket
  }

  /** The share that waits and is served least. */
  #leastServed(): string | undefined {
    let least: string | undefined
    for (const share of this.#waiting.keys()) {
      if (least === undefined || this.served(share) < this.served(least)) least = share
    }
    return least
  }

  /**
   * The share that has most connections, if it has at least two more than `share`: one of its connections may end for one
   * of `share`. Never `''`, which many clients have in common.
   */
  greedierThan(share: string): string | undefined {
    let most: string | undefined
    for (const [candidate, count] of this.#served) {
      if (count > this.served(most ?? share) && candidate !== '') most = candidate
    }
    return most !== undefined && this.served(most) > this.served(share) + 1 ? most : undefined
  }

  /** The socket that makes room for one more of `share` where no more can wait: the newest of the share that waits most. */
  mostWaitingBeside(share: string): Socket | undefined {
    let most: Set<Socket> | undefined
    for (const sockets of this.#waiting.values()) if (sockets.size > (most?.size ?? 0)) most = sockets
    if (most === undefined || most.size <= (this.#waiting.get(share)?.size ?? 0) + 1) return undefined
    return [...most].at(-1)
  }
}
