/** The processor time of a process and all its descendants, from /proc. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

interface Stat {
  readonly parent: number
  readonly ticks: number
}

/** Seconds of user and system time: of all that live, and of what they have waited for. */
export function cpuSeconds(root: number): number {
  const stats = readStats()
  let ticks = 0
  const wanted = new Set([root])
  // A child has been forked later, but numbers wrap around: go on until nobody is added.
  for (let before = 0; before !== wanted.size; ) {
    before = wanted.size
    for (const [pid, { parent }] of stats) if (wanted.has(parent)) wanted.add(pid)
  }
  for (const pid of wanted) ticks += stats.get(pid)?.ticks ?? 0
  return ticks / TICKS_PER_SECOND
}

/** USER_HZ, the same on every Linux that runs Node. */
const TICKS_PER_SECOND = 100

function readStats(): Map<number, Stat> {
  const stats = new Map<number, Stat>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1')
      // proc(5): the name in parentheses may hold anything; after it state, ppid, …, utime, stime, cutime, cstime.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
      stats.set(Number(name), { parent: Number(fields[1]), ticks })
    } catch {
      // It has gone in the meantime.
    }
  }
  return stats
}
