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

/** Counting opens a descriptor itself; on EMFILE report Infinity. */
export function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EMFILE' ? Number.POSITIVE_INFINITY : 0
  }
}

/*
 * Notices when the process runs out of descriptors, for any reason. At the limit no error is visible:
 * libuv accepts each new connection with a spare descriptor, and closes it at once (L-11).
 * Knows the number of open files; the worker reacts.
 */

/** So few that the next burst of connections would be dropped. */
const FEW = 8
/** Milliseconds between two complaints. */
const REPORT_INTERVAL_MS = 10_000
/** Counting takes at most this share of the time: there may be many to count. */
const SHARE = 1 / 200

export class FdWatch {
  readonly #limit: number
  readonly #count: () => number
  #quietUntil = 0

  /** @param limit of open files. @param count how many are open. */
  constructor(limit: number, count: () => number) {
    this.#limit = limit
    this.#count = count
  }

  /** @param clock milliseconds. @returns what is wrong, in one line, once in a while. */
  look(clock = () => performance.now()): string | undefined {
    const begun = clock()
    if (begun < this.#quietUntil || this.#limit === Number.POSITIVE_INFINITY) return undefined
    const left = Math.max(0, this.#limit - this.#count())
    this.#quietUntil = begun + (clock() - begun) / SHARE
    if (left > FEW) return undefined
    this.#quietUntil = begun + REPORT_INTERVAL_MS
    return `${left} of ${this.#limit} open files (ulimit -n) are left: new connections may be dropped`
  }
}
