/**
 * The worker's side of `--metrics`: counts, tells the master when asked, and answers scrapes with what the master says.
 * Scrapes are few and are not counted: they have connections of their own, without a place in the balance.
 */
import type { Socket } from 'node:net'
import type { Application, HeaderList } from '@tsgi/contract'
import type { AccessRecord } from '../connection/access-record.ts'
import { Connections, type ConnectionsOptions } from '../connection/connections.ts'
import type { ToMaster } from '../ipc/messages.ts'
import { openMetrics, wantsOpenMetrics } from './open-metrics.ts'
import { RequestCounters, type RequestGauges } from './request-counters.ts'

const MAX_SCRAPES = 32

export interface MetricsEndpointOptions extends Pick<ConnectionsOptions, 'limits' | 'clocks' | 'errors'> {
  readonly tell: (message: ToMaster) => void
  /** Whether the worker takes requests. */
  readonly ready: () => boolean
  /** What is now, to be reported with what has been counted. */
  readonly gauges: () => RequestGauges
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
    this.#options.tell({ type: 'counted', measures: { ...this.#meter.measures, ...this.#options.gauges() } })
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
const VARY = ['Vary', 'Accept'] as const
const METRICS: HeaderList = [['Content-Type', 'text/plain; version=0.0.4; charset=utf-8'], VARY]
const OPEN_METRICS: HeaderList = [['Content-Type', 'application/openmetrics-text; version=1.0.0; charset=utf-8'], VARY]

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
          const isOpen = wantsOpenMetrics(environ.HTTP_ACCEPT)
          startResponse('200 OK', isOpen ? OPEN_METRICS : METRICS)
          return isOpen ? openMetrics(text) : text
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
