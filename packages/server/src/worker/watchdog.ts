/**
 * Watches the event loop of this worker from a thread of its own. When the loop stands still for too long, the thread
 * logs where it hangs and which requests are in flight, and kills the process: the master starts another.
 * This file is the watched side; the thread is `watchdog-thread`.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { WatchdogOrder } from './watchdog-thread.ts'

/** The event on `process` by which the thread, through the debugger, asks for the requests in flight. */
export const REQUESTS_WANTED = 'tsgi:requests'
/** The same for those that are slow, and have not been reported yet. */
export const SLOW_WANTED = 'tsgi:slow'

export interface WatchdogOptions {
  /** Milliseconds that the event loop may stand still, unless it is allowed more. */
  readonly timeout: number
  /** A loop that stands still so long is reported: milliseconds. @default never */
  readonly slow?: number
  /** What it is allowed at first. */
  readonly allowed: number
  /** The error log: a path, or `-`. */
  readonly log: string
  /** The requests in flight, one line each. */
  readonly requests: () => readonly string[]
  /** Those that are slow and have not been reported yet: a line each. From now on they have. */
  readonly slowRequests?: () => readonly string[]
  /** Called when a request ends and no beat has come for a while: the loop works, only its timers are late. */
  readonly late: () => void
}

/** What the thread can count to: 24 days. */
const ANY_TIME_MS = 2 ** 31 - 1

export class Watchdog {
  readonly #cells = new Int32Array(new SharedArrayBuffer(12))
  readonly #late: () => void
  #allowed = 0
  #isHeld = false

  constructor(options: WatchdogOptions) {
    this.#late = options.late
    this.allow(options.allowed)
    const order: WatchdogOrder = {
      cells: this.#cells,
      timeout: options.timeout,
      slow: options.slow ?? 0,
      log: options.log,
    }
    const script = new URL(`./watchdog-thread${extname(import.meta.url)}`, import.meta.url)
    const thread = new Worker(script, { workerData: order, resourceLimits: { maxOldGenerationSizeMb: 32 } })
    thread.unref()
    // Without a watchdog a worker still serves; the master notices a silent worker too, it only cannot say where.
    thread.on('error', () => undefined)
    process.on(REQUESTS_WANTED, (lines: string[]) => lines.push(...options.requests()))
    process.on(SLOW_WANTED, (lines: string[]) => lines.push(...(options.slowRequests?.() ?? [])))
  }

  /** To be called regularly by the event loop, at least four times within the timeout. */
  beat(): void {
    Atomics.add(this.#cells, 0, 1)
  }

  /** A request has ended. Costs one read of memory; the thread says when a beat is due. */
  requestEnded(): void {
    if (this.#cells[2] === 0) return
    this.#cells[2] = 0
    this.#late()
  }

  /** Sets how long the loop may stand still: milliseconds, not less than the timeout. */
  allow(time: number): void {
    this.#allowed = time
    Atomics.store(this.#cells, 1, this.#isHeld ? ANY_TIME_MS : time)
  }

  /** @param isHeld whether the loop may stand still as long as it likes. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    this.beat()
    this.allow(this.#allowed)
  }
}
