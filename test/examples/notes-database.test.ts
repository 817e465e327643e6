/** The database of the notes: brought to its version once, however many workers start at the same time. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, readMigrations, transaction } from '../../examples/notes/store/database.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notes-database-'))
  path = join(folder, 'notes.db')
})

afterEach(() => rm(folder, { recursive: true }))

const ROOT = join(import.meta.dirname, '../..')
const SHIPPED = readMigrations(join(ROOT, 'examples/notes/migrations'))

function versionOf(database: DatabaseSync): unknown {
  return database.prepare('PRAGMA user_version').get()?.user_version
}

describe('the database', () => {
  it('is made by the first of eight processes that open it at once, and found by the others', async () => {
    const program = `
      import { openStore } from ${JSON.stringify(join(ROOT, 'examples/notes/store/store.ts'))}
      const store = await openStore(process.argv[1])
      store.notes.create({ title: String(process.pid), text: '' })
      console.log(store.notes.list('', 1).total, await store.cookies.sign('flash', 'same'))
      store.close()`
    const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, folder])
    const outputs = await Promise.all(Array.from({ length: 8 }, start))
    // One secret for all of them.
    expect(new Set(outputs.map(({ stdout }) => stdout.split(' ')[1])).size).toBe(1)
    const database = openDatabase(path)
    expect(versionOf(database)).toBe(SHIPPED.length)
    expect(database.prepare('SELECT count(*) AS n FROM notes').get()?.n).toBe(8)
    expect(database.prepare('PRAGMA journal_mode').get()?.journal_mode).toBe('wal')
    database.close()
  })

  it('takes only the steps that it has not taken, and keeps what is there', () => {
    const old = openDatabase(path, SHIPPED.slice(0, 1))
    old.exec("INSERT INTO notes (title, text, created, changed) VALUES ('Tea', '', '2026', '2026')")
    expect(versionOf(old)).toBe(1)
    old.close()
    const now = openDatabase(path)
    expect(versionOf(now)).toBe(SHIPPED.length)
    expect(now.prepare('SELECT title FROM notes').all()).toEqual([{ title: 'Tea' }])
    expect(now.prepare('SELECT count(*) AS n FROM attachments').get()).toEqual({ n: 0 })
    now.close()
  })

  it('stays as it was if a step fails', () => {
    const steps = [...SHIPPED, { version: SHIPPED.length + 1, sql: 'CREATE TABLE half (a); SELECT 1 FROM nowhere' }]
    expect(() => openDatabase(path, steps)).toThrow('no such table: nowhere')
    const database = new DatabaseSync(path)
    expect(versionOf(database)).toBe(0)
    expect(database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get()).toEqual({ n: 0 })
    database.close()
  })

  it('is refused in one line by a program that is older than it', () => {
    openDatabase(path).close()
    expect(() => openDatabase(path, SHIPPED.slice(0, 1))).toThrow(
      'the database has version 2, this program knows 1; update the program',
    )
  })

  it('undoes a transaction whose work throws', () => {
    const database = openDatabase(path)
    const work = () => {
      database.exec("INSERT INTO notes (title, text, created, changed) VALUES ('Tea', '', '2026', '2026')")
      throw new Error('no')
    }
    expect(() => transaction(database, work)).toThrow('no')
    expect(database.prepare('SELECT count(*) AS n FROM notes').get()).toEqual({ n: 0 })
    database.close()
  })
})
