/** Whether there is a file or a folder at a path. What may not be looked at counts as not there. */
import { type Stats, statSync } from 'node:fs'

export function isFile(path: string): boolean {
  return statsOf(path)?.isFile() ?? false
}

export function isDirectory(path: string): boolean {
  return statsOf(path)?.isDirectory() ?? false
}

/** Links are followed. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
