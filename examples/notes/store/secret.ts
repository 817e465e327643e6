/** The secret that signs cookies: the operator's, or one that the first worker makes and all others find. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { saveTo } from '@tsgi/framework/multipart'

/** @param folder where it is kept. `NOTES_SECRET` comes before what is there; several, with blanks between, rotate. */
export async function readSecrets(folder: string, given = process.env.NOTES_SECRET): Promise<readonly string[]> {
  if (given !== undefined && given.trim() !== '') return given.trim().split(/\s+/)
  const path = join(folder, 'secret')
  const made = randomBytes(32).toString('base64url')
  // Whole or not at all, and never over one that is there: of several workers one wins.
  await saveTo(path, Readable.from([Buffer.from(made)]), { mode: 0o600 }).catch(ignoreExisting)
  return [await readFile(path, 'utf8')]
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}
