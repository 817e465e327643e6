/**
 * The contents of attachments, each a file under a name of our own. A file is there before its row and goes after it, so
 * that no row is ever without its file; what a killed worker leaves the other way round is swept later. Knows the disk.
 */
import { randomUUID } from 'node:crypto'
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { saveTo } from '@tsgi/framework/multipart'

export interface SavedFile {
  readonly id: string
  /** In octets. */
  readonly size: number
}

/** Milliseconds after which a file without a row, or half of one, belongs to no upload that is still under way. */
const ABANDONED = 24 * 3600 * 1000

export class AttachmentFiles {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Keeps a content as it comes: on the disk, whole, or not at all. */
  async save(content: AsyncIterable<Uint8Array>): Promise<SavedFile> {
    const id = randomUUID()
    return { id, size: await saveTo(join(this.folder, id), content, { mode: 0o600 }) }
  }

  /** Those that are gone already are no matter. */
  async remove(files: Iterable<Pick<SavedFile, 'id'>>): Promise<void> {
    for (const { id } of files) await unlink(join(this.folder, id)).catch(ignoreMissing)
  }

  /** Removes what nobody knows and nobody is writing. */
  async sweep(known: ReadonlySet<string>, now = Date.now()): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (known.has(name)) continue
      const found = await stat(join(this.folder, name)).catch(ignoreMissing)
      if (found !== undefined && now - found.mtimeMs > ABANDONED) await this.remove([{ id: name }])
    }
  }
}

/** Another worker sweeps too. */
function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
  throw error
}
