/** The answer to `tsgi status`: the workers and their rows of the scoreboard, as a table. */
import { EMPTY_ROW, type Row } from '../ipc/scoreboard.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface WorkerStatus extends Row {
  /** From 1; a worker that replaces another may get its number. */
  readonly number: number
  readonly pid: number | undefined
  readonly state: string
  /** Milliseconds. */
  readonly age: number
}

export interface MasterStatus {
  readonly target: string
  readonly addresses: readonly string[]
  /** Milliseconds since the master began. */
  readonly age: number
  readonly wanted: number
  /** Workers that ended unasked. */
  readonly restarts: number
  readonly reloads: number
  readonly workers: readonly WorkerStatus[]
}

export function workerStatus(worker: WorkerProcess, row: Row = EMPTY_ROW): WorkerStatus {
  const { pid, state, age } = worker
  return { ...row, number: numberOf(worker), pid, state, age }
}

/** Of a worker, from 1. */
export function numberOf({ slot }: Pick<WorkerProcess, 'slot'>): number {
  return slot + 1
}

export function statusText(status: MasterStatus): string {
  const rows = status.workers.map((worker) => [
    String(worker.pid),
    worker.state,
    duration(worker.age),
    String(worker.open),
    String(worker.busy),
    String(worker.requests),
    `${Math.round(worker.memory / 1024 ** 2)} MiB`,
    String(worker.number),
  ])
  return [
    `${status.target} at ${status.addresses.join(', ')}`,
    `master ${process.pid}, up ${duration(status.age)}, ${status.wanted} workers wanted, ${status.restarts} crashes, ${status.reloads} reloads`,
    ...table([['worker', 'state', 'up', 'connections', 'in flight', 'requests', 'memory', 'number'], ...rows]),
  ].join('\n')
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
