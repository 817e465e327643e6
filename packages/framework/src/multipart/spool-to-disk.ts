/**
 * Keeps the large files of a form on disk while their request lasts. A file is removed from its folder as soon as it is
 * open: it has no name, no other program can open it, and it is gone with its descriptor, even if this process is killed.
 * The descriptor is closed when the response is out.
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import type { Environ } from '@tsgi/contract'
import { join, type Part } from './part.ts'
import { type FileStore, MemoryContent, Upload, type UploadContent, type UploadedFile } from './uploaded-file.ts'

/** Options of `spoolToDisk`. */
export interface SpoolOptions {
  /** Where the files are while they have a name. @default the folder of the system for temporary files */
  readonly folder?: string | undefined
  /** Bytes up to which a file is kept in memory. @default 64 KiB */
  readonly memory?: number | undefined
}

/**
 * A store for `form({ store })`, and for the option `form` of a route.
 * @example `await request.form({ store: spoolToDisk() })`
 */
export function spoolToDisk({ folder = tmpdir(), memory = 64 * 2 ** 10 }: SpoolOptions = {}): FileStore {
  return async (part, environ) => {
    const content = part[Symbol.asyncIterator]()
    const { pieces, size } = await readUpTo(content, memory)
    if (size <= memory) return new Upload(part, new MemoryContent(join(pieces)))
    return await spool(part, content, pieces, folder, environ)
  }
}

/** Pieces until there are more bytes than `limit`, or no more. */
async function readUpTo(content: AsyncIterator<Uint8Array>, limit: number) {
  const pieces: Uint8Array[] = []
  let size = 0
  while (size <= limit) {
    const { done, value } = await content.next()
    if (done === true) break
    pieces.push(value)
    size += value.length
  }
  return { pieces, size }
}

async function spool(
  part: Part,
  content: AsyncIterable<Uint8Array>,
  pieces: readonly Uint8Array[],
  folder: string,
  environ: Environ,
): Promise<UploadedFile> {
  const handle = await openNameless(folder)
  try {
    let size = 0
    for (const piece of pieces) size += await append(handle, piece, size)
    for await (const piece of content) size += await append(handle, piece, size)
    const file = new Upload(part, new DiskContent(handle, size))
    environ['tsgi.after_response']?.(() => file.close())
    return file
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  const path = joinPath(folder, `upload-${randomUUID()}`)
  const handle = await open(path, 'wx+', 0o600)
  try {
    await unlink(path)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function append(handle: FileHandle, piece: Uint8Array, position: number): Promise<number> {
  for (let written = 0; written < piece.length; ) {
    written += (await handle.write(piece, written, piece.length - written, position + written)).bytesWritten
  }
  return piece.length
}

/** The bytes of a file that has no name in any folder. */
class DiskContent implements UploadContent {
  readonly size: number
  readonly #handle: FileHandle
  #closed: Promise<void> | undefined

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.size = size
  }

  async *read(start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let position = start; position < end; ) {
      const wanted = new Uint8Array(Math.min(end - position, READ_BYTES))
      const { bytesRead } = await this.#handle.read(wanted, 0, wanted.length, position)
      if (bytesRead === 0) throw new Error(`an upload on disk ends at byte ${position}, before its size ${this.size}`)
      yield wanted.subarray(0, bytesRead)
      position += bytesRead
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close()
    return this.#closed
  }
}

const READ_BYTES = 64 * 1024
