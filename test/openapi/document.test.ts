/** What a document says of a table, line by line; and mistakes, each in one line. */
import { Application, get, group, host, json, mount, post, problem, query } from '@tsgi/framework'
import { bool, date, int } from '@tsgi/framework/codecs'
import { openapi } from '@tsgi/framework/openapi'
import { request } from '@tsgi/framework/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { KINDS } from './applications.ts'
import { findings, HAS_TOOLS, SKIPPED } from './tools.ts'

const INFO = { title: 'Test', version: '1.0.0' }
type Routes = ConstructorParameters<typeof Application>[0]

/** The document of a list of routes, without errors as problems. */
function documentOf(routes: Routes, options: Parameters<typeof openapi>[2] = {}) {
  return openapi(new Application(routes, { onAmbiguity: 'allow' }), INFO, { problems: false, ...options })
}

describe('a parameter', () => {
  const Wire = (schema: z.ZodType) =>
    documentOf([get('/', { query: z.object({ x: schema }) }, () => '')]).paths['/']?.get?.parameters?.[0]

  it.each<[string, z.ZodType, object]>([
    ['int', int, { required: true, schema: { type: 'integer' } }],
    ['int with a default', int.default(1), { required: false, schema: { type: 'integer', default: 1 } }],
    ['int that is described', int.describe('Page').optional(), { description: 'Page', schema: { type: 'integer' } }],
    ['int with a range', int.pipe(z.int().min(1).max(9)), { schema: { type: 'integer', minimum: 1, maximum: 9 } }],
    ['bool', bool.default(true), { required: false, schema: { type: 'boolean', default: true } }],
    ['date', date, { schema: { type: 'string', format: 'date' } }],
    ['a coerced number', z.coerce.number().min(2).default(3), { schema: { type: 'number', minimum: 2, default: 3 } }],
    ['a list of int', z.array(int), { schema: { type: 'array', items: { type: 'integer' } } }],
    ['a prefault', int.prefault('5'), { required: false, schema: { type: 'integer', default: 5 } }],
  ])('describes %s as it is sent', (_, schema, expected) => {
    expect(Wire(schema)).toMatchObject(expected)
  })

  it('of other digits stays text, and so does one whose codec throws', () => {
    const hex = z.codec(z.string(), z.int(), {
      decode: (text) => Number.parseInt(text, 16),
      encode: (n) => n.toString(16),
    })
    const broken = z.codec(z.string(), z.int(), {
      decode: Number,
      encode: () => {
        throw new Error('x')
      },
    })
    expect([Wire(hex)?.schema, Wire(broken)?.schema]).toEqual([{ type: 'string' }, { type: 'string' }])
  })

  it('has no default that changes', () => {
    expect(Wire(z.string().default(() => crypto.randomUUID()))?.schema).toEqual({ type: 'string' })
    expect(Wire(date.default(new Date()))?.schema).toEqual({ type: 'string', format: 'date' })
  })
})

it('optional parts are paths of their own, and mounts are followed', () => {
  const inner = new Application([get('/', () => ''), get('/x{/:tab}', () => '')])
  const { paths } = documentOf([group('/g', [mount('/in/:tab', inner)])])
  expect(Object.keys(paths)).toEqual(['/g/in/{tab}', '/g/in/{tab}/x/{tab_2}', '/g/in/{tab}/x'])
})

it('operations of one shape share a path, under the names of the first', () => {
  const id = z.object({ id: int })
  const { paths } = documentOf([get('/u/:name', () => ''), post('/u/:id', { params: id }, () => '')])
  expect(Object.keys(paths)).toEqual(['/u/{name}'])
  expect(paths['/u/{name}']?.post?.parameters).toEqual([
    { name: 'name', in: 'path', required: true, schema: { type: 'integer' } },
  ])
})

describe('hosts', () => {
  const routes: Routes = [
    host('a.test', [get('/x', { name: 'a' }, () => '')]),
    host('*.b.test', [get('/x', { name: 'b' }, () => '')]),
  ]

  it('with one path are an error, in one line', () => {
    expect(() => documentOf(routes)).toThrow(
      'openapi: GET /x is at a.test (routes[0][0]) and at *.b.test (routes[1][0]); describe one host: { host: "a.test" }',
    )
    expect(() => documentOf([host('a.test', [get('/x', () => '')]), get('/x', () => '')])).toThrow('at every host')
  })

  it('are described one by one', () => {
    const ids = ['a.test', 'A.test', 'www.b.test', 'other.test'].map(
      (name) => documentOf(routes, { host: name }).paths['/x']?.get?.operationId,
    )
    expect(ids).toEqual(['a', 'a', 'b', undefined])
  })

  it('are servers of their operations otherwise', () => {
    const { paths } = documentOf([host('a.test', [get('/a', () => '')]), get('/b', () => '')])
    expect([paths['/a']?.get?.servers, paths['/b']?.get?.servers]).toEqual([[{ url: '//a.test' }], undefined])
  })
})

it('says QUERY and the items of a stream in 3.2, and leaves out in 3.1 what it has no words for', () => {
  const routes: Routes = [
    query('/q', { body: z.string() }, () => ''),
    get('/e', { events: z.object({ n: z.int() }) }, () => ''),
  ]
  const [old, young] = (['3.1', '3.2'] as const).map((version) => documentOf(routes, { version }))
  expect([old?.openapi, young?.openapi]).toEqual(['3.1.1', '3.2.0'])
  expect([Object.keys(old?.paths ?? {}), young?.paths['/q']?.query?.requestBody?.required]).toEqual([['/e'], true])
  const media = [old, young].map((each) => each?.paths['/e']?.get?.responses[200])
  expect(JSON.stringify(media[0])).not.toContain('itemSchema')
  expect(media[1]).toMatchObject({ content: { 'text/event-stream': { itemSchema: { required: ['data'] } } } })
})

it('a response has its defaults in it, a body need not', () => {
  const Note = z.object({ title: z.string(), text: z.string().default('') }).meta({ id: 'Text' })
  const { components } = documentOf([post('/', { body: Note, responses: { 201: Note } }, () => json({}, 201))])
  expect(
    Object.fromEntries(Object.entries(components?.schemas ?? {}).map(([name, { required }]) => [name, required])),
  ).toEqual({
    Text: ['title', 'text'],
    TextInput: ['title'],
  })
})

describe('mistakes', () => {
  const routes: Routes = [get('/', { doc: { security: [{ token: [] }] } }, () => '')]
  it.each<[string, () => unknown, string]>([
    [
      'a scheme that is not declared',
      () => documentOf(routes),
      'openapi: routes[0].doc names "token", which securitySchemes do not declare',
    ],
    [
      'an option',
      () => documentOf([], JSON.parse('{ "verison": "3.2" }')),
      'openapi: unknown option "verison"; there are version, ',
    ],
    [
      'a version',
      () => documentOf([], JSON.parse('{ "version": "3.0" }')),
      'openapi: there is no version 3.0; there are 3.1 and 3.2',
    ],
    ['no application', () => openapi(JSON.parse('{}'), INFO), 'openapi: this is no Application'],
    ['no title', () => openapi(new Application([]), JSON.parse('{}')), 'openapi: the info has no title and version'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message)
  })

  it.each<[string, object, string]>([
    ['doc', { doc: { sumary: 'x' } }, 'its doc has sumary; there are summary, description, tags, deprecated, security'],
    ['doc', { doc: 7 }, 'its doc is number'],
    ['a status', { responses: { 99: 'x' } }, 'its responses have 99, which is no status'],
    ['a response', { responses: { 201: { schemas: 1 } } }, 'its responses.201 has schemas; there are'],
    ['a response', { responses: { 201: 7 } }, 'its responses.201 is number; give a schema, problem, a text'],
    [
      'what cannot be written',
      { responses: { 201: z.string().transform(Number) } },
      'its responses.201 has a transform',
    ],
  ])('of a route are found when the list is made: %s', (_, options, message) => {
    expect(() => new Application([get('/', options, () => '')])).toThrow(message)
  })
})

describe('responses by status', () => {
  const Day = z.object({ day: date })
  const day = new Date('2026-02-28T00:00:00Z')
  const application = new Application([
    get(
      '/:status',
      {
        params: z.object({ status: int }),
        responses: { 201: Day, 409: { description: 'Taken', schema: Day }, 404: problem },
      },
      ({ params }) => json({ day, more: 1 }, params.status),
    ),
    get('/plain/data', { responses: { 200: Day } }, () => ({ day })),
    get('/wrong/data', { responses: { 201: Day } }, () => json({ day: 'x' }, 201)),
  ])

  it('are written by their schemas, others are left alone', async () => {
    const texts = await Promise.all(
      ['/201', '/409', '/200', '/plain/data'].map(async (path) => (await request(application).get(path)).text),
    )
    const written = '{"day":"2026-02-28"}'
    expect(texts).toEqual([written, written, JSON.stringify({ day, more: 1 }), written])
    expect((await request(application).get('/wrong/data')).status).toBe(500)
  })
})

describe.skipIf(!HAS_TOOLS)(`random tables${SKIPPED}`, () => {
  const segment = fc.constantFrom('/a', '/b', '/:id', '/:name', '/x-:id', '{/:tab}', '/ü')
  const schema = fc.constantFrom(
    z.object({ q: int.default(1) }),
    z.object({ q: z.string(), r: bool.optional() }),
    z.looseObject({}),
  )
  const entry = fc.record({
    methods: fc.constantFrom('GET', 'POST', 'QUERY', 'PURGE'),
    path: fc.array(segment, { minLength: 1, maxLength: 3 }),
    query: fc.option(schema, { nil: undefined }),
    body: fc.option(schema, { nil: undefined }),
    host: fc.constantFrom(undefined, 'a.test'),
    mounted: fc.constantFrom(undefined, ...KINDS.slice(2, 5).map(([, application]) => application)),
  })

  it('have valid documents', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 6 }), fc.constantFrom('3.1', '3.2'), async (entries, version) => {
        const routes = entries.flatMap(({ path, methods, query, body, host: name, mounted }, i) => {
          const pattern = `/r${i % 3}${unique(path)}`
          const made: Routes =
            mounted === undefined
              ? [{ ...get(pattern, { ...(query && { query }), ...(body && { body }) }, () => ''), methods: [methods] }]
              : [mount(pattern, mounted)]
          return name === undefined ? made : [host(name, made)]
        })
        let application: Application
        try {
          application = new Application(routes, { onAmbiguity: 'allow' })
        } catch {
          return // two entries at one place: such a list is refused
        }
        expect(await findings(openapi(application, INFO, { version, host: 'a.test' }))).toEqual([])
      }),
      { numRuns: 20 },
    )
  })
})

/** A pattern may have each parameter once. */
function unique(path: readonly string[]): string {
  return path.map((text, i) => text.replace(/:(\w+)/, `:$1${i}`)).join('')
}
