/** Functions of the user in schemas: each runs once per request, and no promise of theirs is left without a reader. */
import { Application, get, json, post, type RouteEntry } from '@tsgi/framework'
import { request } from '@tsgi/framework/testing'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'

const strays: unknown[] = []
const note = (error: unknown) => strays.push(error)

beforeEach(() => {
  strays.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
})

/** Long enough for Node to report a rejection that has no reader. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 10))

const down = () => Promise.reject(new Error('db down'))

/** A route for each part that a schema can read, with the field `n` read by `field`. */
const PLACES: ReadonlyArray<[place: string, entry: (field: z.ZodType) => RouteEntry, ask: () => Ask]> = [
  ['params', (n) => get('/:n', { params: z.object({ n }) }, () => 'ok'), () => (app) => request(app).get('/a')],
  ['query', (n) => get('/', { query: z.object({ n }) }, () => 'ok'), () => (app) => request(app).get('/?n=a')],
  [
    'headers',
    (n) => get('/', { headers: z.object({ n }) }, () => 'ok'),
    () => (app) => request(app).get('/').header('N', 'a'),
  ],
  [
    'cookies',
    (n) => get('/', { cookies: z.object({ n }) }, () => 'ok'),
    () => (app) => request(app).get('/').header('Cookie', 'n=a'),
  ],
  [
    'a JSON body',
    (n) => post('/', { body: z.object({ n }) }, () => 'ok'),
    () => (app) => request(app).post('/').json({ n: 'a' }),
  ],
  [
    'a form',
    (n) => post('/', { body: z.object({ n }) }, () => 'ok'),
    () => (app) => request(app).post('/').form({ n: 'a' }),
  ],
  [
    'a body with onInvalid',
    (n) => post('/', { body: z.object({ n }), onInvalid: () => 'no' }, () => 'ok'),
    () => (app) => request(app).post('/').json({ n: 'a' }),
  ],
  [
    'a response',
    (n) => get('/', { response: z.object({ n }) }, () => ({ n: 'a' })),
    () => (app) => request(app).get('/'),
  ],
]
type Ask = (app: Application) => PromiseLike<{ readonly status: number; readonly text: string }>

/** Calls `f` and gives back what it got. */
const calling = (f: () => unknown) => async (value: string) => {
  await f()
  return value
}

/** Schemas that call `f` once for the text `a`, wherever in them it stands. */
const FUNCTIONS: ReadonlyArray<[what: string, schema: (f: () => unknown) => z.ZodType]> = [
  ['refine', (f) => z.string().refine(f as () => boolean)],
  ['superRefine', (f) => z.string().superRefine(async () => void (await f()))],
  ['check', (f) => z.string().check(async () => void (await f()))],
  ['custom', (f) => z.custom<string>(f as () => boolean)],
  ['a codec', (f) => z.codec(z.string(), z.string(), { decode: calling(f), encode: calling(f) })],
  [
    'inside of optional',
    (f) =>
      z
        .string()
        .refine(f as () => boolean)
        .optional(),
  ],
  ['inside of a union', (f) => z.union([z.string().refine(f as () => boolean), z.literal('b')])],
  ['inside of lazy', (f) => z.lazy(() => z.string().refine(f as () => boolean))],
  ['inside of an intersection', (f) => z.string().and(z.string().refine(f as () => boolean))],
  ['inside of a pipe', (f) => z.string().pipe(z.string().refine(f as () => boolean))],
]
/** These have no way back, so they cannot be in a response. */
const ONE_WAY: typeof FUNCTIONS = [
  ['transform', (f) => z.string().transform(calling(f))],
  ['preprocess', (f) => z.preprocess((value) => calling(f)(String(value)), z.string())],
]
const CASES = PLACES.flatMap(([place, entry, ask]) =>
  [...FUNCTIONS, ...(place === 'a response' ? [] : ONE_WAY)].map(
    ([what, schema]) => [`${what} in ${place}`, entry, schema, ask()] as const,
  ),
)

describe('an asynchronous function in a schema', () => {
  it.each(CASES)('runs once: %s', async (_, entry, schema, ask) => {
    let runs = 0
    const application = new Application([entry(schema(async () => ++runs > 0))])
    for (const expected of [1, 2, 3]) {
      expect((await ask(application)).status).toBe(200)
      expect(runs).toBe(expected)
    }
  })

  it.each(CASES)('that rejects is one 500: %s', async (_, entry, schema, ask) => {
    const application = new Application([entry(schema(down))])
    const response = await ask(application)
    await settle()
    expect([response.status, strays]).toEqual([500, []])
    expect(response.text).not.toContain('db down')
  })

  it.each<[string, z.ZodType]>([
    ['a union that another option ends at once', z.union([z.string().refine(down), z.string()])],
    [
      'a field beside one that throws',
      z.object({
        a: z.any().refine(down),
        b: z.any().refine(() => {
          throw new Error('bug')
        }),
      }),
    ],
    [
      'a check before one that throws',
      z
        .any()
        .refine(down)
        .refine(() => {
          throw new Error('bug')
        }),
    ],
    [
      'an item beside one that throws',
      z.tuple([
        z.any().refine(down),
        z.any().refine(() => {
          throw new Error('bug')
        }),
      ]),
    ],
    ['both sides of an intersection', z.any().refine(down).and(z.any().refine(down))],
    ['every item of a list', z.array(z.any().refine(down))],
    [
      'a field inside of a field',
      z.object({ a: z.any().refine(down), b: z.object({ c: z.any().refine(down) }).refine(down) }),
    ],
    ['a record', z.record(z.string(), z.any().refine(down))],
    ['a catch', z.any().refine(down).catch('x')],
  ])('leaves no rejection behind: %s', async (_, body) => {
    const application = new Application([post('/', { body }, () => 'ok')])
    for (const value of ['text', { a: 1, b: 2 }, { a: 1, b: { c: 1 } }, [1, 2]])
      await request(application).post('/').json(value)
    await settle()
    expect(strays).toEqual([])
  })

  it('leaves none behind in one part, where another part throws or cannot be read', async () => {
    const query = z.object({ n: z.string().refine(down) })
    const cookies = z.object({
      n: z.string().refine(() => {
        throw new Error('bug')
      }),
    })
    const application = new Application([get('/', { query, cookies }, () => 'ok')])
    const many = Array.from({ length: 301 }, (_, i) => `c${i}=1`).join('; ')
    expect((await request(application).get('/?n=a').header('Cookie', 'n=a')).status).toBe(500)
    expect((await request(application).get('/?n=a').header('Cookie', many)).status).toBe(400)
    await settle()
    expect(strays).toEqual([])
  })

  it('runs once in a schema that refers to itself', async () => {
    let runs = 0
    const name = z.string().refine(async () => ++runs > 0)
    const tree = z.object({
      name,
      get children() {
        return z.array(tree)
      },
    })
    const application = new Application([post('/', { body: tree, response: tree }, ({ body }) => body)])
    const sent = { name: 'a', children: [{ name: 'b', children: [] }] }
    expect((await request(application).post('/').json(sent)).json()).toEqual(sent)
    expect(runs).toBe(4) // two names, read and written
  })

  it('says what is wrong in the words of the schema', async () => {
    const n = z.string().refine(async (value) => value !== 'taken', 'This name is taken')
    const application = new Application([post('/', { body: z.object({ n, m: z.string().min(3) }) }, () => 'ok')])
    const refused = await request(application).post('/').json({ n: 'taken', m: '' })
    expect([refused.status, refused.json()]).toEqual([
      422,
      expect.objectContaining({
        errors: [
          { in: 'body', path: ['m'], message: 'Too small: expected string to have >=3 characters' },
          { in: 'body', path: ['n'], message: 'This name is taken' },
        ],
      }),
    ])
  })

  it('leaves the schema as it was', async () => {
    const schema = z.object({ n: z.string().refine(async () => true) })
    const before = schema.shape.n._zod.def.checks
    const application = new Application([post('/', { body: schema }, () => 'ok')])
    await request(application).post('/').json({ n: 'a' })
    expect(schema.shape.n._zod.def.checks).toBe(before)
    expect(() => schema.parse({ n: 'a' })).toThrow(/Promise/)
    await settle()
  })

  it('of another library runs once too', async () => {
    let runs = 0
    const schema = v.objectAsync({
      n: v.pipeAsync(
        v.string(),
        v.checkAsync(async () => ++runs > 0),
      ),
    })
    const application = new Application([
      get('/', { query: schema }, () => 'ok'),
      post('/', { body: schema }, () => 'ok'),
    ])
    expect((await request(application).get('/?n=a')).status).toBe(200)
    expect((await request(application).post('/').json({ n: 'a' })).status).toBe(200)
    expect(runs).toBe(2)
    const failing = new Application([
      get('/', { query: v.pipeAsync(v.object({ n: v.string() }), v.checkAsync(down)) }, () => 'ok'),
    ])
    expect((await request(failing).get('/?n=a')).status).toBe(500)
    await settle()
    expect(strays).toEqual([])
  })
})

describe('a synchronous function in a schema', () => {
  it('runs once, also for a request that is refused', async () => {
    let runs = 0
    const n = z.string().refine(() => ++runs > 0)
    const application = new Application([post('/', { body: z.object({ n, m: z.string() }) }, ({ body }) => json(body))])
    await request(application).post('/').json({ n: 'a' })
    expect(runs).toBe(1)
  })

  it('that throws runs once, and is one 500', async () => {
    let runs = 0
    const n = z.string().refine(() => {
      runs++
      throw new Error('bug')
    })
    const application = new Application([get('/', { query: z.object({ n }) }, () => 'ok')])
    const response = await request(application).get('/?n=a')
    expect([response.status, runs]).toEqual([500, 1])
    expect(response.errors).toContain('Error: bug')
  })
})
