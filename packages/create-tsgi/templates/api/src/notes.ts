import { z } from 'zod'

export const NewNote = z.object({
  title: z.string().trim().min(1).max(100),
  text: z.string().max(10_000).default(''),
})

export const Note = NewNote.extend({ id: z.number().int() })
export type Note = z.infer<typeof Note>

// In memory: each worker has its own notes, and a restart forgets them. A database comes here.
const notes = new Map<number, Note>()
let lastId = 0

export function allNotes(): Note[] {
  return [...notes.values()]
}

export function findNote(id: number): Note | undefined {
  return notes.get(id)
}

export function addNote(given: z.infer<typeof NewNote>): Note {
  lastId += 1
  const note = { id: lastId, ...given }
  notes.set(note.id, note)
  return note
}

export function removeNote(id: number): boolean {
  return notes.delete(id)
}
