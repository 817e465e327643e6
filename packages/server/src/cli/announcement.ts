/** What is printed when the server listens: what it serves, where, and on a terminal how to end it. Knows words only. */
import type { Config } from '../config/options.ts'

export interface Served {
  /** What the application was taken for. */
  readonly description: string
  readonly addresses: readonly string[]
  /** Where `--metrics` is served. */
  readonly monitor: string | undefined
}

/** @param isTerminal whether a person reads it. */
export function announcement(
  { workers }: Pick<Config, 'workers'>,
  { description, addresses, monitor }: Served,
  isTerminal = process.stdout.isTTY === true,
): string {
  const count = `${workers} ${workers === 1 ? 'worker' : 'workers'}`
  const lines = [description, ...addresses.map((address) => `Listening at ${address} (${count})`)]
  if (monitor !== undefined) lines.push(`Metrics at ${monitor}/metrics`)
  if (isTerminal) lines.push('Press Ctrl-C to stop')
  return `${lines.join('\n')}\n`
}
