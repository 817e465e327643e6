/**
 * Where an open file really is, with every symbolic link resolved: asked of the descriptor, not of the name, so that
 * nothing can be exchanged between the check and the reading.
 */
import { type BigIntStats, readlinkSync, realpath, stat } from 'node:fs'
import { sep } from 'node:path'
import { promisify } from 'node:util'

const realpathNative = promisify(realpath.native)
const statPath = promisify(stat)

/** @param path the name it was opened by. @returns undefined if that is not certain. */
export async function realPathOf(fd: number, path: string, opened: BigIntStats): Promise<string | undefined> {
  return realPathByProc(fd) ?? (await realPathByInode(path, opened))
}

/** The kernel's own word, on Linux. Synchronous, because /proc is memory: it costs a tenth of a trip to the thread pool. */
export function realPathByProc(fd: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}

/** Elsewhere: resolve the name, then see that what is there is the very file that was opened. */
export async function realPathByInode(path: string, opened: BigIntStats): Promise<string | undefined> {
  const real = await realpathNative(path)
  const there = await statPath(real, { bigint: true })
  return there.dev === opened.dev && there.ino === opened.ino ? real : undefined
}

/** True for the folder itself and everything below; a sibling whose name only begins alike is outside. Both real. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
