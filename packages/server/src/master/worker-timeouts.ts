/** How long workers may take, from the configuration: for the pool. Knows numbers only. */
import type { Config } from '../config/options.ts'

/** How long loading the application may take, also where the event loop may stand still for a shorter time only. */
const LEAST_BOOT_TIME = 60_000

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

/** How long a watchdog may take to notice and to report: milliseconds. */
const REPORT_TIME = 5_000

export function workerTimeoutsOf({ gracefulTimeout, keepAlive, reload, timeout }: Config): WorkerTimeouts {
  const bootTime = Math.max(timeout * 1000 + REPORT_TIME, LEAST_BOOT_TIME)
  return {
    grace: gracefulTimeout * 1000,
    // In development the next request is to meet the new code, also on an old connection.
    linger: reload ? 0 : Math.min(keepAlive, gracefulTimeout) * 1000,
    bootTime,
    bootStill: bootTime - REPORT_TIME,
  }
}
