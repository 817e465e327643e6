/**
 * How long to wait before a dead worker is replaced: not at all, unless workers keep dying young.
 * Knows times only; who died and why is the pool's.
 */

/** A worker that lived shorter than this died young: milliseconds. */
const YOUNG = 5_000
const FIRST_DELAY = 250
const LONGEST_DELAY = 30_000

export class Backoff {
  #youngDeaths = 0
  #notBefore = 0
  #delay = 0

  /** @returns how long the next start has to wait, in milliseconds: 0 for the first death in a row. */
  died(age: number, now: number): number {
    // Who dies while nobody may be started yet dies with the one before, of the same thing.
    if (age < YOUNG && this.wait(now) > 0) return this.#delay
    this.#youngDeaths = age < YOUNG ? this.#youngDeaths + 1 : 1
    this.#delay = this.#youngDeaths < 2 ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#youngDeaths - 2))
    this.#notBefore = now + this.#delay
    return this.#delay
  }

  /** Somebody repaired something: try at once. */
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
