/**
 * Answers a worker that was asked for the metrics: has all workers count, adds up, tells it. Knows who counted what;
 * how it is written is `metrics`'.
 */
import type { RequestMetrics } from '../ipc/request-metrics.ts'
import { Metrics } from './metrics.ts'
import { MetricsRound } from './metrics-round.ts'
import type { MasterStatus } from './status.ts'
import type { WorkerProcess } from './worker-process.ts'

export class MetricsCollector {
  readonly #metrics = new Metrics()
  readonly #census = new MetricsRound<WorkerProcess>()

  answer(asker: WorkerProcess, serving: readonly WorkerProcess[], status: () => MasterStatus): void {
    this.#census.take(serving, () => asker.send({ type: 'metrics', text: this.#metrics.text(status()) }))
    for (const worker of serving) worker.send({ type: 'count' })
  }

  heard(worker: WorkerProcess, measures: RequestMetrics): void {
    this.#metrics.heard(worker, measures)
    this.#census.heard(worker)
  }

  /** What it counted last stays counted. */
  left(worker: WorkerProcess): void {
    this.#census.heard(worker)
    this.#metrics.left(worker)
  }
}
