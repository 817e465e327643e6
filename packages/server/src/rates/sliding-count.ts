/**
 * Counts requests over a sliding span of time, in slices: a slice counts until it lies wholly before the span. So there is no span,
 * wherever it begins, with more than the limit; at a steady rate a client reaches 97 % of it. Knows one key.
 */

/** A slice is dropped up to one slice late: 1/32 of the span is what that costs a client at a steady rate. */
const SLICES = 32

export class SlidingCount {
  readonly #sliceMs: number
  /** The numbers of slices that have requests, ascending, and their requests. */
  readonly #slices: number[] = []
  readonly #requests: number[] = []
  #total = 0

  /** @param span milliseconds. */
  constructor(span: number) {
    this.#sliceMs = span / SLICES
  }

  /** Requests that count, at the time of the last call. */
  get total(): number {
    return this.#total
  }

  /** Counts as many of the requests as the limit allows. @returns how many. @param now milliseconds. */
  take(requests: number, limit: number, now: number): number {
    this.#drop(now)
    const allowed = Math.min(requests, Math.max(0, limit - this.#total))
    if (allowed === 0) return 0
    const slice = Math.floor(now / this.#sliceMs)
    if (this.#slices.at(-1) === slice)
      this.#requests[this.#requests.length - 1] = (this.#requests.at(-1) ?? 0) + allowed
    else {
      this.#slices.push(slice)
      this.#requests.push(allowed)
    }
    this.#total += allowed
    return allowed
  }

  /** Milliseconds until some of the limit is there again. */
  retryMs(now: number): number {
    return this.#until(this.#slices[0], now)
  }

  /** Milliseconds until all of the limit is there again. */
  resetMs(now: number): number {
    return this.#until(this.#slices.at(-1), now)
  }

  /** Whether nothing counts any more. */
  isOver(now: number): boolean {
    return this.#until(this.#slices.at(-1), now) <= 0
  }

  /** Milliseconds until the end of this slice lies a span back. */
  #until(slice: number | undefined, now: number): number {
    return slice === undefined ? 0 : (slice + 1 + SLICES) * this.#sliceMs - now
  }

  #drop(now: number): void {
    let over = 0
    while (over < this.#slices.length && this.#until(this.#slices[over], now) <= 0) {
      this.#total -= this.#requests[over] ?? 0
      over += 1
    }
    this.#slices.splice(0, over)
    this.#requests.splice(0, over)
  }
}
