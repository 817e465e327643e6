/**
 * Opens a file or folder below a root, and only there unless links may lead out: whatever the name leads to, the
 * descriptor that comes back has been checked itself, and is the one to stat and to read from.
 */
import type { BigIntStats } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { closeDescriptor, errorCode, faultOf, isSameVersion, openDescriptor, statDescriptor } from './descriptor.ts'
import { isInside, realPathOf } from './real-path.ts'
import type { RootFolder } from './root-folder.ts'

export interface OpenEntry {
  readonly kind: 'file' | 'folder'
  /** Belongs to the caller, who closes it. */
  readonly fd: number
  /** Of this descriptor. */
  readonly stat: BigIntStats
  /** As of its root. */
  readonly isLocal: boolean
}

type Root = Pick<RootFolder, 'path' | 'isHidden' | 'followsLinks'> & Partial<Pick<RootFolder, 'isLocal'>>

/**
 * @param root its path is real. @param names checked by `requestedPath`, or by the developer.
 * @param report one line for the operator, about a file that may not be read or sent.
 * @param known the stat of the file that was found right at this path before: the same file is not checked again.
 * @returns undefined if there is no regular file or folder inside the root, for any reason.
 * @throws the file system's error when it is about this process and not about the file.
 */
export async function openInside(
  root: Root,
  names: readonly string[],
  report: (line: string) => void,
  known?: BigIntStats,
): Promise<OpenEntry | undefined> {
  const path = join(root.path, ...names)
  try {
    const fd = await openDescriptor(path, root.isLocal === true, known !== undefined)
    return fd === undefined ? undefined : await checkEntry(fd, root, path, report, known)
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
  root: Root,
  path: string,
  report: (line: string) => void,
  known: BigIntStats | undefined,
): Promise<OpenEntry | undefined> {
  const { isLocal = false } = root
  let entry: OpenEntry | undefined
  try {
    const stat = await statDescriptor(fd, isLocal)
    if (known !== undefined && isSameVersion(known, stat)) {
      entry = { kind: 'file', fd, stat, isLocal }
      return entry
    }
    const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : undefined
    // Containment is checked for folders and devices too: no client learns what kind of thing is where.
    const real = await realPathOf(fd, path, stat)
    if (real === undefined) return undefined
    const isOutside = !isInside(root.path, real)
    if (isOutside && root.followsLinks !== true) {
      report(
        `static: ${JSON.stringify(path)} is a link out of its folder, to ${JSON.stringify(real)}; it is not sent. ${WAY_OUT}`,
      )
      return undefined
    }
    if (kind === undefined || (kind === 'file' && isHidden(root, isOutside ? [path, real] : [real]))) return undefined
    entry = { kind, fd, stat, isLocal }
    return entry
  } finally {
    if (entry === undefined) await closeDescriptor(fd, isLocal)
  }
}

const WAY_OUT = "Say links: 'anywhere' to send what links lead to"

/** Of a link that leads out both paths are checked: where it is, and where it leads. */
function isHidden({ path: root, isHidden }: Pick<RootFolder, 'path' | 'isHidden'>, paths: readonly string[]): boolean {
  return isHidden !== undefined && paths.some((path) => isHidden(relative(root, path).replaceAll(sep, '/')))
}
