/**
 * How many requests may be recorded: so many at once, and then so many in a second. A folder that keeps a thousand files needs no
 * twenty thousand in a second, and a request that is not kept costs nothing. Knows a clock; no request.
 */

/** As many as a folder keeps. */
const MAX_AT_ONCE = 1_000
/** Making and writing one takes far longer than a small request: so many are a small share of the time of a worker. */
const PER_SECOND = 20

/** Requests without room that one look at the clock is shared by. */
const ASKED_PER_LOOK = 16

export class RecordBudget {
  readonly #now: () => number
  #left = MAX_AT_ONCE
  #asked = 0
  #filledAt: number

  /** @param now a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#filledAt = now()
  }

  /** Whether one more may be recorded. Cheap: the clock is read only where nothing is left, and then not each time. */
  get hasRoom(): boolean {
    if (this.#left >= 1) return true
    if (++this.#asked % ASKED_PER_LOOK !== 0) return false
    const now = this.#now()
    this.#left = Math.min(MAX_AT_ONCE, this.#left + ((now - this.#filledAt) * PER_SECOND) / 1000)
    this.#filledAt = now
    return this.#left >= 1
  }

  /** @returns false where there is no room. */
  take(): boolean {
    if (!this.hasRoom) return false
    this.#left--
    return true
  }
}
