/**
 * Adds up what the workers count and writes it as Prometheus' text (exposition format 0.0.4). Workers that have left
 * keep their share, so that no counter ever falls. Knows numbers only.
 */
import {
  addMetrics,
  DURATION_BOUNDS,
  EMPTY_METRICS,
  type RequestMetrics,
  settledMetrics,
  type TimeMetrics,
} from '../ipc/request-metrics.ts'
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
    this.#departed = addMetrics(this.#departed, settledMetrics(this.#latest.get(worker) ?? EMPTY_METRICS))
    this.#latest.delete(worker)
  }

  get total(): RequestMetrics {
    return [...this.#latest.values()].reduce(addMetrics, this.#departed)
  }

  text(status: MasterStatus): string {
    const { total } = this
    return [...requestLines(total), ...routeLines(total), ...waitingLines(total), ...processLines(status), ''].join(
      '\n',
    )
  }
}

function requestLines(total: RequestMetrics): string[] {
  const statuses = Object.entries(total.statuses).map(
    ([status, count]) => `tsgi_requests_total{status="${statusLabel(status)}"} ${count}`,
  )
  return [
    ...header('tsgi_requests_total', 'counter', 'Requests by the status of their answer.'),
    ...statuses,
    ...header(
      'tsgi_request_duration_seconds',
      'histogram',
      'From the first byte of a request to the last of its answer.',
    ),
    ...histogram('tsgi_request_duration_seconds', total),
    ...header('tsgi_response_body_bytes_total', 'counter', 'Bytes of response bodies.'),
    `tsgi_response_body_bytes_total ${total.bytes}`,
  ]
}

/** Of the requests that have a route. Labels come from an application: any text. */
function routeLines({ routes }: RequestMetrics): string[] {
  const entries = Object.entries(routes).map(([key, metrics]) => {
    const at = key.indexOf(' ')
    return { labels: `method="${label(key.slice(0, at))}",route="${label(key.slice(at + 1))}"`, metrics }
  })
  if (entries.length === 0) return []
  const counts = entries.flatMap(({ labels, metrics }) =>
    Object.entries(metrics.statuses).map(
      ([status, count]) => `tsgi_route_requests_total{${labels},status="${statusLabel(status)}"} ${count}`,
    ),
  )
  const times = entries.flatMap(({ labels, metrics }) => histogram('tsgi_route_duration_seconds', metrics, labels))
  return [
    ...header('tsgi_route_requests_total', 'counter', 'Requests by method, route and status.'),
    ...counts,
    ...header('tsgi_route_duration_seconds', 'histogram', 'Time of requests by method and route.'),
    ...times,
  ]
}

/** What waits, and where it came from; each only where there is any. */
function waitingLines({ queue, connections, python }: RequestMetrics): string[] {
  const kinds = Object.entries(connections)
  const lines: string[] = []
  if (queue.durations.some((count) => count > 0)) {
    lines.push(
      ...header('tsgi_queue_time_seconds', 'histogram', 'How long requests waited before they came (X-Request-Start).'),
    )
    lines.push(...histogram('tsgi_queue_time_seconds', queue))
  }
  if (kinds.length > 0) {
    lines.push(...header('tsgi_protocol_connections', 'gauge', 'Open connections by protocol.'))
    lines.push(...kinds.map(([name, count]) => `tsgi_protocol_connections{protocol="${label(name)}"} ${count}`))
  }
  if (python.waited > 0 || python.waiting > 0) {
    lines.push(...header('tsgi_python_requests_waiting', 'gauge', 'Requests that wait for a Python thread.'))
    lines.push(`tsgi_python_requests_waiting ${python.waiting}`)
    lines.push(...header('tsgi_python_wait_seconds', 'summary', 'How long requests waited for a Python thread.'))
    lines.push(`tsgi_python_wait_seconds_sum ${python.waitSum}`, `tsgi_python_wait_seconds_count ${python.waited}`)
  }
  return lines
}

/** @param labels of the series, without braces. */
function histogram(name: string, { durations, durationSum }: TimeMetrics, labels = ''): string[] {
  let sum = 0
  const before = labels === '' ? '' : `${labels},`
  const braces = labels === '' ? '' : `{${labels}}`
  return [
    ...durations.map((count, index) => {
      sum += count
      return `${name}_bucket{${before}le="${DURATION_BOUNDS[index] ?? '+Inf'}"} ${sum}`
    }),
    `${name}_sum${braces} ${durationSum}`,
    `${name}_count${braces} ${sum}`,
  ]
}

function statusLabel(status: string): string {
  return status === '0' ? 'none' : status
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

/** The text of a label (exposition format 0.0.4), without characters that a terminal obeys. */
function label(text: string): string {
  return text.replace(/["\\\n]/g, (character) => ESCAPES[character] ?? '').replace(/[\p{Cc}\p{Cs}]/gu, '?')
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

function header(name: string, type: 'counter' | 'gauge' | 'histogram' | 'summary', help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}
