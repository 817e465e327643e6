/** The data folder of the site, opened: `notes.db`, `attachments/` and `secret`. Several processes may share one. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SignedCookies } from '@tsgi/framework'
import { AttachmentFiles } from './attachment-files.ts'
import { openDatabase } from './database.ts'
import { Notes } from './notes.ts'
import { readSecrets } from './secret.ts'

export interface Store {
  readonly notes: Notes
  readonly files: AttachmentFiles
  readonly cookies: SignedCookies
  close(): void
}

/** @param folder is made if it is not there. */
export async function openStore(folder: string): Promise<Store> {
  const attachments = join(folder, 'attachments')
  await mkdir(attachments, { recursive: true, mode: 0o700 })
  const database = openDatabase(join(folder, 'notes.db'))
  const notes = new Notes(database)
  const files = new AttachmentFiles(attachments)
  await files.sweep(notes.attachmentIds())
  const cookies = new SignedCookies(await readSecrets(folder))
  return { notes, files, cookies, close: () => database.close() }
}
