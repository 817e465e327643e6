/**
 * How long to wait before a dead worker is replaced: not at all, unless workers keep dying young.
 * Knows times only; the pool knows who died and why.
 */

/** A worker that lived shorter than this died young: milliseconds. */
const YOUNG = 5_000
const FIRST_DELAY_MS = 250
const MAX_DELAY_MS = 30_000

export class Backoff {
  #youngDeaths = 0
  #notBefore = 0
  #delay = 0

  /** @returns how long the next start has to wait, in milliseconds: 0 for the first death in a row. */
  died(age: number, now: number): number {
    // A death during the back-off has the same cause as the last: count it once.
    if (age < YOUNG && this.wait(now) > 0) return this.#delay
    this.#youngDeaths = age < YOUNG ? this.#youngDeaths + 1 : 1
    this.#delay = this.#youngDeaths < 2 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#youngDeaths - 2))
    this.#notBefore = now + this.#delay
    return this.#delay
  }

  /** The cause may be repaired: start again at once. */
  forget(): void {
    this.#youngDeaths = 0
    this.#notBefore = 0
  }

  /** Milliseconds until a worker may be started. */
  wait(now: number): number {
    return Math.max(0, this.#notBefore - now)
  }

  get deathsInARow(): number {
    return this.#youngDeaths
  }
}
