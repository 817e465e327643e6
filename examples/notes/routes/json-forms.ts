/** What programs get: the JSON of a note and of a list, as schemas that the answers are held against. */
import { z } from 'zod'
import { links } from '../links.ts'
import type { Attachment, Listing, Note } from '../store/notes.ts'

const AttachmentJson = z.object({
  url: z.string(),
  name: z.string(),
  size: z.int(),
  created: z.iso.datetime(),
})

export const NoteJson = z.object({
  id: z.int(),
  url: z.string(),
  title: z.string(),
  text: z.string(),
  created: z.iso.datetime(),
  changed: z.iso.datetime(),
  attachments: z.array(AttachmentJson),
})

export const ListJson = z.object({
  notes: z.array(NoteJson.omit({ attachments: true })),
  total: z.int(),
  page: z.int(),
})

export function noteJson(note: Note, attachments: readonly Attachment[]): z.infer<typeof NoteJson> {
  return {
    ...note,
    url: links.note({ id: note.id }),
    attachments: attachments.map((each) => attachmentJson(note.id, each)),
  }
}

export function attachmentJson(note: number, { id, name, size, created }: Attachment): z.infer<typeof AttachmentJson> {
  return { url: links.attachment({ id: note, attachment: id }), name, size, created }
}

export function listJson({ notes, total }: Listing, page: number): z.infer<typeof ListJson> {
  return { notes: notes.map((note) => ({ ...note, url: links.note({ id: note.id }) })), total, page }
}
