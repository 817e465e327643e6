import { validate } from '@tsgi/contract'
import { type CallOptions, call } from '@tsgi/contract/testing'
import {
  Application,
  type ApplicationOptions,
  type FileStore,
  get,
  group,
  HttpError,
  type InvalidView,
  json,
  post,
  query,
  type RouteEntry,
  type Schema,
  text,
  ValidationError,
} from '@tsgi/framework'
import { bool, date, int, uuid } from '@tsgi/framework/codecs'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { keepInMemory } from '../../../packages/framework/src/multipart/uploaded-file.ts'

function ask(entries: readonly RouteEntry[], target: string, request: CallOptions = {}, settings?: ApplicationOptions) {
  return call(validate(new Application(entries, settings)), target, request)
}

/** A request with a body of JSON. */
function sent(data: unknown): CallOptions {
  return { body: JSON.stringify(data), headers: { 'content-type': 'application/json' } }
}

/** The errors of a problem, or what the view has answered. */
async function errorsOf(entry: RouteEntry, target: string, request: CallOptions = {}) {
  const response = await ask([entry], target, request)
  const body: unknown = response.text === '' ? undefined : response.json()
  const errors = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : body
  return { status: response.status, errors }
}

/** A Standard Schema of no library: a whole number in text, at once or later. */
function numberSchema(when: 'now' | 'later'): Schema<{ n: string }, { n: number }> {
  const check = (value: unknown) => {
    const n = Number(typeof value === 'object' && value !== null && 'n' in value ? value.n : Number.NaN)
    return Number.isInteger(n) ? { value: { n } } : { issues: [{ message: 'no number', path: [{ key: 'n' }] }] }
  }
  return {
    '~standard': { version: 1, vendor: 'test', validate: when === 'now' ? check : async (value) => check(value) },
  }
}

describe('the argument of a view', () => {
  it('has the types of pattern and schemas', () => {
    get('/users/:id/:tab', { params: z.object({ id: int }) }, ({ params, query, body, path }) => {
      expectTypeOf(params).toEqualTypeOf<{ readonly tab: string; readonly id: number }>()
      expectTypeOf(query).toEqualTypeOf<Readonly<Record<string, string | readonly string[]>>>()
      expectTypeOf(body.json).returns.resolves.toBeUnknown()
      expectTypeOf(path).toBeString()
      return ''
    })
    const schemas = {
      query: z.object({ page: int.default(1), tag: z.array(z.string()).optional() }),
      headers: z.object({ 'x-trace': uuid }),
      cookies: z.object({ theme: z.enum(['dark', 'light']) }),
      body: z.object({ on: date, done: bool }),
    }
    post('/x/:a', schemas, ({ params, query, headers, cookies, body, environ }) => {
      expectTypeOf(params).toEqualTypeOf<{ readonly a: string }>()
      expectTypeOf(query).toEqualTypeOf<{ page: number; tag?: string[] | undefined }>()
      expectTypeOf(headers).toEqualTypeOf<{ 'x-trace': string }>()
      expectTypeOf(cookies.theme).toEqualTypeOf<'dark' | 'light'>()
      expectTypeOf(body).toEqualTypeOf<{ on: Date; done: boolean }>()
      expectTypeOf(environ.REQUEST_METHOD).toBeString()
      return ''
    })
    get('/n/:n', { params: numberSchema('now') }, ({ params }) => {
      expectTypeOf(params.n).toBeNumber()
      return ''
    })
    const mini1 = mini.object({ n: mini.coerce.number() })
    get('/n/:n', { params: mini1 }, ({ params }) => {
      expectTypeOf(params.n).toBeNumber()
      return ''
    })
  })

  it('cannot be asked for what is not there', () => {
    const params = z.object({ id: int })
    // @ts-expect-error the path has no parameter `id`
    expect(() => new Application([get('/users/:user', { params }, () => '')])).toThrow('the params schema has id')
    // @ts-expect-error nor has it in a group
    expect(() => new Application([group('/:team', [get('/:x', { params }, () => '')])])).toThrow(
      'parameters are team, x',
    )
    // @ts-expect-error there is no such option
    get('/users/:id', { parms: params }, () => '')
    // @ts-expect-error a schema it is not
    get('/users/:id', { params: { id: int } }, () => '')
    // @ts-expect-error the answer has another shape
    get('/users', { response: z.object({ id: z.number() }) }, () => ({ id: 'seven' }))
    // @ts-expect-error `id` is a number
    get('/users/:id', { params }, ({ params }) => params.id.toUpperCase())
  })
})

describe('the parameters of a prefix', () => {
  const params = z.object({ team: int, id: int })
  const user = get('/users/:id', { name: 'user', params }, ({ params: { team, id } }) => json([team + 1, id + 1]))
  const both = [group('/:team', [user, group('/x', [get('', { params: z.object({ team: int }) }, () => '')])])] as const

  it('are read by the schema of a route in the group, and written by it', async () => {
    const application = new Application(both)
    expect((await ask(both, '/3/users/7')).json()).toEqual([4, 8])
    expect(application.urlFor('user', { team: 3, id: 7 })).toBe('/3/users/7')
    // @ts-expect-error the schema reads a number
    expect(() => application.urlFor('user', { team: 'three', id: 7 })).toThrow('team does not fit')
    // @ts-expect-error the team is missing
    expect(() => application.urlFor('user', { id: 7 })).toThrow('team does not fit')
  })
})

describe('params', () => {
  const user = get('/users/:id', { params: z.object({ id: int }) }, ({ params }) => json({ id: params.id + 1 }))

  it('are what their schema has made of them', async () => {
    expect((await ask([user], '/users/7')).json()).toEqual({ id: 8 })
  })

  it.each(['/users/seven', '/users/07', '/users/7.0', '/users/-0', '/users/%20', '/users/9007199254740993'])(
    'of %s are refused with 400: the pattern says what there is, the schema how it is written',
    async (target) => {
      const response = await ask([user], target)
      expect([response.status, response.header('content-type')]).toEqual([400, 'application/problem+json'])
      expect(response.json()).toMatchObject({
        status: 400,
        title: 'Bad Request',
        detail: 'The request is not valid',
        errors: [{ in: 'params', path: ['id'] }],
      })
    },
  )

  it('which no schema names stay as they are, in an object without prototype', async () => {
    const entry = get('/:a/:id/*rest', { params: z.object({ id: int }) }, ({ params }) =>
      json({ params, bare: Object.getPrototypeOf(params) === null }),
    )
    const response = await ask([entry], '/x%2Fy/7/p/q')
    expect(response.json()).toEqual({ params: { a: 'x/y', id: 7, rest: ['p', 'q'] }, bare: true })
  })

  it('of a route further down are not tried', async () => {
    const fallback = get('/users/:name', ({ params }) => json(params))
    // The same shape twice would be refused when the list is made, so the second one is longer.
    expect((await ask([user, group('/users', [get('/:name/x', fallback.view)])], '/users/bob')).status).toBe(400)
  })
})

describe('a query', () => {
  const schema = z.object({
    page: int.default(1),
    tag: z.array(z.string()).optional(),
    size: z.union([z.literal('all'), int]).optional(),
    done: bool.optional(),
  })
  const list = get('/', { query: schema }, ({ query }) => json(query))

  it.each([
    ['', { page: 1 }],
    ['?page=2', { page: 2 }],
    ['?tag=a', { page: 1, tag: ['a'] }],
    ['?tag=a&tag=b', { page: 1, tag: ['a', 'b'] }],
    ['?tag=', { page: 1, tag: [''] }],
    ['?size=all', { page: 1, size: 'all' }],
    ['?size=3&done=ON', { page: 1, size: 3, done: true }],
    ['?unknown=1&__proto__=2&constructor=3', { page: 1 }],
  ])('%s is %j', async (search, expected) => {
    expect((await ask([list], `/${search}`)).json()).toEqual(expected)
  })

  it.each([
    ['?page=two', ['page']],
    ['?page=', ['page']],
    ['?page=1&page=2', ['page']],
    ['?done=maybe', ['done']],
    ['?size=x', ['size']],
  ])('%s is refused', async (search, path) => {
    expect(await errorsOf(list, `/${search}`)).toMatchObject({ status: 400, errors: [{ in: 'query', path }] })
  })

  it('takes a list for a list, whatever is around it', async () => {
    const tag = z.array(z.string())
    const wrapped = {
      a: tag.default([]),
      b: tag.nullable().optional(),
      c: tag.readonly(),
      d: tag.transform((list) => list.length),
      e: z.tuple([z.string()]).catch(['x']),
      f: z.lazy(() => tag),
      g: z.union([z.number(), tag]),
    }
    const whole = z.object(wrapped).refine((value) => value.c.length > 0)
    const entry = get('/', { query: whole }, ({ query }) => json(query))
    expect((await ask([entry], '/?a=1&b=1&c=1&d=1&e=1&f=1&g=1')).json()).toEqual({
      a: ['1'],
      b: ['1'],
      c: ['1'],
      d: 1,
      e: ['1'],
      f: ['1'],
      g: ['1'],
    })
  })

  it('never fails in another way, whatever is in it', async () => {
    const application = validate(new Application([list]))
    await fc.assert(
      fc.asyncProperty(fc.webQueryParameters(), async (search) => {
        expect([200, 400]).toContain((await call(application, `/?${search}`)).status)
      }),
    )
  })
})

describe('headers and cookies', () => {
  it('are read by their names, in whatever case', async () => {
    const headers = z.strictObject({ 'x-trace': z.string(), 'Content-Length': z.string().optional() })
    const entry = get('/', { headers }, ({ headers }) => json(headers))
    const response = await ask([entry], '/', { headers: { 'X-Trace': 'abc', 'X-Other': 'y' } })
    expect(response.json()).toEqual({ 'x-trace': 'abc' })
    expect(await errorsOf(entry, '/')).toMatchObject({ status: 400, errors: [{ in: 'headers', path: ['x-trace'] }] })
  })

  it('come all, in lower case, where the names of the schema are not known', async () => {
    const entry = get('/', { headers: z.record(z.string(), z.string()) }, ({ headers }) => json(headers))
    expect((await ask([entry], '/', { headers: { 'X-Trace': 'abc' } })).json()).toMatchObject({ 'x-trace': 'abc' })
  })

  it('of cookies give what was sent', async () => {
    const entry = get('/', { cookies: z.object({ n: int }) }, ({ cookies }) => json(cookies))
    expect((await ask([entry], '/', { headers: { cookie: 'n=4; m=x' } })).json()).toEqual({ n: 4 })
    expect(await errorsOf(entry, '/', { headers: { cookie: 'n=x' } })).toMatchObject({
      status: 400,
      errors: [{ in: 'cookies', path: ['n'] }],
    })
  })
})

describe('a body', () => {
  const NewNote = z.object({ title: z.string().min(1), tags: z.array(z.string()).default([]), day: date.optional() })
  const create = post('/notes', { body: NewNote }, ({ body }) => json({ ...body, day: body.day?.getTime() }, 201))
  const FORM = 'application/x-www-form-urlencoded'

  it.each<[string, CallOptions, unknown]>([
    ['JSON', sent({ title: 'a', tags: ['x'], day: '1970-01-02' }), { title: 'a', tags: ['x'], day: 86_400_000 }],
    ['a form', { body: 'title=a&tags=x', headers: { 'content-type': FORM } }, { title: 'a', tags: ['x'] }],
    [
      'a form with a charset',
      { body: 'title=%C3%A9', headers: { 'content-type': `${FORM};charset=UTF-8` } },
      { title: 'é', tags: [] },
    ],
    [
      'JSON of another kind',
      { body: '{"title":"a"}', headers: { 'content-type': 'application/vnd.x+json' } },
      { title: 'a', tags: [] },
    ],
    [
      'multipart',
      {
        body: '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nt\r\n--b--\r\n',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
      },
      { title: 't', tags: [] },
    ],
  ])('is read from %s', async (_, request, expected) => {
    const response = await ask([create], '/notes', { method: 'POST', ...request })
    expect([response.status, response.json()]).toEqual([201, expected])
  })

  it.each<[string, CallOptions, number]>([
    ['that does not fit is 422', sent({ title: '' }), 422],
    ['of another shape is 422', sent([]), 422],
    ['that is no JSON is 400', { body: '{', headers: { 'content-type': 'application/json' } }, 400],
    [
      'that is not UTF-8 is 400',
      { body: new Uint8Array([0x22, 0xff, 0x22]), headers: { 'content-type': 'application/json' } },
      400,
    ],
    ['of another type is 415', { body: 'title=a', headers: { 'content-type': 'text/plain' } }, 415],
    ['of a type that is none is 415', { body: '{}', headers: { 'content-type': 'json' } }, 415],
    ['beyond the limit is 413', sent({ title: 'a'.repeat(200) }), 413],
    ['that is not there is 422', {}, 422],
  ])('%s', async (_, request, status) => {
    const response = await ask([create], '/notes', { method: 'POST', ...request }, { bodyLimit: 100 })
    expect(response.status).toBe(status)
    if (status === 415) expect(response.header('accept')).toContain('application/json')
  })

  it('that is not there is undefined, for a schema that takes that', async () => {
    const entry = post('/', { body: z.object({ a: z.string() }).optional() }, ({ body }) =>
      json({ body: body ?? 'none' }),
    )
    expect((await ask([entry], '/', { method: 'POST' })).json()).toEqual({ body: 'none' })
  })

  it('is named field by field, with 422 (RFC 9110 §15.5.21)', async () => {
    const request = { method: 'POST', ...sent({ title: '', tags: ['a', 1] }) }
    expect(await errorsOf(create, '/notes', request)).toEqual({
      status: 422,
      errors: [
        { in: 'body', path: ['title'], message: expect.any(String) },
        { in: 'body', path: ['tags', 1], message: expect.any(String) },
      ],
    })
  })

  it('is not read as long as anything else is wrong', async () => {
    let asked = false
    const body = (async function* () {
      asked = true
      yield new Uint8Array(0)
    })()
    const entry = post('/:id', { params: z.object({ id: int }), body: NewNote }, () => '')
    const response = await ask([entry], '/x', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    expect([response.status, asked]).toEqual([400, false])
  })

  it('of QUERY is read too', async () => {
    const entry = query('/', { body: z.object({ q: z.string() }) }, ({ body }) => json(body))
    expect((await ask([entry], '/', { method: 'QUERY', ...sent({ q: 'x' }) })).json()).toEqual({ q: 'x' })
  })

  it('cannot reach a prototype', async () => {
    const loose = post('/', { body: z.looseObject({}) }, ({ body }) =>
      json({ keys: Object.keys(body), clean: !('polluted' in {}) }),
    )
    const body = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const response = await ask([loose], '/', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    expect(response.json()).toMatchObject({ clean: true })
  })

  it('has an answer of bounded size, however much is wrong with it', async () => {
    const entry = post('/', { body: z.record(z.string(), z.array(z.string())) }, () => '')
    const request = { method: 'POST', ...sent({ ['k'.repeat(5000)]: Array.from({ length: 5000 }, () => 1) }) }
    const response = await ask([entry], '/', request)
    expect(response.status).toBe(422)
    expect(response.json()).toMatchObject({ errors: { length: 100 } })
    expect(response.text.length).toBeLessThan(50_000)
  })
})

describe('a Standard Schema of another library', () => {
  it.each(['now', 'later'] as const)('is asked the same way, if it answers %s', async (when) => {
    const entry = get('/:n', { params: numberSchema(when) }, ({ params }) => json({ twice: params.n * 2 }))
    expect((await ask([entry], '/4')).json()).toEqual({ twice: 8 })
    expect(await errorsOf(entry, '/x')).toEqual({
      status: 400,
      errors: [{ in: 'params', path: ['n'], message: 'no number' }],
    })
  })

  it('of zod/mini is one', async () => {
    const entry = get('/:n', { params: mini.object({ n: mini.coerce.number() }) }, ({ params }) => json(params))
    expect((await ask([entry], '/4')).json()).toEqual({ n: 4 })
  })

  it('that throws is our own error, not the client’s', async () => {
    const broken: Schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate() {
          throw new Error('no database')
        },
      },
    }
    const response = await ask([get('/', { query: broken }, () => '')], '/')
    expect([response.status, response.errors]).toEqual([500, expect.stringContaining('no database')])
    expect(response.text).not.toContain('no database')
  })
})

describe('what is wrong with a request', () => {
  const list = get('/:id', { params: z.object({ id: int }), query: z.object({ page: int }) }, () => '')

  it('is told of all parts at once', async () => {
    expect(await errorsOf(list, '/x?page=%3Cb%3E')).toMatchObject({
      status: 400,
      errors: [
        { in: 'params', path: ['id'] },
        { in: 'query', path: ['page'] },
      ],
    })
  })

  it.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['application/json', 'application/problem+json'],
    ['application/json, text/html;q=0.5', 'application/problem+json'],
    ['*/*', 'application/problem+json'],
    ['image/png', 'application/problem+json'],
    ['text/plain', 'text/plain; charset=utf-8'],
  ])('is told to one who accepts %s as %s', async (accept, type) => {
    const response = await ask([list], '/x?page=1', { headers: { accept } })
    expect([response.status, response.header('content-type'), response.header('vary')]).toEqual([400, type, 'Accept'])
  })

  it('is escaped in a page', async () => {
    const strict = get('/', { query: z.strictObject({}) }, () => '')
    const response = await ask([strict], '/?%3Cscript%3E=1', { headers: { accept: 'text/html' } })
    expect(response.text).toContain('&lt;script&gt;')
    expect(response.text).not.toContain('<script>')
  })

  it('is an error that onError can have', async () => {
    const onError = (error: unknown) => (error instanceof HttpError ? `own ${error.name}` : 'other')
    const response = await ask([list], '/x', {}, { onError })
    expect([response.status, response.text]).toEqual([400, 'own ValidationError'])
  })
})

describe('schemas that cannot be used are named when the application is made', () => {
  // What TypeScript refuses, JavaScript can write.
  const untyped = (entry: unknown) => entry as RouteEntry
  it.each<[string, () => RouteEntry, string]>([
    [
      'a schema for parameters that the pattern does not have',
      () => ({ ...get('/users/:user', () => ''), options: { params: z.object({ id: int }) } }),
      'routes[0]: the params schema has id, which the pattern does not: its parameters are user',
    ],
    [
      'what is no schema',
      () => untyped({ ...get('/', () => ''), options: { query: { page: int } } }),
      'routes[0]: its query is no schema; give one of zod 4 or any Standard Schema',
    ],
    [
      'an option nobody knows',
      () => untyped({ ...get('/', () => ''), options: { qeury: z.object({}) } }),
      'routes[0]: nothing is known of the option qeury',
    ],
  ])('%s', (_, entry, message) => {
    expect(() => new Application([entry()])).toThrow(message)
  })

  it('and a prefix counts for the pattern', () => {
    const inner = { ...get('/x', () => ''), options: { params: z.object({ team: int }) } }
    expect(() => new Application([group('/:team', [inner])])).not.toThrow()
  })
})

describe('the body of a route', () => {
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  const Text = z.object({ text: z.string() })

  it('has a limit of its own, above or below that of the application', async () => {
    const view = ({ body }: { readonly body: { readonly text: string } }) => text(String(body.text.length))
    const entries = [
      post('/large', { body: Text, bodyLimit: 100 }, view),
      post('/small', { body: Text, bodyLimit: 8 }, view),
      post('/bare', { bodyLimit: 100 }, async ({ body }) => text(String((await body.bytes()).length))),
      post('/other', { body: Text }, view),
    ]
    const statuses = async (length: number) => {
      const body = `text=${'a'.repeat(length)}`
      const sent = entries.map(({ pattern }) => ask(entries, pattern, { ...form, body }, { bodyLimit: 20 }))
      return (await Promise.all(sent)).map(({ status }) => status)
    }
    expect(await statuses(3)).toEqual([200, 200, 200, 200])
    expect(await statuses(10)).toEqual([200, 413, 200, 200])
    expect(await statuses(50)).toEqual([200, 413, 200, 413])
    expect(await statuses(100)).toEqual([413, 413, 413, 413])
  })

  it('is a form with limits and a store of its own', async () => {
    const kept: string[] = []
    const store: FileStore = async (part, environ) => {
      kept.push(part.name)
      return keepInMemory(part, environ)
    }
    const schema = z.object({ photo: z.object({ size: z.number() }) })
    const options = { body: schema, form: { limits: { fileSize: 3 }, store } }
    const entries = [post('/', options, ({ body }) => text(String(body.photo.size)))]
    const send = (size: number) => {
      const body = `--b\r\ncontent-disposition: form-data; name="photo"; filename="a"\r\n\r\n${'a'.repeat(size)}\r\n--b--\r\n`
      return ask(entries, '/', { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b' }, body })
    }
    expect([(await send(3)).text, kept]).toEqual(['3', ['photo']])
    expect((await send(4)).status).toBe(413)
  })

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('cannot have the limit %s', (bodyLimit) => {
    const message = `bodyLimit is ${bodyLimit}; it must be a whole number of bytes, 0 or more`
    expect(() => new Application([post('/', { bodyLimit }, () => '')])).toThrow(`routes[0]: its ${message}`)
    expect(() => new Application([], { bodyLimit })).toThrow(`options: ${message}`)
  })
})

describe('onInvalid', () => {
  const Age = z.object({ age: int })
  const ok = () => 'ok'
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }

  it('answers in place of the view, with the status of the error and what was typed', async () => {
    const entry = post(
      '/:id',
      {
        params: z.object({ id: int }),
        body: Age,
        onInvalid: async ({ errors }, request) => {
          const { fields } = await request.form()
          return { id: request.params.id, typed: fields, errors }
        },
      },
      ok,
    )
    const refused = await ask([entry], '/7', { ...form, body: 'age=old' })
    expect(refused.status).toBe(422)
    expect(refused.json()).toMatchObject({ id: '7', typed: { age: 'old' }, errors: [{ in: 'body', path: ['age'] }] })
    expect((await ask([entry], '/7', { ...form, body: 'age=7' })).text).toBe('ok')
  })

  it.each<[string, RouteEntry]>([
    ['at once', get('/', { query: Age, onInvalid: (_, { query }) => `<b>${typeof query.age}</b>` }, ok)],
    ['later', get('/', { query: Age, onInvalid: async (_, { query }) => `<b>${typeof query.age}</b>` }, ok)],
  ])('gets the query as it was sent, and answers %s', async (_, entry) => {
    const refused = await ask([entry], '/?age=old')
    expect([refused.status, refused.text]).toEqual([400, '<b>string</b>'])
  })

  it('gets what another schema has read as it was sent, too', async () => {
    const onInvalid: InvalidView = (_, { query }) => ({ age: query.age })
    const schemas = { query: Age, headers: z.object({ 'x-trace': uuid }) }
    expect((await ask([get('/', { ...schemas, onInvalid }, ok)], '/?age=7')).json()).toEqual({ age: '7' })
  })

  it('may say another status, leave the error to the application, or fail', async () => {
    const entry = (onInvalid: InvalidView) => get('/', { query: Age, onInvalid }, ok)
    const seeOther: InvalidView = () => json({}, 303)
    const leave: InvalidView = (error) => {
      throw error
    }
    const fail: InvalidView = () => {
      throw new Error('sesame')
    }
    const onError = (_: unknown, __: unknown, shown: HttpError) => `${shown.status}`
    expect((await ask([entry(seeOther)], '/')).status).toBe(303)
    expect((await ask([entry(leave)], '/', {}, { onError })).text).toBe('400')
    expect((await ask([entry(fail)], '/', {}, { onError })).text).toBe('500')
  })

  it('is not asked about errors of the view, nor about a body that cannot be read', async () => {
    const onInvalid = () => 'explained'
    const view = () => {
      throw new ValidationError(422, [])
    }
    const unread = await ask([post('/', { body: Age, onInvalid }, ok)], '/', { body: '{', ...sentHeaders })
    expect(unread).toMatchObject({
      status: 400,
      text: expect.stringContaining('"detail":"The body is not valid JSON"'),
    })
    expect((await ask([get('/', { query: Age, onInvalid }, view)], '/?age=7')).text).not.toBe('explained')
  })

  it('is a function, or the table is refused', () => {
    // As JavaScript would give it.
    const onInvalid = 'page' as unknown as InvalidView
    expect(() => new Application([get('/', { query: Age, onInvalid }, ok)])).toThrow('its onInvalid is string')
  })
})

const sentHeaders = { method: 'POST', headers: { 'content-type': 'application/json' } }
