/**
 * `--slow-request`: says once of each request that it is under way for long. Where the loop is free, it waits for something and a
 * timer finds it; where JavaScript holds the loop, the watchdog asks here from its thread, with the main thread stopped.
 */
import type { Config } from '../config/options.ts'

/** A request, as far as it matters here. */
export interface TimedRequest {
  readonly summary: string
  /** Milliseconds since its first byte. */
  readonly age: number
}

const MIN_INTERVAL_MS = 50
const MAX_INTERVAL_MS = 1_000

export interface SlowRequestsOptions {
  /** From here on a request is slow: milliseconds. */
  readonly threshold: number
  readonly requests: () => Iterable<TimedRequest>
  readonly log: (line: string) => void
}

export class SlowRequests {
  readonly #options: SlowRequestsOptions
  /** Requests that have been reported. They are objects of their connection, and go with it. */
  readonly #reported = new WeakSet<TimedRequest>()
  readonly #timer: NodeJS.Timeout

  constructor(options: SlowRequestsOptions) {
    this.#options = options
    const interval = Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, options.threshold / 4))
    this.#timer = setInterval(() => {
      for (const line of this.take()) options.log(`${line}; the event loop is free`)
    }, interval).unref()
  }

  /** @returns a line for each request that is slow by now, once. */
  take(): string[] {
    const { threshold, requests } = this.#options
    const lines: string[] = []
    for (const request of requests()) {
      const { age } = request
      if (age < threshold || this.#reported.has(request)) continue
      this.#reported.add(request)
      lines.push(`slow request: ${request.summary} is under way for ${(age / 1000).toFixed(1)} s`)
    }
    return lines
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** @returns nothing without `--slow-request`. */
export function slowRequestsOf(
  { slowRequest }: Pick<Config, 'slowRequest'>,
  requests: SlowRequestsOptions['requests'],
  log: SlowRequestsOptions['log'],
): SlowRequests | undefined {
  return slowRequest === 0 ? undefined : new SlowRequests({ threshold: slowRequest * 1000, requests, log })
}

/** What a loop may stand still without `--timeout`: more than any worker lives, in a cell of 32 bits. */
export const MAX_STILL_SECONDS = 2_000_000

/** Less is no stall, but a beat that came late. */
const MIN_STILL_MS = 200

/** How long the loop may stand still before slow requests are reported: milliseconds, 0 for any time. */
export function stillTime({ slowRequest }: Pick<Config, 'slowRequest'>): number {
  return slowRequest === 0 ? 0 : Math.max(MIN_STILL_MS, slowRequest * 1000)
}

/** The smaller of two times, of which 0 stands for none. */
export function tightest(one: number, other: number): number {
  return one === 0 || other === 0 ? one + other : Math.min(one, other)
}
