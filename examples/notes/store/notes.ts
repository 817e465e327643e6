/** Notes and what is known of their attachments, in the database. Knows SQL; no requests, and no files. */
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { fold, transaction } from './database.ts'

export const PAGE_SIZE = 20

const NoteRow = z.object({
  id: z.int(),
  title: z.string(),
  text: z.string(),
  created: z.string(),
  changed: z.string(),
})

/** Times are ISO 8601, UTC. */
export type Note = z.infer<typeof NoteRow>

const AttachmentRow = z.object({ id: z.string(), name: z.string(), size: z.int(), created: z.string() })

/** `size` in octets; `name` is what the client called it. */
export type Attachment = z.infer<typeof AttachmentRow>

/** One page of what was found. */
export interface Listing {
  readonly notes: readonly Note[]
  /** How many there are on all pages. */
  readonly total: number
}

type Written = Pick<Note, 'title' | 'text'>

export class Notes {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Notes in which every word of `q` occurs, in title or text; the last changed first. @param page from 1. */
  list(q: string, page: number): Listing {
    const words = fold(q).split(/\s+/).filter(Boolean).slice(0, MOST_WORDS)
    const where = words.map(() => "AND instr(folded(title || ' ' || text), ?) > 0").join(' ')
    const count = this.#database.prepare(`SELECT count(*) AS total FROM notes WHERE 1 ${where}`).get(...words)
    const rows = this.#database
      .prepare(`SELECT * FROM notes WHERE 1 ${where} ORDER BY changed DESC, id DESC LIMIT ? OFFSET ?`)
      .all(...words, PAGE_SIZE, (page - 1) * PAGE_SIZE)
    return { notes: rows.map((row) => NoteRow.parse(row)), total: Number(count?.total) }
  }

  find(id: number): Note | undefined {
    const row = this.#database.prepare('SELECT * FROM notes WHERE id = ?').get(id)
    return row === undefined ? undefined : NoteRow.parse(row)
  }

  create({ title, text }: Written): Note {
    const now = new Date().toISOString()
    const sql = 'INSERT INTO notes (title, text, created, changed) VALUES (?, ?, ?, ?) RETURNING *'
    return NoteRow.parse(this.#database.prepare(sql).get(title, text, now, now))
  }

  /** @returns undefined if there is no such note. */
  update(id: number, { title, text }: Written): Note | undefined {
    const sql = 'UPDATE notes SET title = ?, text = ?, changed = ? WHERE id = ? RETURNING *'
    const row = this.#database.prepare(sql).get(title, text, new Date().toISOString(), id)
    return row === undefined ? undefined : NoteRow.parse(row)
  }

  /** @returns its attachments, of which the files may go now; undefined if there was no such note. */
  delete(id: number): readonly Attachment[] | undefined {
    return transaction(this.#database, () => {
      const attachments = this.attachments(id)
      const { changes } = this.#database.prepare('DELETE FROM notes WHERE id = ?').run(id)
      return changes === 0 ? undefined : attachments
    })
  }

  attachments(note: number): readonly Attachment[] {
    const rows = this.#database.prepare('SELECT * FROM attachments WHERE note = ? ORDER BY created, name, id').all(note)
    return rows.map((row) => AttachmentRow.parse(row))
  }

  attachment(note: number, id: string): Attachment | undefined {
    const row = this.#database.prepare('SELECT * FROM attachments WHERE note = ? AND id = ?').get(note, id)
    return row === undefined ? undefined : AttachmentRow.parse(row)
  }

  /** All of them or none. @returns undefined if there is no such note, or no longer. */
  attach(note: number, files: readonly Omit<Attachment, 'created'>[]): readonly Attachment[] | undefined {
    const created = new Date().toISOString()
    return transaction(this.#database, () => {
      if (this.find(note) === undefined) return undefined
      const insert = this.#database.prepare(
        'INSERT INTO attachments (id, note, name, size, created) VALUES (?, ?, ?, ?, ?)',
      )
      for (const { id, name, size } of files) insert.run(id, note, name, size, created)
      this.#database.prepare('UPDATE notes SET changed = ? WHERE id = ?').run(created, note)
      return files.map((file) => ({ ...file, created }))
    })
  }

  /** @returns false if there was none. */
  detach(note: number, id: string): boolean {
    return this.#database.prepare('DELETE FROM attachments WHERE note = ? AND id = ?').run(note, id).changes > 0
  }

  /** Of all notes. */
  attachmentIds(): ReadonlySet<string> {
    const rows = this.#database.prepare('SELECT id FROM attachments').all()
    return new Set(rows.map(({ id }) => String(id)))
  }
}

/** Each word is looked for in every note. */
const MOST_WORDS = 10
