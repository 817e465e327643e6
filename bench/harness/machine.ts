/** What it was measured on, in a line. No names of hosts, no paths. */
import { cpus, release, totalmem } from 'node:os'
import { wrkVersion } from './load.ts'

export function machine(): string {
  const [cpu] = cpus()
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  const parts = [
    `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GiB`,
    `Linux ${release().replace(/^(\d+\.\d+).*/, '$1')}`,
    `Node ${process.versions.node}`,
    `wrk ${wrkVersion() ?? 'missing'}`,
  ]
  return `${parts.join('; ')}.`
}
