
import { Application, cascade, del, events, file, get, group, host, json, mount, path, post, problem, redirect, route, staticFiles, type AnyRequest } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { folder } from '@tsgi/framework/folder'
import { compress, requestId } from '@tsgi/framework/middleware'
import { agent, request } from '@tsgi/framework/testing'
import { z } from 'zod'

export const user = get('/u/:id', { name: 'user' }, ({ params }) => params.id)
export const typed = post('/n/:id', { name: 'note', params: z.object({ id: int }), body: z.object({ title: z.string() }), response: z.object({ id: z.number() }) }, ({ params }) => ({ id: params.id }))
export const several = route(['GET', 'POST'], '/form/*rest', { query: z.object({ page: int.optional() }) }, ({ query }) => json(query))
export const api = group('/api', { middleware: [requestId(), compress()] }, [typed, group('/:team', [del('/x', () => null)])])
export const hosted = host('api.example.com', [user])
export const list = [user, typed, several, api, hosted, mount('/files', (_, start) => (start('200 OK', []), ''))] as const
export const application = new Application([user, typed, api])
export const made = () => new Application(list, { trailingSlash: 'optional' })
export const all = cascade(application, made())
export const url = application.urlFor('user', { id: 7 })
export const note = path('/notes/:id')
export const answers = { json: json(1), moved: redirect('/'), problem: problem({ status: 404 }), file: file('x'), events: events(async function* () { yield 'x' }) }
export const pages = () => [staticFiles('.'), folder('.')]
export const info = application.routes
export const overlaps = application.ambiguities
export const browser = agent(application)
export const draft = request(application).get('/')
export const helper = (any: AnyRequest) => any.cookie('user')
export class Shop extends Application {}
