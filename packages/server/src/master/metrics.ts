/**
 * Adds up what the workers count and writes it as Prometheus' text (exposition format 0.0.4). Workers that have left
 * keep their share, so that no counter ever falls. Knows numbers only.
 */
import { addMetrics, DURATION_BOUNDS, EMPTY_METRICS, type RequestMetrics } from '../ipc/request-metrics.ts'
import type { MasterStatus } from './status.ts'

export class Metrics {
  #departed: RequestMetrics = EMPTY_METRICS
  readonly #latest = new Map<object, RequestMetrics>()

  /** @param worker the worker that counted, as an identity. */
  heard(worker: object, measures: RequestMetrics): void {
    this.#latest.set(worker, measures)
  }

  /** What it counted last stays counted. */
  left(worker: object): void {
    this.#departed = addMetrics(this.#departed, this.#latest.get(worker) ?? EMPTY_METRICS)
    this.#latest.delete(worker)
  }

  get total(): RequestMetrics {
    return [...this.#latest.values()].reduce(addMetrics, this.#departed)
  }

  text(status: MasterStatus): string {
    return [...requestLines(this.total), ...processLines(status), ''].join('\n')
  }
}

function requestLines(total: RequestMetrics): string[] {
  let sum = 0
  const buckets = total.durations.map((count, index) => {
    sum += count
    return `tsgi_request_duration_seconds_bucket{le="${DURATION_BOUNDS[index] ?? '+Inf'}"} ${sum}`
  })
  const statuses = Object.entries(total.statuses).map(
    ([status, count]) => `tsgi_requests_total{status="${status === '0' ? 'none' : status}"} ${count}`,
  )
  return [
    ...header('tsgi_requests_total', 'counter', 'Requests by the status of their answer.'),
    ...statuses,
    ...header(
      'tsgi_request_duration_seconds',
      'histogram',
      'From the first byte of a request to the last of its answer.',
    ),
    ...buckets,
    `tsgi_request_duration_seconds_sum ${total.durationSum}`,
    `tsgi_request_duration_seconds_count ${sum}`,
    ...header('tsgi_response_body_bytes_total', 'counter', 'Bytes of response bodies.'),
    `tsgi_response_body_bytes_total ${total.bytes}`,
  ]
}

function processLines({ workers, wanted, restarts, reloads, age }: MasterStatus): string[] {
  const sum = (cell: 'open' | 'busy') => workers.reduce((total, worker) => total + worker[cell], 0)
  const perWorker = (name: string, value: (worker: (typeof workers)[number]) => number) =>
    workers.map((worker) => `${name}{pid="${worker.pid}"} ${value(worker)}`)
  return [
    ...header('tsgi_requests_in_flight', 'gauge', 'Requests that are being answered.'),
    `tsgi_requests_in_flight ${sum('busy')}`,
    ...header('tsgi_connections', 'gauge', 'Open connections.'),
    `tsgi_connections ${sum('open')}`,
    ...header('tsgi_workers', 'gauge', 'Workers that live.'),
    `tsgi_workers ${workers.length}`,
    ...header('tsgi_workers_wanted', 'gauge', 'Workers that should live.'),
    `tsgi_workers_wanted ${wanted}`,
    ...header('tsgi_worker_crashes_total', 'counter', 'Workers that ended unasked.'),
    `tsgi_worker_crashes_total ${restarts}`,
    ...header('tsgi_reloads_total', 'counter', 'Reloads that were completed.'),
    `tsgi_reloads_total ${reloads}`,
    ...header('tsgi_worker_memory_bytes', 'gauge', 'Resident memory.'),
    ...perWorker('tsgi_worker_memory_bytes', (worker) => worker.memory),
    ...header('tsgi_worker_event_loop_lag_seconds', 'gauge', 'How late the last beat of the event loop was.'),
    ...perWorker('tsgi_worker_event_loop_lag_seconds', (worker) => worker.lag),
    ...header('tsgi_uptime_seconds', 'gauge', 'Since the master began.'),
    `tsgi_uptime_seconds ${Math.floor(age / 1000)}`,
  ]
}

function header(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}
