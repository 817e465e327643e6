/**
 * The worker's side of `--metrics`: counts, tells the master when asked, and answers scrapes with what the master says.
 * Scrapes are few and are not counted: they have connections of their own, without a place in the balance.
 */
import type { Socket } from 'node:net'
import type { AccessRecord } from '../connection/access-record.ts'
import { Connections, type ConnectionsOptions } from '../connection/connections.ts'
import type { ToMaster } from '../ipc/messages.ts'
import { metricsApplication } from './metrics-application.ts'
import { RequestCounters } from './request-counters.ts'

const MOST_SCRAPES = 32

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
      most: MOST_SCRAPES,
      waiting: MOST_SCRAPES,
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

  /** The master's answer, for whoever has waited longest. */
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
