/** Responses that are thrown: by a helper that a view calls, by a middleware, by an error handler. */

import type { Middleware } from '@tsgi/contract'
import {
  Application,
  get,
  group,
  HttpError,
  html,
  json,
  post,
  Response,
  redirect,
  text,
  type ViewResult,
} from '@tsgi/framework'
import { request } from '@tsgi/framework/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

function needUser(): never {
  throw redirect('/login', 303)
}

const guard: Middleware = () => () => needUser()

describe('a redirect that is thrown', () => {
  it.each<[string, () => Application]>([
    ['by a view', () => new Application([get('/', needUser)])],
    ['by a view that takes its time', () => new Application([get('/', async () => needUser())])],
    [
      'by a view with schemas',
      () => new Application([get('/', { query: z.object({}), response: z.string() }, needUser)]),
    ],
    [
      'by onInvalid',
      () => new Application([get('/', { query: z.object({ a: z.string() }), onInvalid: needUser }, () => '')]),
    ],
    ['by a middleware of a group', () => new Application([group('', { middleware: [guard] }, [get('/', () => 'x')])])],
    ['by a middleware of the application', () => new Application([get('/', () => 'x')], { middleware: [guard] })],
    ['by a callable', () => new Application([['/', needUser]])],
    ['by notFound', () => new Application([], { notFound: needUser })],
    ['by onError', () => new Application([get('/', () => Promise.reject(new Error('x')))], { onError: needUser })],
  ])('%s is sent', async (_, make) => {
    const response = await request(make()).get('/')
    expect([response.status, response.header('Location')]).toEqual([303, '/login'])
    expect(response.errors).not.toContain('object thrown')
  })
})

it.each<[string, Response, number, string]>([
  ['text', text('gone fishing', 200), 200, 'gone fishing'],
  ['html', html('<p>x', 402), 402, '<p>x'],
  ['json', json({ a: 1 }, 409), 409, '{"a":1}'],
  ['a Response', new Response('x', 418, [['X-A', 'b']]), 418, 'x'],
])('%s is sent with its own status, and no handler is asked', async (_, thrown, status, body) => {
  const unasked = () => expect.unreachable('a response is no error')
  const application = new Application(
    [
      get('/', () => {
        throw thrown
      }),
    ],
    { onError: unasked, notFound: unasked, errorPage: unasked },
  )
  const response = await request(application).get('/')
  expect([response.status, response.text, response.errors]).toEqual([status, body, ''])
  expect(response.headers).toEqual(thrown.headers)
})

it('data that is thrown is written by the response schema, as data that is returned', async () => {
  const application = new Application([
    get('/now', { response: z.object({ id: z.number() }) }, () => {
      throw json({ id: 1, secret: 2 })
    }),
    get('/later', { response: z.object({ id: z.number() }) }, async () => {
      throw json({ id: 1, secret: 2 })
    }),
  ])
  for (const path of ['/now', '/later']) expect((await request(application).get(path)).text).toBe('{"id":1}')
})

it('what is no response names the way out', async () => {
  expect(() => new HttpError(303)).toThrow(
    /303 is not an error status, from 400 to 599; .*throw a Response: redirect\(location\)/,
  )
  const application = new Application([
    get('/', () => {
      throw new globalThis.Response('x')
    }),
  ])
  const response = await request(application).get('/')
  expect(response.status).toBe(500)
  expect(response.errors).toContain('a Response of fetch thrown; throw one of the framework: redirect(…)')
})

it('an error handler sees the parameters of the route that failed', async () => {
  const seen: unknown[] = []
  const onError = (_: unknown, { params }: { params: unknown }): ViewResult => {
    seen.push({ ...(params as object) })
    return 'shown'
  }
  const application = new Application(
    [
      get('/u/:id', () => Promise.reject(new Error('x'))),
      post('/t/:id', { params: z.object({ id: z.string().transform(Number) }) }, () => {
        throw new Error('x')
      }),
      group('/g/:team', { middleware: [(inner) => inner] }, [
        get('/:id', () => {
          throw new Error('x')
        }),
      ]),
    ],
    { onError, notFound: (asked) => onError(undefined, asked) },
  )
  await request(application).get('/u/7')
  await request(application).post('/t/8')
  await request(application).get('/g/a/9')
  await request(application).get('/nowhere')
  expect(seen).toEqual([{ id: '7' }, { id: '8' }, { team: 'a', id: '9' }, {}])
})
