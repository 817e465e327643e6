/**
 * The SQLite database: opened, and brought to the version of this program. Several workers do so at once. Knows files of
 * SQL; no notes.
 */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Milliseconds that a worker waits for another one's transaction. */
const PATIENCE = 10_000

const MIGRATIONS = join(import.meta.dirname, '../migrations')

/** @throws Error one line, if the database is newer than this program. */
export function openDatabase(path: string, migrations = readMigrations(MIGRATIONS)): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: PATIENCE })
  try {
    // Readers do not wait for the writer, nor the writer for them. It stays with the file.
    database.exec('PRAGMA journal_mode = WAL')
    migrate(database, migrations)
    // SQLite folds ASCII only.
    database.function('folded', { deterministic: true }, (text) => fold(String(text)))
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** For comparing texts without regard to case and to how an accent is written. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** All of `work` or nothing of it. IMMEDIATE: who means to write waits at the door, and not in the middle. */
export function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** One step from a version to the next. */
export interface Migration {
  readonly version: number
  readonly sql: string
}

/** `0001-notes.sql` is the step to version 1. @throws Error for a gap. */
export function readMigrations(folder: string): readonly Migration[] {
  const names = globSync('[0-9]*.sql', { cwd: folder }).sort()
  return names.map((name, i) => {
    const version = Number.parseInt(basename(name), 10)
    if (version !== i + 1) throw new Error(`${name} is step ${i + 1} of the migrations; number them without gaps`)
    return { version, sql: readFileSync(join(folder, name), 'utf8') }
  })
}

/** The version is read inside of the transaction: the first worker does the steps, the others find them done. */
function migrate(database: DatabaseSync, migrations: readonly Migration[]): void {
  transaction(database, () => {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (version > migrations.length) {
      throw new Error(
        `the database has version ${version}, this program knows ${migrations.length}; update the program`,
      )
    }
    for (const { sql } of migrations.slice(version)) database.exec(sql)
    if (version < migrations.length) database.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}
