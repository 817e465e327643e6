/**
 * Puts an upload into its place: whole, or not at all. It is written beside its place under another name, flushed to
 * the disk, and then linked: who opens the path never sees half of it. Knows the disk; no forms, no requests.
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Options of `saveTo`. */
export interface SaveOptions {
  /** Replaces a file that is there. Default false: then that is an error, EEXIST. */
  readonly overwrite?: boolean | undefined
  /** Permissions of the new file, less the umask. Default 0o666. */
  readonly mode?: number | undefined
}

/**
 * Writes an upload to a file, which appears under its name only when it is complete.
 * @param path where it is to be, chosen by you: never the `filename` of a client.
 * @param content a part or an uploaded file, or anything that gives bytes.
 * @returns its size in bytes.
 * @throws what `content` throws, or the file system; nothing is left behind then.
 */
export async function saveTo(
  path: string,
  content: AsyncIterable<Uint8Array>,
  { overwrite = false, mode = 0o666 }: SaveOptions = {},
): Promise<number> {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`)
  const handle = await open(draft, 'wx', mode)
  try {
    const size = await writeAll(handle, content)
    if (overwrite) await rename(draft, path)
    else await link(draft, path)
    return size
  } finally {
    await unlink(draft).catch(() => {}) // renamed away, or gone already
  }
}

async function writeAll(handle: FileHandle, content: AsyncIterable<Uint8Array>): Promise<number> {
  try {
    let size = 0
    for await (const piece of content) {
      await handle.writeFile(piece)
      size += piece.length
    }
    await handle.sync()
    return size
  } finally {
    await handle.close()
  }
}
