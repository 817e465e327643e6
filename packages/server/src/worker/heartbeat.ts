/**
 * The regular beat of a worker's event loop: writes its row of the scoreboard and keeps the watchdog quiet.
 * A loop that stands still does not beat, and the master sees it in the row.
 */
import type { Scoreboard } from '../ipc/scoreboard.ts'

const INTERVAL_MAX_MS = 500

export interface HeartbeatOptions {
  readonly scoreboard: Scoreboard
  readonly slot: number
  /** How long the loop may stand still: milliseconds, 0 for as long as it likes. */
  readonly timeout: number
  readonly numbers: () => { readonly requests: number; readonly busy: number }
  /** Called at each beat. @param memory resident bytes. */
  readonly beaten: (memory: number) => void
}

export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #interval: number
  #last = 0
  #memory = 0

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#interval = Math.min(INTERVAL_MAX_MS, options.timeout / 4 || INTERVAL_MAX_MS)
  }

  /** Beats at once, and from then on. */
  start(): void {
    this.beat()
    setInterval(() => this.beat(), this.#interval)
  }

  beat(): void {
    const { beaten, numbers, scoreboard, slot } = this.#options
    const { busy, requests } = numbers()
    const memory = this.#readMemory()
    scoreboard.set(slot, 'heartbeat', Date.now())
    scoreboard.set(slot, 'lag', this.#lateness())
    scoreboard.set(slot, 'requests', requests)
    scoreboard.set(slot, 'busy', busy)
    scoreboard.set(slot, 'memory', memory)
    beaten(memory)
  }

  /** Node reads a file for it. Where no descriptor is left to open it, the last value stays. */
  #readMemory(): number {
    try {
      this.#memory = process.memoryUsage.rss()
    } catch {
      // The watch over descriptors reports it, in the same beat.
    }
    return this.#memory
  }

  /** How late this beat is: seconds. */
  #lateness(): number {
    const now = performance.now()
    const late = this.#last === 0 ? 0 : now - this.#last - this.#interval
    this.#last = now
    return Math.max(0, late / 1000)
  }
}

/*
 * Writes the number of this worker's connections to the scoreboard, for the other workers: at once where it matters, a
 * little later where it hardly changed. A write costs a system call, and connections come and go by the thousand.
 */

/** A change of less than this share of the number may wait. */
const SMALL_SHARE = 1 / 16
/** For how long. */
const WRITE_DELAY_MS = 5

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
    if (open - this.#written > this.#written * SMALL_SHARE) this.#write()
    else this.#timer ??= setTimeout(() => this.#write(), WRITE_DELAY_MS)
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#open === this.#written) return
    this.#written = this.#open
    this.#scoreboard.set(this.#slot, 'open', this.#open)
  }
}
