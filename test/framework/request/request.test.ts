import { validate } from '@tsgi/contract'
import { type CallOptions, call, environFor } from '@tsgi/contract/testing'
import { Application, type ApplicationOptions, json, post, Request, route, text } from '@tsgi/framework'
import { describe, expect, it } from 'vitest'

const request = (target: string, changes: Record<string, unknown> = {}) =>
  new Request(Object.assign(environFor(target), changes), {}, 10)

describe('a request', () => {
  it('shows path, query and method', () => {
    const { method, path, query } = request('/a%20b/c?x=1&x=%zz&__proto__=2', { SCRIPT_NAME: '/m' })
    expect([method, path]).toEqual(['GET', '/m/a b/c'])
    expect([query.x, Object.entries(query)[1], Object.getPrototypeOf(query)]).toEqual([
      ['1', '%zz'],
      ['__proto__', '2'],
      null,
    ])
  })

  it.each([
    ['/a%2Fb?c', { HTTP_HOST: 'example.com:81' }, 'http://example.com:81/a%2Fb?c'],
    ['/', { HTTP_HOST: undefined, SERVER_NAME: 's', SERVER_PORT: '8' }, 'http://s:8/'],
    ['http://h/x', { HTTP_HOST: 'h', 'wsgi.url_scheme': 'https' }, 'https://h/x'],
    ['//other/x', { HTTP_HOST: 'h' }, 'http://h//other/x'],
  ])('of %s with %j has the url %s', (target, changes, url) => {
    expect(request(target, changes).url.href).toBe(url)
  })

  it('of a Host that makes no URL is refused with 400', () => {
    expect(() => request('/', { HTTP_HOST: 'a b' }).url).toThrow(expect.objectContaining({ status: 400 }))
  })

  it('finds headers whatever the case of their name', () => {
    const changes = { HTTP_X_FORWARDED_FOR: 'me', CONTENT_TYPE: 'text/plain', CONTENT_LENGTH: '3' }
    const seen = request('/', changes)
    expect(['x-forwarded-FOR', 'Content-Type', 'content-length', 'x-none'].map((name) => seen.header(name))).toEqual([
      'me',
      'text/plain',
      '3',
      undefined,
    ])
  })
})

it('a request has all its headers by lower-case name, without making what nobody asked for (SPEC C31)', () => {
  const environ = environFor('/', { headers: { Accept: 'a', 'X-Proto': 'b' }, CONTENT_TYPE: 'c/d' })
  Object.defineProperty(environ, 'tsgi.signal', { get: () => expect.unreachable(), enumerable: true })
  const { headers } = new Request(environ, {}, 0)
  expect({ ...headers }).toEqual({ host: 'localhost', accept: 'a', 'x-proto': 'b', 'content-type': 'c/d' })
  expect([Object.getPrototypeOf(headers), headers.constructor]).toEqual([null, undefined])
})

describe('the body', () => {
  const application = new Application(
    [
      route('POST', '/text', async ({ body }) => text(await body.text())),
      route('POST', '/more', async ({ body }) => text(await body.text({ limit: 20 }))),
      route('POST', '/json', async ({ body }) => json(await body.json())),
      route('QUERY', '/bytes', async ({ body }) => await body.bytes()),
      route('POST', '/twice', async ({ body }) => [await body.text(), await body.json()]),
    ],
    { bodyLimit: 10 } satisfies ApplicationOptions,
  )
  const send = (path: string, body: CallOptions['body'], type?: string, method = 'POST') =>
    call(validate(application), path, { method, body, headers: type === undefined ? {} : { 'content-type': type } })

  it('is read as text, JSON and octets', async () => {
    expect((await send('/text', 'häß')).text).toBe('häß')
    expect((await send('/json', '{"a":1}', 'application/json')).json()).toEqual({ a: 1 })
    expect((await send('/json', '[1]', 'application/problem+json; charset=utf-8')).json()).toEqual([1])
    expect((await send('/bytes', new Uint8Array([1, 255]), undefined, 'QUERY')).bytes).toEqual(new Uint8Array([1, 255]))
  })

  it.each<[string | undefined, number]>([
    [undefined, 200],
    ['application/json', 200],
    ['Application/JSON;charset=UTF-8', 200],
    ['application/json ; charset="utf8"', 200],
    ['application/a+json', 200],
    ['model/gltf+json', 200],
    ['application/json; charset=iso-8859-1', 415],
    ['application/jsonp', 415],
    ['text/plain; x=application/json', 415],
    ['text/plain;+json', 415],
    ['application/json, text/plain', 415],
    ['application/json/x', 415],
    ['json', 415],
    ['', 415],
    [`application/json; a=${'b'.repeat(2000)}`, 415],
  ])('is JSON by its exact media type: %s is answered %i (RFC 9110 §8.3.1)', async (type, status) => {
    const response = await send('/json', '[1]', type)
    expect([response.status, response.header('accept')]).toEqual([
      status,
      status === 415 && !type?.includes('8859') ? 'application/json' : undefined,
    ])
  })

  it('is not text in another charset', async () => {
    expect((await send('/text', 'a', 'text/plain; charset=latin1')).status).toBe(415)
    expect((await send('/text', 'a', 'text/plain; charset=UTF-8')).status).toBe(200)
  })

  it('may have a limit of its own', async () => {
    expect((await send('/more', '12345678901')).text).toBe('12345678901')
  })

  it('is read once, and can be asked for again', async () => {
    expect((await send('/twice', '[1]')).json()).toEqual(['[1]', [1]])
  })

  it.each<[string, CallOptions['body']]>([
    ['declared', '12345678901'],
    ['not declared', ['123456', '78901'].map((part) => new TextEncoder().encode(part))],
  ])('above the limit is answered 413, its length %s', async (_, body) => {
    for (const path of ['/text', '/json']) {
      const response = await send(path, body)
      expect([response.status, response.text]).toEqual([413, 'The body may have at most 10 bytes\n'])
    }
    expect((await send('/text', '1234567890')).status).toBe(200)
  })

  it.each<[string, string, string, number]>([
    ['as JSON', '/json', 'gzip', 415],
    ['as text', '/text', 'identity, br', 415],
    ['as a form', '/coded-form', 'gzip', 415],
    ['as a form, not coded', '/coded-form', 'identity', 200],
    ['as octets', '/coded-bytes', 'gzip', 200],
  ])(
    'that is coded can be read by none but who asks for octets: %s (RFC 9110 §15.5.16)',
    async (_, path, coding, status) => {
      const coded = new Application([
        post('/json', async ({ body }) => json(await body.json())),
        post('/text', ({ body }) => body.text()),
        post('/coded-form', async ({ body }) => (await body.form()).fields),
        post('/coded-bytes', ({ body }) => body.bytes()),
      ])
      const type = path.endsWith('form') ? 'application/x-www-form-urlencoded' : 'application/json'
      const headers = { 'content-type': type, 'content-encoding': coding }
      const response = await call(validate(coded), path, { method: 'POST', body: '{}', headers })
      expect([response.status, response.errors]).toEqual([status, ''])
      if (status === 415) expect(response.header('accept-encoding')).toBe('identity')
    },
  )

  it.each<[string, string, CallOptions['body'], string | undefined, number]>([
    ['not JSON', '/json', '{', undefined, 400],
    ['empty', '/json', '', undefined, 400],
    ['declared to be a form', '/json', '{}', 'application/x-www-form-urlencoded', 415],
    ['not UTF-8', '/text', new Uint8Array([0xff]), undefined, 400],
    ['JSON but not UTF-8', '/json', new Uint8Array([0x22, 0xff, 0x22]), undefined, 400],
  ])('that is %s is refused, without a word in the log', async (_, path, body, type, status) => {
    const response = await send(path, body, type)
    expect([response.status, response.errors]).toEqual([status, ''])
  })
})
