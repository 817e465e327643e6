/**
 * What a process uses, as Linux tells it in /proc: memory, and its share of a processor. Knows process ids only. Where
 * the system does not tell, a process uses nothing.
 */
import { readFileSync } from 'node:fs'

/** @returns resident memory in bytes. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readProcess(pid, 'status'))?.[1]
  return kibibytes === undefined ? 0 : 1024 * Number(kibibytes)
}

/** Linux counts processor time in these, whatever the machine (proc(5), clock ticks). */
const TICK_MS = 10

/** User and system time of all threads. */
function processorTime(pid: number): number | undefined {
  const text = readProcess(pid, 'stat')
  // The name of the program is in parentheses, and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return Number.isNaN(ticks) ? undefined : ticks * TICK_MS
}

function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

/** The share of one processor that a process used between two looks. */
export class ProcessorShare {
  readonly #pid: number
  #usedMs: number | undefined
  #lookedAt = 0

  constructor(pid: number) {
    this.#pid = pid
  }

  /** @returns the share since the last look, 1 for a whole processor; `undefined` where it is not known. */
  look(now: number): number | undefined {
    const before = this.#usedMs
    const elapsed = now - this.#lookedAt
    this.#usedMs = processorTime(this.#pid)
    this.#lookedAt = now
    if (before === undefined || this.#usedMs === undefined) return undefined
    return (this.#usedMs - before) / elapsed
  }
}
