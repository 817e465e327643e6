/**
 * The table of `tsgi top`: two samples make rates, percentiles and rows. Knows numbers and columns; no terminal and no socket.
 */
import { DURATION_BOUNDS, type RequestMetrics } from '../ipc/request-metrics.ts'
import type { TopSample, TopWorker } from '../ipc/top-sample.ts'
import { escaped } from '../log/escape.ts'

/** In the order of the table; a narrow terminal loses the last of `WIDTH_ORDER` first. */
const COLUMNS = ['worker', 'number', 'state', 'requests/s', 'in flight', 'connections', 'memory', 'lag'] as const
type Column = (typeof COLUMNS)[number]
const WIDTH_ORDER: readonly Column[] = [
  'worker',
  'requests/s',
  'memory',
  'connections',
  'in flight',
  'state',
  'lag',
  'number',
]

export interface TopTable {
  /** Above the table: the server, and its requests as a whole. */
  readonly summary: readonly string[]
  readonly head: string
  readonly rows: readonly string[]
}

/** @param seconds between the samples. @param width characters of a line. */
export function topTable(
  before: TopSample,
  now: TopSample,
  seconds: number,
  width = Number.POSITIVE_INFINITY,
): TopTable {
  const cells = now.workers.map((worker) => workerCells(worker, before, seconds))
  const columns = fitting([headCells(), ...cells], width)
  const line = (row: Readonly<Record<Column, string>>) =>
    columns
      .map(({ column, size }) => row[column].padEnd(size))
      .join('  ')
      .trimEnd()
      .slice(0, width)
  return {
    summary: summaryOf(before, now, seconds).map((text) => text.slice(0, width)),
    head: line(headCells()),
    rows: cells.map(line),
  }
}

function headCells(): Record<Column, string> {
  return Object.fromEntries(COLUMNS.map((column) => [column, column])) as Record<Column, string> // one entry per column
}

function workerCells(worker: TopWorker, before: TopSample, seconds: number): Record<Column, string> {
  const earlier = before.workers.find(({ pid }) => pid === worker.pid)?.requests ?? 0
  return {
    worker: String(worker.pid ?? '-'),
    number: String(worker.number),
    state: escaped(worker.state),
    'requests/s': rate(worker.requests - earlier, seconds),
    'in flight': String(worker.busy),
    connections: String(worker.open),
    memory: `${Math.round(worker.memory / 1024 ** 2)} MiB`,
    lag: `${(worker.lag * 1000).toFixed(0)} ms`,
  }
}

interface Fitting {
  readonly column: Column
  readonly size: number
}

/** As many columns as the width has room for, the most wanted first; at least one. */
function fitting(rows: readonly Readonly<Record<Column, string>>[], width: number): readonly Fitting[] {
  const sizes = new Map(COLUMNS.map((column) => [column, Math.max(...rows.map((row) => row[column].length))]))
  const chosen = new Set<Column>()
  let room = width + 2
  for (const column of WIDTH_ORDER) {
    room -= (sizes.get(column) ?? 0) + 2
    if (room < 0 && chosen.size > 0) break
    chosen.add(column)
  }
  return COLUMNS.filter((column) => chosen.has(column)).map((column) => ({ column, size: sizes.get(column) ?? 0 }))
}

function summaryOf(before: TopSample, now: TopSample, seconds: number): readonly string[] {
  const sum = (cell: 'open' | 'busy' | 'requests', { workers }: TopSample) =>
    workers.reduce((total, worker) => total + worker[cell], 0)
  // A worker that has left takes its count from the scoreboard: what was counted for the metrics does not shrink.
  const counted = countOf(now.requests) - countOf(before.requests)
  const handled = isCounted(now) ? counted : Math.max(0, sum('requests', now) - sum('requests', before))
  return [
    escaped(`${now.target} at ${now.addresses.join(', ')}`),
    `${now.workers.length} workers, ${now.restarts} crashes, ${now.reloads} reloads, ${sum('open', now)} connections, ${sum('busy', now)} in flight`,
    `${rate(handled, seconds)} requests/s, ${isCounted(now) ? latencyText(before.requests, now.requests, seconds) : 'times and errors need --metrics'}`,
  ]
}

function latencyText(before: RequestMetrics, now: RequestMetrics, seconds: number): string {
  const counts = now.durations.map((count, index) => Math.max(0, count - (before.durations[index] ?? 0)))
  const errors = errorsOf(now) - errorsOf(before)
  return `p50 ${timeText(quantile(counts, 0.5))}, p99 ${timeText(quantile(counts, 0.99))}, ${rate(errors, seconds)} errors/s`
}

/** Whether requests are counted by status and time: with `--metrics`. */
function isCounted({ requests, workers }: TopSample): boolean {
  return countOf(requests) > 0 || workers.every((worker) => worker.requests === 0)
}

function countOf({ durations }: RequestMetrics): number {
  return durations.reduce((total, count) => total + count, 0)
}

function errorsOf({ statuses }: RequestMetrics): number {
  return Object.entries(statuses).reduce((total, [status, count]) => total + (Number(status) >= 500 ? count : 0), 0)
}

/**
 * Within its class by the share of the way, as Prometheus' `histogram_quantile` has it; in the last class its lower bound.
 * @returns seconds; `undefined` without a request.
 */
export function quantile(counts: readonly number[], share: number): number | undefined {
  const rank = counts.reduce((total, count) => total + count, 0) * share
  if (rank === 0) return undefined
  let sum = 0
  for (const [index, count] of counts.entries()) {
    const [lower, upper] = [DURATION_BOUNDS[index - 1] ?? 0, DURATION_BOUNDS[index]]
    if (sum + count >= rank) return upper === undefined ? lower : lower + (upper - lower) * ((rank - sum) / count)
    sum += count
  }
  return undefined
}

function timeText(seconds: number | undefined): string {
  if (seconds === undefined) return '-'
  return seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`
}

function rate(count: number, seconds: number): string {
  const perSecond = Math.max(0, count) / seconds
  return perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond))
}
