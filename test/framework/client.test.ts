/** A client of an application, typed by the application's type: over a socket and without one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Application, conflict, events, get, group, host, json, post, query, route } from '@tsgi/framework'
import { ClientError, client } from '@tsgi/framework/client'
import { date, int } from '@tsgi/framework/codecs'
import { toFetchHandler } from '@tsgi/gateways/fetch'
import { serve } from '@tsgi/server'
import { build } from 'esbuild'
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const Note = z.object({ id: z.int(), title: z.string(), day: date })
const day = new Date('2026-02-28T00:00:00Z')

const application = new Application([
  get('/', () => 'home'),
  group('/notes', [
    get('', { query: z.object({ page: int.default(1), tag: z.array(z.string()).optional() }) }, ({ query }) =>
      json(query),
    ),
    get('/:id', { name: 'note', params: z.object({ id: int }), response: Note }, ({ params }) => ({
      ...params,
      title: 'a',
      day,
    })),
    post('', { body: z.object({ title: z.string().min(1) }), response: Note }, ({ body }) => ({
      id: 1,
      title: body.title,
      day,
    })),
    get('/:id/changes', { params: z.object({ id: int }) }, ({ params }) =>
      events(async function* () {
        yield { id: '1', data: `first of ${params.id}` }
        yield { event: 'named', data: { a: 'two\nlines' } }
        yield 'last'
        await new Promise(() => {})
      }),
    ),
  ]),
  get('/files/*path', ({ params }) => json(params.path)),
  get('/tabs{/:tab}', ({ params }) => json(params.tab ?? 'none')),
  query('/search', { body: z.string() }, ({ body }) => json(body)),
  route(['PUT', 'DELETE'], '/both', ({ method }) => json(method)),
  host('localhost', [get('/here', () => json('here'))]),
  get('/taken', () => conflict('Somebody was faster')),
  get('/empty', () => null),
])

const server = await serve(application, { bind: ['127.0.0.1:0'] })
afterAll(() => server.close())
const base = `http://${String(server.addresses[0]).replace('http://', '')}/`

const handler = toFetchHandler(application)
const CLIENTS = [
  ['over a socket', client<typeof application>(base.replace('127.0.0.1', 'localhost'))],
  ['without one', client<typeof application>('http://localhost', { fetch: (request) => handler(request) })],
] as const

describe.each(CLIENTS)('a client %s', (_, api) => {
  it('calls routes by what they declare', async () => {
    const note = await api('GET /notes/:id', { params: { id: 7 } })
    expectTypeOf(note).toEqualTypeOf<{ id: number; title: string; day: string }>()
    expect(note).toEqual({ id: 7, title: 'a', day: '2026-02-28' })
    expect(await api('POST /notes', { body: { title: 'b' } })).toMatchObject({ title: 'b' })
    expect(await api('GET /notes', { query: { page: 2, tag: ['x', 'y'] } })).toEqual({ page: 2, tag: ['x', 'y'] })
    expect(await api('GET /notes')).toEqual({ page: 1 })
    expect(await api('QUERY /search', { body: 'ink' })).toBe('ink')
    expect(await api('DELETE /both')).toBe('DELETE')
    expect(await api('GET /')).toBe('home')
    expect(await api('GET /here')).toBe('here')
    expect(await api('GET /empty')).toBe(null)
  })

  it('writes parameters as urlFor does', async () => {
    expect(await api('GET /files/*path', { params: { path: ['a/b', 'ü'] } })).toEqual(['a/b', 'ü'])
    expect(await api('GET /tabs{/:tab}', { params: {} })).toBe('none')
    expect(await api('GET /tabs{/:tab}', { params: { tab: 'x y' } })).toBe('x y')
    for (const path of [['..'], ['.', 'a'], ['\0']])
      await expect(api('GET /files/*path', { params: { path } })).rejects.toThrow(
        'is no path that a client can ask for',
      )
  })

  it('rejects with the problem', async () => {
    const error: unknown = await api('GET /taken').catch((error: unknown) => error)
    if (!(error instanceof ClientError)) throw error
    expect([error.message, error.status]).toEqual(['GET /taken: 409: Somebody was faster', 409])
    expect(error.problem).toMatchObject({ status: 409, title: 'Conflict' })
    const invalid: unknown = await api('POST /notes', { body: { title: '' } }).catch((error: unknown) => error)
    expect(invalid).toMatchObject({ status: 422, problem: { errors: [{ in: 'body', path: ['title'] }] } })
  })

  it('gives events as they come, and hangs up when the loop ends', async () => {
    const seen: unknown[] = []
    for await (const event of api.events('GET /notes/:id/changes', { params: { id: 7 } })) {
      seen.push(event)
      if (event.data === 'last') break
    }
    expect(seen).toEqual([
      { event: 'message', id: '1', data: 'first of 7' },
      { event: 'named', id: '1', data: '{"a":"two\\nlines"}' },
      { event: 'message', id: '1', data: 'last' },
    ])
  })
})

it('the compiler refuses what no route takes', () => {
  const api = client<typeof application>(base)
  const never = () => [
    // @ts-expect-error no such route
    api('GET /nowhere'),
    // @ts-expect-error no such method
    api('PATCH /notes'),
    // @ts-expect-error a parameter is missing
    api('GET /notes/:id'),
    // @ts-expect-error the schema reads a number
    api('GET /notes/:id', { params: { id: true } }),
    // @ts-expect-error the body is declared
    api('POST /notes', { body: { name: 'x' } }),
    // @ts-expect-error the body is missing
    api('POST /notes'),
  ]
  expect(never).toBeTypeOf('function')
})

it('weighs less than 2 KB, compressed, and brings nothing of the application', async () => {
  const folder = mkdtempSync(join(import.meta.dirname, 'client-'))
  try {
    const entry = join(folder, 'page.ts')
    writeFileSync(
      entry,
      `import { client } from '@tsgi/framework/client'\nimport type { Application } from '@tsgi/framework'\nexport default client<Application>('/')`,
    )
    const { outputFiles, metafile } = await build({
      ...{
        entryPoints: [entry],
        bundle: true,
        format: 'esm',
        minify: true,
        write: false,
        metafile: true,
        platform: 'browser',
      },
    })
    expect(gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length).toBeLessThan(2048)
    expect(Object.keys(metafile.inputs).filter((path) => !/\/client(?:\.ts|\/)|page\.ts$/.test(path))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
