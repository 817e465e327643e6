/**
 * Socket files: created with their mode and owner in place before any client can connect, taken over when stale,
 * removed only by the process that created them. Knows nothing of what is served on them.
 */
import { lchownSync, lstatSync, type Stats, unlinkSync } from 'node:fs'
import net from 'node:net'
import { bindError, codeOf } from '../config/bind.ts'
import { ConfigError } from '../config/config-error.ts'
import { type BoundSocket, bindSocket } from './bound-socket.ts'

export interface UnixSocketOwner {
  /** Permission bits. */
  readonly mode: number
  /** Left as they are where undefined. */
  readonly uid: number | undefined
  readonly gid: number | undefined
}

export interface BoundUnixSocket {
  readonly path: string
  readonly socket: BoundSocket
  /** Which file it was, so that another process's file in its place is left alone. */
  readonly file: FileId | undefined
}

/** Device and inode of a file. */
export type FileId = string

/** What a path leads to: our file, not our file, or unknown because the system does not let us look. */
export type Reach = 'ours' | 'lost' | 'unknown'

/** @throws ConfigError when the path is taken, or is no socket, or leads nowhere. */
export async function bindUnixSocket(path: string, owner: UnixSocketOwner): Promise<BoundUnixSocket> {
  await makeRoom(path)
  // bind(2) creates the file with 0777 less the umask: the mode is right from the first moment.
  const umask = process.umask(0o777 & ~owner.mode)
  try {
    const socket = bindSocket({ path })
    if (owner.uid !== undefined || owner.gid !== undefined) lchownSync(path, owner.uid ?? -1, owner.gid ?? -1)
    return { path, socket, file: fileIdOf(path) }
  } catch (error) {
    throw bindError({ kind: 'unix', path }, error)
  } finally {
    process.umask(umask)
  }
}

/** Closes the socket and removes its file, unless another file took its place. */
export function removeUnixSocket(bound: BoundUnixSocket): void {
  // Closing makes libuv unlink the path, whatever file is there by now. A folder that we cannot search it cannot
  // unlink in either, so there the socket may be closed.
  if (reachOf(bound.path, bound.file) !== 'lost') bound.socket.close()
}

/** Where the path of a bound socket leads. Never throws. */
export function reachOf(path: string, file: FileId | undefined): Reach {
  const { stats, isUnknown } = lookAt(path)
  if (isUnknown) return 'unknown'
  return stats !== undefined && idOf(stats) === file ? 'ours' : 'lost'
}

/** Which file is at this path, if there is one and it can be looked at. */
export function fileIdOf(path: string): FileId | undefined {
  const { stats } = lookAt(path)
  return stats === undefined ? undefined : idOf(stats)
}

/**
 * Removes a socket file that no process listens on: it is left over from a crash. Anything else stays and is an error.
 * @throws ConfigError
 */
export async function makeRoom(path: string): Promise<void> {
  const { stats, error } = lookAt(path)
  if (error !== undefined) throw bindError({ kind: 'unix', path }, error)
  if (stats === undefined) return
  if (!stats.isSocket()) {
    const kind = stats.isSymbolicLink() ? 'a symbolic link' : 'no socket'
    throw new ConfigError(
      `cannot listen on unix:${path}: there is a file that is ${kind}; remove it or choose another path`,
    )
  }
  if (await answers(path)) {
    throw new ConfigError(
      `cannot listen on unix:${path}: another process listens there; stop it or choose another path`,
    )
  }
  try {
    unlinkSync(path)
  } catch (failure) {
    throw bindError({ kind: 'unix', path }, failure)
  }
}

interface Look {
  readonly stats: Stats | undefined
  /** Why there is no file to look at, where it is more than that it does not exist. */
  readonly error: unknown
  /** Whether there may be a file all the same. */
  readonly isUnknown: boolean
}

/** The file system may answer anything: a folder was replaced by a file, became a loop, or is closed to us. */
function lookAt(path: string): Look {
  try {
    return { stats: lstatSync(path, { throwIfNoEntry: false }), error: undefined, isUnknown: false }
  } catch (error) {
    return { stats: undefined, error, isUnknown: !LEADS_NOWHERE.has(codeOf(error)) }
  }
}

/** Codes of a path that no client can follow. */
const LEADS_NOWHERE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

function idOf({ dev, ino }: Stats): FileId {
  return `${dev}:${ino}`
}

/** False only if the kernel says that no process listens: an error of any other kind is no licence to delete. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    )
  })
}
