/**
 * Opens a log file for appending, and never waits for it: a FIFO without a reader must not stop a process. As root it
 * follows a symbolic link only if only root can have made it. Knows files, no lines.
 */
import { closeSync, constants, fchownSync, fstatSync, lstatSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Who the workers run as: such files are given to it. */
export interface LogOwner {
  readonly uid: number | undefined
  readonly gid: number | undefined
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants
const LOG_MODE = 0o640

/** @returns a descriptor. @throws Error with the reason and the way out in one line. */
export function openLog(path: string): number {
  try {
    const follow = mayFollow(path) ? 0 : O_NOFOLLOW
    // Opened for reading too, a FIFO needs no reader now, and survives that its reader goes and comes.
    const access = isFifo(path) ? O_RDWR : O_WRONLY
    return openSync(path, access | O_APPEND | O_CREAT | O_NONBLOCK | follow, LOG_MODE)
  } catch (error) {
    throw explained(path, error)
  }
}

/** Creates the file if it is not there, and gives it to the workers. @throws Error as `openLog` does. */
export function prepareLog(path: string, { uid, gid }: LogOwner): void {
  // To open a FIFO for writing and close it again would end its reader.
  const fifo = isFifo(path)
  const fd = fifo ? openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW) : openLog(path)
  try {
    if (uid !== undefined || gid !== undefined) give(fd, path, uid ?? -1, gid ?? -1)
  } finally {
    closeSync(fd)
  }
}

/**
 * Gives a file away, but never what a link leads to: who may write to the folder could have root give a file of the
 * system away (as with nginx, CVE-2016-1247). Never a device: other programs use it too.
 */
function give(fd: number, path: string, uid: number, gid: number): void {
  const opened = fstatSync(fd)
  const named = lstatSync(path)
  const isItself = opened.ino === named.ino && opened.dev === named.dev && opened.nlink === 1
  if (opened.isFIFO() || (opened.isFile() && isItself)) fchownSync(fd, uid, gid)
}

/** Root must not append to a file of the system because a user turned its own log into a link to it. */
function mayFollow(path: string): boolean {
  if (process.getuid?.() !== 0) return true
  const folder = statSync(dirname(path), { throwIfNoEntry: false })
  return folder !== undefined && folder.uid === 0 && (folder.mode & 0o022) === 0
}

function isFifo(path: string): boolean {
  return statsOf(path)?.isFIFO() === true
}

function statsOf(path: string): ReturnType<typeof lstatSync> {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function explained(path: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const reasons: Readonly<Record<string, string>> = {
    ELOOP: 'it is a symbolic link in a folder that users other than root can write to; name the file itself',
    ENXIO: path.startsWith('/dev/') ? 'it leads to a socket, which cannot be opened; use -' : 'it cannot be opened',
    EISDIR: 'it is a folder',
  }
  const reason = typeof code === 'string' ? reasons[code] : undefined
  if (reason === undefined) return error instanceof Error ? error : new Error(String(error))
  return new Error(`${reason} (${code})`, { cause: error })
}
