/** A process and all it has started, as /proc tells of them: processor time and memory. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** Seconds of user and system time: of all that live, and of what they have waited for. */
export function cpuSeconds(root: number): number {
  const stats = readStats()
  return family(root, stats).reduce((sum, pid) => sum + (stats.get(pid)?.ticks ?? 0), 0) / TICKS_PER_SECOND
}

/** Octets of memory that no other process shares. */
export function privateOctets(root: number): number {
  return family(root, readStats()).reduce((sum, pid) => sum + privateOf(pid), 0)
}

/** Octets of memory, of what several processes use each its share (PSS). */
export function proportionalOctets(root: number): number {
  return family(root, readStats()).reduce((sum, pid) => sum + linesOf(pid, /^Pss:\s+(\d+) kB$/gm), 0)
}

/** USER_HZ, the same on every Linux that runs Node. */
const TICKS_PER_SECOND = 100

interface Stat {
  readonly parent: number
  readonly ticks: number
}

function family(root: number, stats: ReadonlyMap<number, Stat>): number[] {
  const children = [...stats].filter(([, { parent }]) => parent === root).map(([pid]) => pid)
  return [root, ...children.flatMap((pid) => family(pid, stats))]
}

function readStats(): Map<number, Stat> {
  const stats = new Map<number, Stat>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const text = read(`/proc/${name}/stat`)
    // proc(5): the name in parentheses may hold anything; after it state, ppid, …, utime, stime, cutime, cstime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    if (text !== '') stats.set(Number(name), { parent: Number(fields[1]), ticks })
  }
  return stats
}

function privateOf(pid: number): number {
  return linesOf(pid, /^Private_\w+:\s+(\d+) kB$/gm)
}

function linesOf(pid: number, pattern: RegExp): number {
  const lines = read(`/proc/${pid}/smaps_rollup`).matchAll(pattern)
  return [...lines].reduce((sum, [, kibibytes]) => sum + Number(kibibytes) * 1024, 0)
}

/** `''` where the process has gone in the meantime. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
