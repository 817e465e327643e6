/**
 * Descriptors: the few calls of `node:fs` that open, read and close one. A raw number rather than a FileHandle, because the
 * contract's FileBody hands the number to the server. On a local file system a call takes 1 µs at once, and 20 to 40 µs
 * through the thread pool; elsewhere it may take as long as a network does, and only the pool may wait for it.
 */
import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  fstat,
  fstatSync,
  open,
  openSync,
  read,
  readSync,
  statSync,
} from 'node:fs'
import { promisify } from 'node:util'

const openFile = promisify(open)
const readFile = promisify(read)
const closeFile = promisify(close)
const fstatFile = promisify(fstat)

// O_NONBLOCK: opening a FIFO returns at once instead of holding a thread of the pool until a writer comes.
// O_NOCTTY: a terminal does not become ours. Neither exists on Windows.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/**
 * @param isExpected whether a file was there before.
 * @returns undefined if a local path does not exist: an error would cost ten times as much as the look.
 */
export async function openDescriptor(path: string, isLocal: boolean, isExpected: boolean): Promise<number | undefined> {
  if (!isLocal) return openFile(path, FLAGS)
  if (isExpected) return openSync(path, FLAGS)
  return statSync(path, { throwIfNoEntry: false }) === undefined ? undefined : openSync(path, FLAGS)
}

export async function statDescriptor(fd: number, isLocal: boolean): Promise<BigIntStats> {
  return isLocal ? fstatSync(fd, { bigint: true }) : fstatFile(fd, { bigint: true })
}

/** At most `size` bytes from `position`; fewer where the file or the disk gives fewer, none at its end. */
export async function readDescriptor(fd: number, position: number, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(size)
  const { bytesRead } = await readFile(fd, bytes, 0, size, position)
  return bytes.subarray(0, bytesRead)
}

/** As `readDescriptor`, at once: for a few blocks of a local file. In an array of its own. */
export function readLocal(fd: number, position: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  return bytes.subarray(0, readSync(fd, bytes, 0, size, position))
}

/** Never rejects: there is nothing to be done about a descriptor that was only read from. */
export async function closeDescriptor(fd: number, isLocal = false): Promise<void> {
  try {
    if (isLocal) closeSync(fd)
    else await closeFile(fd)
  } catch {}
}

/** Whether a file is the one that it was: no other can have this inode, and none of its content has changed since. */
export function isSameVersion(a: BigIntStats, b: BigIntStats | undefined): boolean {
  if (b === undefined || a.dev !== b.dev || a.ino !== b.ino || a.size !== b.size) return false
  return a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs
}

/*
 * What an error of the file system means to a client. Anything not named here is unexpected, and goes up as it is.
 */

/**
 * - `absent`: no such file can be reached; the reason is not reported (404);
 * - `denied`: the same to the client, but the operator should hear of it;
 * - `exhausted`: this process or machine is out of descriptors or memory for the moment (503);
 * - `unexpected`: everything else.
 */
export type FileFault = 'absent' | 'denied' | 'exhausted' | 'unexpected'

export function faultOf(error: unknown): FileFault {
  return FAULTS.get(errorCode(error) ?? '') ?? 'unexpected'
}

/** `'ENOENT'` and the like. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const FAULTS: ReadonlyMap<string, FileFault> = new Map([
  ['ENOENT', 'absent'],
  ['ENOTDIR', 'absent'],
  ['EISDIR', 'absent'],
  ['ENAMETOOLONG', 'absent'],
  ['ELOOP', 'absent'],
  ['EILSEQ', 'absent'],
  ['EINVAL', 'absent'],
  // A socket, and a device without a driver.
  ['ENXIO', 'absent'],
  ['ENODEV', 'absent'],
  ['EACCES', 'denied'],
  ['EPERM', 'denied'],
  ['EMFILE', 'exhausted'],
  ['ENFILE', 'exhausted'],
  ['ENOMEM', 'exhausted'],
])
