/** The URLs of the site. A test holds them against `site.urlFor`, which views cannot ask: the site is made of them. */
export const links = {
  notes: (q = '', page = 1): string => `/notes${queryOf({ ...(q && { q }), ...(page > 1 && { page: String(page) }) })}`,
  newNote: (): string => '/notes/new',
  note: (id: number): string => `/notes/${id}`,
  editNote: (id: number): string => `/notes/${id}/edit`,
  deleteNote: (id: number): string => `/notes/${id}/delete`,
  attachments: (id: number): string => `/notes/${id}/attachments`,
  attachment: (id: number, attachment: string): string => `/notes/${id}/attachments/${attachment}`,
  deleteAttachment: (id: number, attachment: string): string => `/notes/${id}/attachments/${attachment}/delete`,
} as const

function queryOf(fields: Record<string, string>): string {
  const query = new URLSearchParams(fields).toString()
  return query === '' ? '' : `?${query}`
}
