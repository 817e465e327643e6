/**
 * The working directory as it was named, not where a link in it leads now: a deployment switches the link, and the next worker
 * is to load what is behind it then. Knows the shell's PWD, which keeps the name.
 */
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'

/** An absolute path: `PWD` where that is this directory, else what the kernel calls it. */
export function workingFolder(): string {
  const here = process.cwd()
  const named = process.env.PWD
  return named !== undefined && realpathOf(named) === here ? named : here
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** The path of a name seen from there. */
export function inWorkingFolder(name: string): string {
  return resolve(workingFolder(), name)
}
