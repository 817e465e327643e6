/**
 * The memory, and the queues, of all Python processes that this process has started, however they were started: the command, a folder, or an
 * application that mounts `fromPythonWsgi()`. Small: a caller loads nothing of Python. Knows numbers only.
 */

/** Something that started processes. */
interface Starter {
  /** Resident bytes of its processes. */
  readonly memory: number
  readonly queue: PythonQueue
}

/** Of requests for Python. */
export interface PythonQueue {
  /** Those that wait for a thread. */
  readonly waiting: number
  /** Those that have waited, and their seconds. */
  readonly waited: number
  readonly waitSum: number
}

/** Of processes that are gone: counts only grow. */
let past: PythonQueue = { waiting: 0, waited: 0, waitSum: 0 }

const starters = new Set<Starter>()

/** Counts it from now on. */
export function countMemory(starter: Starter): void {
  starters.add(starter)
}

/** It has no processes left. */
export function forgetMemory(starter: Starter): void {
  if (starters.delete(starter)) past = { ...sumOf(past, starter.queue), waiting: 0 }
}

/** Resident bytes of all of them; 0 where the system does not tell. */
export function startedMemory(): number {
  let total = 0
  for (const { memory } of starters) total += memory
  return total
}

/** The queues of all of them. */
export function startedQueue(): PythonQueue {
  let total = past
  for (const { queue } of starters) total = sumOf(total, queue)
  return total
}

function sumOf(one: PythonQueue, other: PythonQueue): PythonQueue {
  return {
    waiting: one.waiting + other.waiting,
    waited: one.waited + other.waited,
    waitSum: one.waitSum + other.waitSum,
  }
}
