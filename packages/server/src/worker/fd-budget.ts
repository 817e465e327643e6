/**
 * How many connections the limit on open files allows, so that accepting never meets EMFILE by our own doing (L-11).
 * Knows numbers of the process only.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Descriptors that the application, logs and module loading may need beside connections. */
const RESERVE = 24

export interface FdBudget {
  /** Connections served at a time. */
  readonly most: number
  /** Connections that may be held beyond that, unread, until there is room. */
  readonly waiting: number
  /** What the operator should know, if the limit is too low for what was asked for. */
  readonly warning: string | undefined
}

/** @param wanted connections, as configured. @param queue how many may wait beyond them. */
export function fdBudget(wanted: number, queue: number, limit = openFilesLimit(), open = openFiles()): FdBudget {
  const available = Math.max(2, limit - open - RESERVE)
  const most = Math.max(1, Math.min(wanted, Math.floor(available * 0.75)))
  const waiting = Math.min(queue, available - most)
  const warning =
    most < wanted ? `${limit} open files are allowed (ulimit -n): ${most} connections instead of ${wanted}` : undefined
  return { most, waiting, warning }
}

/** Where the system does not tell, it is not limited here. */
export function openFilesLimit(): number {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** To count them takes one more: where there is none, they are without number. */
export function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EMFILE' ? Number.POSITIVE_INFINITY : 0
  }
}
