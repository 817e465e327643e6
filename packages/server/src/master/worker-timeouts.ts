/** How long workers may take, from the configuration: for the pool. Knows numbers only. */
import { loadTimeoutOf } from '../config/load-timeout.ts'
import type { Config } from '../config/options.ts'

/** What a timer of Node's can wait for at most: 24 days stand for any time. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Times in milliseconds. */
export interface WorkerTimeouts {
  /** How long a retiring worker may take. */
  readonly grace: number
  /** How long a replaced worker waits for the next request of its idle clients. */
  readonly linger: number
  /** How long a worker may take to load the application. */
  readonly bootTime: number
  /** How long its event loop may stand still meanwhile: less, so that it can still be said where it hangs. */
  readonly bootStill: number
}

/** How long a watchdog, or Python's start, may take to say that loading took too long. */
const REPORT_TIME_MS = 5_000

export function workerTimeoutsOf(config: Config): WorkerTimeouts {
  const { gracefulTimeout, keepAlive, reload } = config
  const load = loadTimeoutOf(config) * 1000 || MAX_TIMER_MS - REPORT_TIME_MS
  return {
    grace: gracefulTimeout * 1000,
    // In development the next request is to meet the new code, also on an old connection.
    linger: reload ? 0 : Math.min(keepAlive, gracefulTimeout) * 1000,
    bootTime: load + REPORT_TIME_MS,
    bootStill: load,
  }
}
