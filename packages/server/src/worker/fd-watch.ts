/**
 * Notices when the process runs out of descriptors, whoever holds them. At the limit nothing fails where it can be
 * seen: libuv takes each new connection with a descriptor that it keeps for this, and closes it at once (L-11).
 * Knows the number of open files; what is done about it is the worker's.
 */

/** So few that the next burst of connections would be dropped. */
const FEW = 8
/** Milliseconds between two complaints. */
const INTERVAL = 10_000
/** Counting takes at most this share of the time: there may be many to count. */
const SHARE = 1 / 200

export class FdWatch {
  readonly #limit: number
  readonly #count: () => number
  #quietUntil = 0

  /** @param limit of open files. @param count how many are open. */
  constructor(limit: number, count: () => number) {
    this.#limit = limit
    this.#count = count
  }

  /** @param clock milliseconds. @returns what is wrong, in one line, once in a while. */
  look(clock = () => performance.now()): string | undefined {
    const begun = clock()
    if (begun < this.#quietUntil || this.#limit === Number.POSITIVE_INFINITY) return undefined
    const left = Math.max(0, this.#limit - this.#count())
    this.#quietUntil = begun + (clock() - begun) / SHARE
    if (left > FEW) return undefined
    this.#quietUntil = begun + INTERVAL
    return `${left} of ${this.#limit} open files (ulimit -n) are left: new connections may be dropped`
  }
}
