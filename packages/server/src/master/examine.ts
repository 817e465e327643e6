/**
 * Gives the order of an operator (`tsgi inspect|profile|heap`) to one worker, with the operator's connection: what the worker
 * sends goes to the operator and not through the master. Knows which worker is meant, and nothing of what it does.
 */
import type { ControlRequest } from '../ipc/control-protocol.ts'
import type { HandedConnection } from '../ipc/handle-passing.ts'
import { numberOf } from './status.ts'
import type { WorkerProcess } from './worker-process.ts'

type Named = Pick<WorkerProcess, 'pid' | 'slot'>
export type ExaminedWorker = Pick<WorkerProcess, 'pid' | 'slot' | 'state' | 'examine'>

/** @returns why it cannot be done, if so; else the worker replies. */
export function examine(
  workers: ReadonlySet<ExaminedWorker>,
  { worker: name, examination }: Extract<ControlRequest, { order: 'examine' }>,
  caller: { handOver(): HandedConnection | undefined },
): string | undefined {
  const worker = findWorker(workers, name)
  if (worker === undefined) return `there is no worker ${name}; there are: ${namesOf(workers)}`
  if (worker.state === 'booting') return `worker ${worker.pid} still loads the application`
  const connection = caller.handOver()
  if (connection !== undefined) worker.examine(examination, connection)
  return undefined
}

/** @param name a process id, or a number; the id counts where both fit. */
function findWorker<Worker extends Named>(workers: Iterable<Worker>, name: number): Worker | undefined {
  const all = [...workers]
  return all.find(({ pid }) => pid === name) ?? all.find((worker) => numberOf(worker) === name)
}

/** `1 (pid 4711), 2 (pid 4712)`. */
function namesOf(workers: Iterable<Named>): string {
  return [...workers].map((worker) => `${numberOf(worker)} (pid ${worker.pid})`).join(', ') || 'none'
}
