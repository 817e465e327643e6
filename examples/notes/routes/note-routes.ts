/** The routes of notes: list and search, read, write, change, delete; as pages, and as JSON for programs. */
import { del, get, json, notFound, post, type Request, Response, route } from '@tsgi/framework'
import { formFor, pageFor, pageResponse, seeNext, VARY } from '../answers.ts'
import type { Flash } from '../flash.ts'
import { type Checked, CheckedNote, invalid, ListQuery, NoteParams } from '../input.ts'
import { links } from '../links.ts'
import { formPage } from '../pages/form-page.ts'
import { listPage } from '../pages/list-page.ts'
import { notePage } from '../pages/note-page.ts'
import type { Store } from '../store/store.ts'
import { ListJson, listJson, NoteJson, noteJson } from './json-forms.ts'

/** What all requests of these routes have in common, whatever was read of them. */
type Asked = Pick<Request, 'accepts' | 'environ' | 'cookies'>

export function noteRoutes({ notes, files }: Store, flash: Flash) {
  function written(request: Asked, action: string, checked: Exclude<Checked, { isValid: true }>): Response {
    if (formFor(request) === 'json') throw invalid(checked)
    const isNew = action === links.notes()
    const title = isNew ? 'New note' : 'Edit note'
    return pageResponse(formPage({ title, action, back: action, ...checked }), 422)
  }

  async function remove(request: Asked, id: number): Promise<Response> {
    const attachments = notes.delete(id) ?? notFound()
    await files.remove(attachments)
    if (formFor(request) === 'json') return new Response('', 204)
    return seeNext(request, flash, links.notes(), 'The note was deleted.')
  }

  return [
    get('/notes', { name: 'notes', query: ListQuery, response: ListJson }, (request) => {
      const { q, page } = request.query
      const listing = notes.list(q, page)
      if (formFor(request) === 'json') return json(listJson(listing, page), 200, [VARY])
      return pageFor(request, flash, listPage(listing, request.query))
    }),

    post('/notes', { body: CheckedNote, response: NoteJson }, (request) => {
      const { body } = request
      if (!body.isValid) return written(request, links.notes(), body)
      const note = notes.create(body.note)
      const location = links.note(note.id)
      if (formFor(request) === 'json') return json(noteJson(note, []), 201, [VARY, ['Location', location]])
      return seeNext(request, flash, location, 'The note was created.')
    }),

    get('/notes/new', { name: 'newNote' }, (request) =>
      pageFor(
        request,
        flash,
        formPage({
          title: 'New note',
          action: links.notes(),
          back: links.notes(),
          typed: { title: '', text: '' },
        }),
      ),
    ),

    get('/notes/:id', { name: 'note', params: NoteParams, response: NoteJson }, (request) => {
      const { id } = request.params
      const note = notes.find(id) ?? notFound()
      const attachments = notes.attachments(id)
      if (formFor(request) === 'json') return json(noteJson(note, attachments), 200, [VARY])
      return pageFor(request, flash, notePage(note, attachments))
    }),

    get('/notes/:id/edit', { name: 'editNote', params: NoteParams }, (request) => {
      const note = notes.find(request.params.id) ?? notFound()
      const action = links.note(note.id)
      return pageFor(request, flash, formPage({ title: 'Edit note', action, back: action, typed: note }))
    }),

    // A form can POST only.
    route(['PUT', 'POST'], '/notes/:id', { params: NoteParams, body: CheckedNote, response: NoteJson }, (request) => {
      const { params, body } = request
      const { id } = notes.find(params.id) ?? notFound()
      if (!body.isValid) return written(request, links.note(id), body)
      const note = notes.update(id, body.note) ?? notFound()
      if (formFor(request) === 'json') return json(noteJson(note, notes.attachments(id)), 200, [VARY])
      return seeNext(request, flash, links.note(id), 'The note was saved.')
    }),

    del('/notes/:id', { params: NoteParams }, (request) => remove(request, request.params.id)),
    post('/notes/:id/delete', { name: 'deleteNote', params: NoteParams }, (request) =>
      remove(request, request.params.id),
    ),
  ] as const
}
