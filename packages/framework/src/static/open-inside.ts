/**
 * Opens a file or folder below a root, and only there: whatever the name leads to, the descriptor that comes back
 * has been checked itself, and is the one to stat and to read from.
 */
import type { BigIntStats } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { closeDescriptor, errorCode, faultOf, openDescriptor, statDescriptor } from './descriptor.ts'
import { isInside, realPathOf } from './real-path.ts'

export interface OpenEntry {
  readonly kind: 'file' | 'folder'
  /** Belongs to the caller, who closes it. */
  readonly fd: number
  /** Of this descriptor. */
  readonly stat: BigIntStats
}

/**
 * @param root a real path. @param names checked by `requestedPath`, or by the developer.
 * @param report one line for the operator, about a file that may not be read.
 * @param isHidden for a file that is not there, by its real path below the root.
 * @returns undefined if there is no regular file or folder inside the root, whatever the reason.
 * @throws the file system's error when it is about this process and not about the file.
 */
export async function openInside(
  root: string,
  names: readonly string[],
  report: (line: string) => void,
  isHidden?: (path: string) => boolean,
): Promise<OpenEntry | undefined> {
  const path = join(root, ...names)
  try {
    const fd = await openDescriptor(path)
    return await checkEntry(fd, root, path, isHidden)
  } catch (error) {
    const fault = faultOf(error)
    if (fault === 'denied') {
      report(`static: cannot read ${JSON.stringify(path)}: ${errorCode(error)}; let the user of this process read it`)
    }
    if (fault === 'absent' || fault === 'denied') return undefined
    throw error
  }
}

async function checkEntry(
  fd: number,
  root: string,
  path: string,
  isHidden: ((path: string) => boolean) | undefined,
): Promise<OpenEntry | undefined> {
  let entry: OpenEntry | undefined
  try {
    const stat = await statDescriptor(fd)
    const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : undefined
    // Containment is asked for folders and devices too: nobody outside learns what kind of thing is where.
    const real = await realPathOf(fd, path, stat)
    if (kind === undefined || real === undefined || !isInside(root, real)) return undefined
    if (kind === 'file' && isHidden?.(relative(root, real).replaceAll(sep, '/')) === true) return undefined
    entry = { kind, fd, stat }
    return entry
  } finally {
    if (entry === undefined) await closeDescriptor(fd)
  }
}
