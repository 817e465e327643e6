/**
 * Files below a root, ready to be sent: from memory when the disk says that they have not changed, else opened.
 * One per application. Knows no HTTP.
 */
import { type BigIntStats, stat, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Body } from '@tsgi/contract'
import type { Span } from './byte-range.ts'
import { closeDescriptor, isSameVersion, readDescriptor, readLocal, statDescriptor } from './descriptor.ts'
import { OpenFileBody } from './file-body.ts'
import { type KeptFile, type KnownFile, MemoryCache } from './memory-cache.ts'
import { type OpenEntry, openInside } from './open-inside.ts'
import type { RootFolder } from './root-folder.ts'

/** Belongs to who asked for it: one of `bodyOf` and `discard` has to be called, once. */
export type StoredFile = KeptFile | Pick<OpenEntry, 'stat' | 'fd' | 'isLocal'>

/** The bytes of a file as a body, which then owns the descriptor. A short span of a local file is read at once. */
export function bodyOf(file: StoredFile, { start, length }: Span): Body {
  if (!('fd' in file)) return file.bytes.subarray(start, start + length)
  if (file.isLocal && length <= MAX_KEPT_BYTES) {
    const bytes = readLocal(file.fd, start, length)
    if (bytes.byteLength === length) {
      void discard(file)
      return bytes
    }
  }
  return new OpenFileBody(file.fd, start, length)
}

export async function discard(file: StoredFile): Promise<void> {
  if ('fd' in file) await closeDescriptor(file.fd, file.isLocal)
}

export class FileStore {
  readonly #memory: MemoryCache
  readonly #maxKept: number

  /** @param memory bytes for small files; 0 for none. */
  constructor(memory: number) {
    this.#memory = new MemoryCache(memory)
    this.#maxKept = memory === 0 ? -1 : MAX_KEPT_BYTES
  }

  /** The file, if it is in memory and the disk says at once that it has not changed. */
  atHand(root: RootFolder, names: readonly string[]): KeptFile | undefined {
    if (!root.isLocal) return undefined
    const path = join(root.path, ...names)
    const known = this.#memory.get(path)
    return known !== undefined && isKept(known) && isSameVersion(known.stat, statNow(path)) ? known : undefined
  }

  /** As `atHand`, also for a file that is too large for the memory. */
  knownAtHand(root: RootFolder, names: readonly string[]): KnownFile | undefined {
    if (!root.isLocal) return undefined
    const path = join(root.path, ...names)
    const known = this.#memory.get(path)
    return known !== undefined && isSameVersion(known.stat, statNow(path)) ? known : undefined
  }

  /** @param report one line for the operator. @throws what `openInside` throws. */
  async open(
    root: RootFolder,
    names: readonly string[],
    report: (line: string) => void,
  ): Promise<StoredFile | 'folder' | undefined> {
    const path = join(root.path, ...names)
    const known = this.#memory.get(path)
    if (known !== undefined && isKept(known) && isSameVersion(known.stat, await statPath(path, root.isLocal)))
      return known
    this.#memory.delete(path)
    const entry = await openInside(root, names, report, known?.stat)
    if (entry?.kind !== 'folder') return entry && this.#load(path, entry)
    await closeDescriptor(entry.fd, entry.isLocal)
    return 'folder'
  }

  async #load(path: string, entry: OpenEntry): Promise<StoredFile> {
    if (!isSettled(entry.stat)) return entry
    if (entry.stat.size > this.#maxKept) {
      this.#memory.set(path, { stat: entry.stat })
      return entry
    }
    const file = await readWhole(entry)
    if (file === undefined) return entry
    this.#memory.set(path, file)
    return file
  }
}

const MAX_KEPT_BYTES = 64 * 1024

/**
 * Changed long enough ago that another change must show in its times: a file written twice within one tick of the clock
 * (2 s on FAT, milliseconds elsewhere) can change without them. Younger files are read each time.
 */
function isSettled({ mtimeMs, ctimeMs }: BigIntStats): boolean {
  const latest = mtimeMs > ctimeMs ? mtimeMs : ctimeMs
  return Date.now() - Number(latest) > 3000
}

function isKept(file: KnownFile): file is KeptFile {
  return file.bytes !== undefined
}

/** @returns undefined, with the descriptor still open, if the file changed while it was read. */
async function readWhole({ fd, stat, isLocal }: OpenEntry): Promise<KeptFile | undefined> {
  try {
    const bytes = isLocal ? readLocal(fd, 0, Number(stat.size)) : await readDetached(fd, Number(stat.size))
    const after = await statDescriptor(fd, isLocal)
    if (BigInt(bytes.byteLength) !== stat.size || !isSameVersion(stat, after)) return undefined
    await closeDescriptor(fd, isLocal)
    return { stat, bytes }
  } catch (error) {
    await closeDescriptor(fd, isLocal)
    throw error
  }
}

/** In an array of its own: small buffers are slices of a larger one, which would be kept whole. */
async function readDetached(fd: number, size: number): Promise<Uint8Array> {
  return size === 0 ? new Uint8Array() : new Uint8Array(await readDescriptor(fd, 0, size))
}

const statLater = promisify(stat)

/** @returns undefined if this path cannot be read, for any reason: the later open shows which. */
async function statPath(path: string, isLocal: boolean): Promise<BigIntStats | undefined> {
  if (isLocal) return statNow(path)
  try {
    return await statLater(path, { bigint: true })
  } catch {
    return undefined
  }
}

function statNow(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true })
  } catch {
    return undefined
  }
}
