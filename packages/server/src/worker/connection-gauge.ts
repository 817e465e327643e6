/**
 * Tells the other workers, on the scoreboard, how many connections this one has: at once where it matters, a little
 * later where the number hardly changed. A write costs a system call, and connections come and go by the thousand.
 */
import type { Scoreboard } from '../ipc/scoreboard.ts'

/** A change of less than this share of the number may wait. */
const SHARE = 1 / 16
/** How long: milliseconds. */
const DELAY = 5

export class ConnectionGauge {
  readonly #scoreboard: Scoreboard
  readonly #slot: number
  #open = 0
  #written = 0
  #timer: NodeJS.Timeout | undefined

  constructor(scoreboard: Scoreboard, slot: number) {
    this.#scoreboard = scoreboard
    this.#slot = slot
  }

  /** @param open the connections that there are now. */
  changed(open: number): void {
    this.#open = open
    if (open - this.#written > this.#written * SHARE) this.#write()
    else this.#timer ??= setTimeout(() => this.#write(), DELAY)
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#open === this.#written) return
    this.#written = this.#open
    this.#scoreboard.set(this.#slot, 'open', this.#open)
  }
}
