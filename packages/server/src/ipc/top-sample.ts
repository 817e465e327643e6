/** What `tsgi top` gets each time: counts that only grow, and what is now. Rates are the reader's. Knows the shape, no source. */
import { EMPTY_METRICS, type RequestMetrics } from './request-metrics.ts'
import type { Row } from './scoreboard.ts'

export interface TopWorker extends Row {
  readonly number: number
  readonly pid?: number | undefined
  readonly state: string
  /** Milliseconds. */
  readonly age: number
}

export interface TopSample {
  readonly target: string
  readonly addresses: readonly string[]
  /** Milliseconds since the master began. */
  readonly age: number
  readonly restarts: number
  readonly reloads: number
  readonly workers: readonly TopWorker[]
  /** Of all workers, those that have left too; empty where `--metrics` is off. */
  readonly requests: RequestMetrics
}

/** `undefined` for a text that is no sample: of a server of another version. */
export function readTopSample(text: string): TopSample | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('workers' in value) || !Array.isArray(value.workers))
      return undefined
    const { requests = EMPTY_METRICS, ...sample } = value as Partial<TopSample> // a master made it: its socket was checked
    return { target: '', addresses: [], age: 0, restarts: 0, reloads: 0, workers: [], ...sample, requests }
  } catch {
    return undefined
  }
}
