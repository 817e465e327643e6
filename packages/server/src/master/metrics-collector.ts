/**
 * Answers a worker that was asked for the metrics: has all workers count, adds up, tells it. Knows who counted what;
 * how it is written is `metrics`'.
 */
import type { RequestMetrics } from '../ipc/request-metrics.ts'
import { Metrics } from './metrics.ts'
import type { MasterStatus } from './status.ts'
import type { WorkerProcess } from './worker-process.ts'

export class MetricsCollector {
  readonly #metrics = new Metrics()
  readonly #census = new MetricsRound<WorkerProcess>()

  answer(asker: WorkerProcess, serving: readonly WorkerProcess[], status: () => MasterStatus): void {
    this.#ask(serving, () => asker.send({ type: 'metrics', text: this.#metrics.text(status()) }))
  }

  /** For `tsgi top`. @param done gets what all workers have counted, those that have left too. */
  total(serving: readonly WorkerProcess[], done: (total: RequestMetrics) => void): void {
    this.#ask(serving, () => done(this.#metrics.total))
  }

  #ask(serving: readonly WorkerProcess[], done: () => void): void {
    this.#census.take(serving, done)
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

/*
 * Asks all workers for their counts and waits a short time: a worker that hangs keeps its last counts.
 * Knows which workers were asked, not what the counts mean.
 */
const ROUND_TIMEOUT_MS = 500

export class MetricsRound<Member> {
  readonly #pending = new Set<{ readonly missing: Set<Member>; readonly done: () => void }>()

  /** @param done called once, when all have answered or left, or after the timeout. */
  take(members: Iterable<Member>, done: () => void): void {
    const missing = new Set(members)
    const timer = setTimeout(() => finish(), ROUND_TIMEOUT_MS)
    const round = { missing, done: () => finish() }
    const finish = () => {
      clearTimeout(timer)
      if (this.#pending.delete(round)) done()
    }
    this.#pending.add(round)
    if (missing.size === 0) finish()
  }

  /** One has answered, or never will. */
  heard(member: Member): void {
    for (const round of this.#pending) {
      round.missing.delete(member)
      if (round.missing.size === 0) round.done()
    }
  }
}
