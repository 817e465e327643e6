import { Application, del, get, group, json, notFound, post, Response } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { z } from 'zod'
import { addNote, allNotes, findNote, NewNote, Note, removeNote } from './notes.ts'

const ById = { params: z.object({ id: int }) }

export const application = new Application([
  get('/', (request) => ({ notes: request.urlFor('notes') })),
  group('/notes', [
    get('', { name: 'notes', response: z.array(Note) }, () => allNotes()),
    post('', { body: NewNote, response: Note }, ({ body }) => json(addNote(body), 201)),
    get('/:id', { name: 'note', ...ById, response: Note }, ({ params }) => findNote(params.id) ?? notFound()),
    del('/:id', ById, ({ params }) => (removeNote(params.id) ? new Response('', 204) : notFound())),
  ]),
])
