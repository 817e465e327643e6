/** What `leaving-application.ts` has written, by worker. */
import { readFileSync } from 'node:fs'

export type Noted = ReadonlyMap<string, ReadonlyMap<number, number>>

/** `leaving`, `started`, `closed`, `gone`: the time of each, by process id. */
export function readNotes(path: string): Noted {
  const noted = new Map<string, Map<number, number>>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [what = '', pid, time] = line.split(' ')
    if (time === undefined) continue
    const times = noted.get(what) ?? new Map<number, number>()
    noted.set(what, times.set(Number(pid), Number(time)))
  }
  return noted
}

/** How many requests go beside it: 50,000, or fewer where CI has less time. */
export const REQUESTS = Number(process.env.LONG_REQUESTS ?? 50_000)
