/** Counts the requests of this worker for `--metrics`. Knows records, not how the counts are shown. */

import type { AccessRecord } from '../connection/access-record.ts'
import { DURATION_BOUNDS, EMPTY_METRICS, type RequestMetrics } from '../ipc/request-metrics.ts'

export class RequestCounters {
  readonly #statuses = new Map<number, number>()
  readonly #durations = [...EMPTY_METRICS.durations]
  #durationSum = 0
  #bytes = 0

  count({ status, duration, bytes }: AccessRecord): void {
    const seconds = duration / 1000
    const bound = DURATION_BOUNDS.findIndex((limit) => seconds <= limit)
    const index = bound === -1 ? DURATION_BOUNDS.length : bound
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
    this.#durations[index] = (this.#durations[index] ?? 0) + 1
    this.#durationSum += seconds
    this.#bytes += bytes
  }

  get measures(): RequestMetrics {
    return {
      statuses: Object.fromEntries(this.#statuses),
      durations: this.#durations,
      durationSum: this.#durationSum,
      bytes: this.#bytes,
    }
  }
}
