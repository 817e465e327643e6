/**
 * Socket files: made with their mode and owner in place before anyone can connect, taken over when stale, removed only
 * by whoever made them. Knows nothing of what is served on them.
 */
import { lchownSync, lstatSync, type Stats, unlinkSync } from 'node:fs'
import net from 'node:net'
import { bindError } from '../config/bind.ts'
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
  /** Which file it was, so that another's in its place is left alone. */
  readonly inode: number | undefined
}

/** @throws ConfigError when the path is taken, or is no socket. */
export async function bindUnixSocket(path: string, owner: UnixSocketOwner): Promise<BoundUnixSocket> {
  await makeRoom(path)
  // The mode is right from the first moment: bind(2) makes the file with 0777 less the umask.
  const umask = process.umask(0o777 & ~owner.mode)
  try {
    const socket = bindSocket({ path })
    if (owner.uid !== undefined || owner.gid !== undefined) lchownSync(path, owner.uid ?? -1, owner.gid ?? -1)
    return { path, socket, inode: inodeOf(path) }
  } catch (error) {
    throw bindError({ kind: 'unix', path }, error)
  } finally {
    process.umask(umask)
  }
}

/** Closes the socket and removes its file, if it is still ours. */
export function removeUnixSocket(bound: BoundUnixSocket): void {
  // libuv unlinks the path that it bound, whoever's it is by now; ours is moved out of its way only by not being there.
  if (isStillThere(bound)) bound.socket.close()
}

/** False when somebody deleted or replaced the file: nobody can reach the socket any more. */
export function isStillThere(bound: BoundUnixSocket): boolean {
  return inodeOf(bound.path) === bound.inode
}

/** Which file is at this path, if one is. */
export function inodeOf(path: string): number | undefined {
  return fileAt(path)?.ino
}

/**
 * A file that nobody listens on is left over from a crash and goes; anything else stays and is an error.
 * @throws ConfigError
 */
export async function makeRoom(path: string): Promise<void> {
  const file = fileAt(path)
  if (file === undefined) return
  if (!file.isSocket()) {
    const kind = file.isSymbolicLink() ? 'a symbolic link' : 'no socket'
    throw new ConfigError(
      `cannot listen on unix:${path}: there is a file that is ${kind}; remove it or choose another path`,
    )
  }
  if (await answers(path)) {
    throw new ConfigError(
      `cannot listen on unix:${path}: another process listens there; stop it or choose another path`,
    )
  }
  unlinkSync(path)
}

function fileAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** True unless the kernel says that nobody listens: an error of any other kind is no licence to delete. */
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
