/**
 * The memory of all Python processes that this process has started, however they were started: the command, a folder, or an
 * application that mounts `fromPythonWsgi()`. Small: a caller loads nothing of Python. Knows numbers only.
 */

/** Something that started processes. */
interface Starter {
  /** Resident bytes of its processes. */
  readonly memory: number
}

const starters = new Set<Starter>()

/** Counts it from now on. */
export function countMemory(starter: Starter): void {
  starters.add(starter)
}

/** It has no processes left. */
export function forgetMemory(starter: Starter): void {
  starters.delete(starter)
}

/** Resident bytes of all of them; 0 where the system does not tell. */
export function startedMemory(): number {
  let total = 0
  for (const { memory } of starters) total += memory
  return total
}
