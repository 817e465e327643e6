/**
 * The worker's side of `--metrics`: counts, tells the master when asked, and answers scrapes with what the master says.
 * Scrapes are few and are not counted: they have connections of their own, without a place in the balance.
 */
import type { Socket } from 'node:net'
import type { Application, HeaderList } from '@tsgi/contract'
import type { AccessRecord } from '../connection/access-record.ts'
import { Connections, type ConnectionsOptions } from '../connection/connections.ts'
import type { ToMaster } from '../ipc/messages.ts'
import { DURATION_BOUNDS, EMPTY_METRICS, type RequestMetrics } from '../ipc/request-metrics.ts'

const MAX_SCRAPES = 32

export interface MetricsEndpointOptions extends Pick<ConnectionsOptions, 'limits' | 'clocks' | 'errors'> {
  readonly tell: (message: ToMaster) => void
  /** Whether the worker takes requests. */
  readonly ready: () => boolean
}

export class MetricsEndpoint {
  readonly #options: MetricsEndpointOptions
  readonly #meter = new RequestCounters()
  readonly #connections: Connections
  readonly #askers: ((text: string) => void)[] = []

  constructor(options: MetricsEndpointOptions) {
    this.#options = options
    this.#connections = new Connections({
      ...options,
      application: metricsApplication(() => this.#ask(), options.ready),
      multiprocess: true,
      most: MAX_SCRAPES,
      waiting: MAX_SCRAPES,
    })
  }

  count(record: AccessRecord): void {
    this.#meter.count(record)
  }

  /** Takes a scraper's connection. */
  take(socket: Socket): void {
    this.#connections.take(socket)
  }

  /** Tells the master what has been counted. */
  report(): void {
    this.#options.tell({ type: 'counted', measures: this.#meter.measures })
  }

  /** The response of the master, for the longest waiting scrape. */
  answered(text: string): void {
    this.#askers.shift()?.(text)
  }

  close(): void {
    this.report()
    this.#connections.destroy()
  }

  #ask(): Promise<string> {
    return new Promise((resolve) => {
      this.#askers.push(resolve)
      this.#options.tell({ type: 'metrics' })
    })
  }
}

/*
 * What is served on `--metrics`: an application of the contract like any other. A worker answers; what it says the
 * master knows, who asks all workers and adds up.
 */

const TEXT: HeaderList = [['Content-Type', 'text/plain; charset=utf-8']]
const METRICS: HeaderList = [['Content-Type', 'text/plain; version=0.0.4; charset=utf-8']]

/** @param metrics asks the master; resolves with Prometheus' text. @param ready whether this worker takes requests. */
export function metricsApplication(metrics: () => Promise<string>, ready: () => boolean): Application {
  return (environ, startResponse) => {
    if (environ.REQUEST_METHOD !== 'GET' && environ.REQUEST_METHOD !== 'HEAD') {
      startResponse('405 Method Not Allowed', [...TEXT, ['Allow', 'GET, HEAD']])
      return 'GET only\n'
    }
    switch (environ.PATH_INFO) {
      case '/metrics':
        return metrics().then((text) => {
          startResponse('200 OK', METRICS)
          return text
        })
      case '/-/health':
        startResponse('200 OK', TEXT)
        return 'healthy\n'
      case '/-/ready':
        startResponse(ready() ? '200 OK' : '503 Service Unavailable', TEXT)
        return ready() ? 'ready\n' : 'not ready\n'
      default:
        startResponse('404 Not Found', TEXT)
        return 'try /metrics, /-/health or /-/ready\n'
    }
  }
}

/* Counts the requests of this worker for `--metrics`. Knows records, not how the counts are shown. */

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
