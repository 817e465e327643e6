/** The paths of the site: the routes have their patterns, the pages their URLs. */
import { path } from '@tsgi/framework'

const notes = path('/notes')

export const links = {
  /** Of a page of what was found. */
  notes: (q = '', page = 1): string => notes({}, { query: { q: q || undefined, page: page > 1 ? page : undefined } }),
  newNote: path('/notes/new'),
  note: path('/notes/:id'),
  editNote: path('/notes/:id/edit'),
  deleteNote: path('/notes/:id/delete'),
  attachments: path('/notes/:id/attachments'),
  attachment: path('/notes/:id/attachments/:attachment'),
  deleteAttachment: path('/notes/:id/attachments/:attachment/delete'),
} as const
