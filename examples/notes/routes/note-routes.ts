/** The routes of notes: list and search, read, write, change, delete; as pages, and as JSON for programs. */
import {
  del,
  first,
  get,
  type InvalidView,
  json,
  negotiate,
  notFound,
  post,
  type Request,
  Response,
  route,
  type ValidationError,
} from '@tsgi/framework'
import { formFor, pageFor, pageResponse, seeNext, VARY } from '../answers.ts'
import type { Flash } from '../flash.ts'
import { ListQuery, NoteInput, NoteParams } from '../input.ts'
import { links } from '../links.ts'
import { formPage } from '../pages/form-page.ts'
import { listPage } from '../pages/list-page.ts'
import { notePage } from '../pages/note-page.ts'
import type { Store } from '../store/store.ts'
import { ListJson, listJson, NoteJson, noteJson } from './json-forms.ts'

/** What all requests of these routes have in common, whatever was read of them. */
type Asked = Pick<Request, 'accepts' | 'environ' | 'cookies'>

export function noteRoutes({ notes, files }: Store, flash: Flash) {
  /** The form again, with what was typed and what is wrong with it; a program gets the framework's problem. */
  async function showForm(error: ValidationError, request: Request, title: string, action: string) {
    if (formFor(request) === 'json') throw error
    const { fields } = await request.form()
    const typed = { title: first(fields.title) ?? '', text: first(fields.text) ?? '' }
    return pageResponse(formPage({ title, action, back: action, typed, errors: error.errors }), error.status)
  }

  const onInvalidNew: InvalidView = (error, request) => showForm(error, request, 'New note', links.notes())

  const onInvalidChange: InvalidView = (error, request) => {
    const params = NoteParams.safeParse(request.params)
    if (!params.success) throw error
    const { id } = notes.find(params.data.id) ?? notFound()
    return showForm(error, request, 'Edit note', links.note({ id }))
  }

  async function remove(request: Asked, id: number): Promise<Response> {
    const attachments = notes.delete(id) ?? notFound()
    await files.remove(attachments)
    if (formFor(request) === 'json') return new Response('', 204)
    return seeNext(request, flash, links.notes(), 'The note was deleted.')
  }

  return [
    get('/notes', { query: ListQuery, response: ListJson }, (request) => {
      const { q, page } = request.query
      const listing = notes.list(q, page)
      return negotiate(request, {
        html: () => pageFor(request, flash, listPage(listing, request.query)),
        json: () => listJson(listing, page),
      })
    }),

    post('/notes', { body: NoteInput, response: NoteJson, onInvalid: onInvalidNew }, (request) => {
      const note = notes.create(request.body)
      const location = links.note({ id: note.id })
      if (formFor(request) === 'json') return json(noteJson(note, []), 201, [VARY, ['Location', location]])
      return seeNext(request, flash, location, 'The note was created.')
    }),

    get(links.newNote.pattern, (request) =>
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

    get(links.note.pattern, { params: NoteParams, response: NoteJson }, (request) => {
      const { id } = request.params
      const note = notes.find(id) ?? notFound()
      const attachments = notes.attachments(id)
      return negotiate(request, {
        html: () => pageFor(request, flash, notePage(note, attachments)),
        json: () => noteJson(note, attachments),
      })
    }),

    get(links.editNote.pattern, { params: NoteParams }, (request) => {
      const note = notes.find(request.params.id) ?? notFound()
      const action = links.note({ id: note.id })
      return pageFor(request, flash, formPage({ title: 'Edit note', action, back: action, typed: note }))
    }),

    // A form can POST only.
    route(
      ['PUT', 'POST'],
      links.note.pattern,
      { params: NoteParams, body: NoteInput, response: NoteJson, onInvalid: onInvalidChange },
      (request) => {
        const { id } = request.params
        const note = notes.update(id, request.body) ?? notFound()
        if (formFor(request) === 'json') return json(noteJson(note, notes.attachments(id)), 200, [VARY])
        return seeNext(request, flash, links.note({ id }), 'The note was saved.')
      },
    ),

    del(links.note.pattern, { params: NoteParams }, (request) => remove(request, request.params.id)),
    post(links.deleteNote.pattern, { params: NoteParams }, (request) => remove(request, request.params.id)),
  ] as const
}
