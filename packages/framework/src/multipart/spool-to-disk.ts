/**
 * Keeps the large files of a form on disk while their request lasts. A file is removed from its folder the moment it is
 * open: it has no name, nobody else can open it, and it is gone with its descriptor, even if this process is killed.
 * The descriptor is closed when the response is out. One of the few files that know the disk; nothing imports it but
 * the door `@tsgi/framework/multipart`.
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import type { Environ } from '@tsgi/contract'
import { join, type Part } from './part.ts'
import { type FileStore, MemoryFile, type UploadedFile } from './uploaded-file.ts'

/** Options of `spoolToDisk`. */
export interface SpoolOptions {
  /** Where the files are while they have a name. Default: the folder of the system for temporary files. */
  readonly folder?: string | undefined
  /** Octets up to which a file is kept in memory. Default 64 KiB. */
  readonly memory?: number | undefined
}

/** A store for `form({ store })`. */
export function spoolToDisk({ folder = tmpdir(), memory = 64 * 2 ** 10 }: SpoolOptions = {}): FileStore {
  return async (part, environ) => {
    const content = part[Symbol.asyncIterator]()
    const { pieces, size } = await readUpTo(content, memory)
    if (size <= memory) return new MemoryFile(part, join(pieces))
    return await spool(part, content, pieces, folder, environ)
  }
}

/** Pieces until there are more octets than `limit`, or no more. */
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
    const file = new SpooledFile(part, handle, size)
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

/** A file without a name in any folder. */
class SpooledFile implements UploadedFile {
  readonly name: string
  readonly filename: string
  readonly type: string
  readonly size: number
  readonly #handle: FileHandle
  #closed: Promise<void> | undefined

  constructor({ name, filename = '', type }: Part, handle: FileHandle, size: number) {
    this.name = name
    this.filename = filename
    this.type = type
    this.size = size
    this.#handle = handle
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let position = 0; position < this.size; ) {
      const { bytesRead, buffer } = await this.#handle.read(new Uint8Array(64 * 2 ** 10), 0, null, position)
      if (bytesRead === 0) throw new Error(`the upload ${JSON.stringify(this.filename)} ends before its size`)
      yield buffer.subarray(0, bytesRead)
      position += bytesRead
    }
  }

  async bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    for await (const piece of this) pieces.push(piece)
    return join(pieces)
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close()
    return this.#closed
  }
}
