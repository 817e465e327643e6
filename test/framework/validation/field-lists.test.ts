/** Names that came once or several times, and the lists and sets that schemas want of them. */

import { Application, get, json, post } from '@tsgi/framework'
import { request } from '@tsgi/framework/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const tags = z.array(z.string())
const OBJECTS: Readonly<Record<string, z.ZodType>> = {
  object: z.object({ tags }),
  strictObject: z.strictObject({ tags }),
  looseObject: z.looseObject({ tags }),
  discriminatedUnion: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('a'), tags }),
      z.object({ type: z.literal('b'), tags: z.string() }),
    ])
    .or(z.object({ tags })),
  union: z.union([z.object({ tags }), z.object({ id: z.string() })]),
  intersection: z.object({ page: z.string().default('1') }).and(z.object({ tags })),
  preprocess: z.preprocess((value) => value, z.object({ tags })),
  catchall: z.object({}).catchall(tags),
  record: z.record(z.string(), tags),
  partialRecord: z.partialRecord(z.enum(['tags', 'other']), tags),
  lazy: z.lazy(() => z.object({ tags })),
  readonly: z.object({ tags }).readonly(),
  optional: z.object({ tags }).optional(),
  default: z.object({ tags }).default({ tags: ['none'] }),
  prefault: z.object({ tags }).prefault({ tags: ['none'] }),
  catch: z.object({ tags }).catch({ tags: ['caught'] }),
  pipe: z.object({ tags }).pipe(z.object({ tags })),
  transform: z.object({ tags }).transform((value) => value),
  refine: z.object({ tags }).refine(() => true),
  nested: z
    .union([z.object({ x: z.string() }), z.object({ tags }).and(z.object({ y: z.string().optional() }))])
    .optional(),
}

const FIELDS: Readonly<Record<string, [schema: z.ZodType, one: unknown, two: unknown]>> = {
  array: [z.array(z.string()), ['a'], ['a', 'b']],
  set: [z.set(z.string()).transform((set) => [...set]), ['a'], ['a', 'b']],
  optional: [z.array(z.string()).optional(), ['a'], ['a', 'b']],
  'set in a union': [z.union([z.literal('all'), z.set(z.string()).transform((set) => [...set])]), ['a'], ['a', 'b']],
  'list or another literal': [z.union([z.literal('all'), z.array(z.string())]), ['a'], ['a', 'b']],
  'text or list': [z.union([z.string(), z.array(z.string())]), 'a', ['a', 'b']],
  'its literal or list': [z.union([z.enum(['a']), z.array(z.string())]), 'a', ['a', 'b']],
  tuple: [z.tuple([z.string()]).rest(z.string()), ['a'], ['a', 'b']],
  'a preprocess of the field': [
    z.preprocess((x) => (typeof x === 'string' ? x.split(',') : x), z.array(z.string())),
    ['a'],
    ['a', 'b'],
  ],
  nonoptional: [z.array(z.string()).optional().nonoptional(), ['a'], ['a', 'b']],
}

describe('a list in a query', () => {
  it.each(Object.entries(OBJECTS))('is a list of one for a name that came once: %s', async (_, query) => {
    const application = new Application([get('/', { query }, (request) => json(request.query as object))])
    expect((await request(application).get('/?tags=x')).json()).toMatchObject({ tags: ['x'] })
    expect((await request(application).get('/?tags=x&tags=y')).json()).toMatchObject({ tags: ['x', 'y'] })
  })

  it.each(Object.entries(FIELDS))('of a field that is %s', async (_, [schema, one, two]) => {
    const application = new Application([get('/', { query: z.object({ n: schema }) }, ({ query }) => json(query))])
    expect((await request(application).get('/?n=a')).json()).toEqual({ n: one })
    expect((await request(application).get('/?n=a&n=b')).json()).toEqual({ n: two })
  })

  it('is that of the option that the other fields choose', async () => {
    const query = z.union([
      z.object({ type: z.literal('one'), tag: z.string() }),
      z.object({ type: z.literal('many'), tag: z.array(z.string()) }),
    ])
    const application = new Application([get('/', { query }, (request) => json(request.query))])
    expect((await request(application).get('/?type=one&tag=a')).json()).toEqual({ type: 'one', tag: 'a' })
    expect((await request(application).get('/?type=many&tag=a')).json()).toEqual({ type: 'many', tag: ['a'] })
  })
})

describe('a list in a form', () => {
  it('is one for fields and for files', async () => {
    const body = z.object({ tags, photos: z.array(z.file()), cover: z.union([z.file(), z.array(z.file())]) })
    const application = new Application([
      post('/', { body }, ({ body: { tags, photos, cover } }) => json([tags, photos.length, Array.isArray(cover)])),
    ])
    const file = new File(['x'], 'a.png')
    const sent = request(application).post('/').multipart({ tags: 'a', photos: file, cover: file })
    expect((await sent).json()).toEqual([['a'], 1, false])
  })
})

it('headers of an object with any names are all of them, in lower case', async () => {
  const schemas = [z.looseObject({ 'X-Token': z.string() }), z.object({ 'X-Token': z.string() }).catchall(z.string())]
  for (const headers of schemas) {
    const application = new Application([get('/', { headers }, (request) => json(request.headers))])
    const seen = (await request(application).get('/').header('X-Token', 't').header('X-Other', 'o')).json()
    expect(seen).toMatchObject({ 'X-Token': 't', 'x-other': 'o' })
  }
})
