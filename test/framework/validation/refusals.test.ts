/** Bodies that are refused: too deep, too many errors, JSON where a form is shown again, and what the others notice. */
import { call } from '@tsgi/contract/testing'
import { Application, first, get, HttpError, json, markup, post, SignedCookies, text } from '@tsgi/framework'
import { agent, request } from '@tsgi/framework/testing'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const JSON_BODY = { method: 'POST', headers: { 'content-type': 'application/json' } }
const LARGE = { bodyLimit: 2 ** 22 }

describe('JSON that is nested too deep for its schema', () => {
  const tree: z.ZodType = z.lazy(() => z.union([z.array(tree), z.object({ a: tree }), z.number()]))
  interface Node {
    readonly next?: Node | undefined
  }
  const node: v.GenericSchema<Node> = v.object({ next: v.optional(v.lazy(() => node)) })
  const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)

  it.each<[string, z.ZodType | v.GenericSchema, string]>([
    ['lists', tree, `${nested('[', ']', 100_000)}`],
    ['objects', tree, `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
    ['z.json()', z.json(), nested('[', ']', 100_000)],
    ['with a refinement', z.object({ a: tree }).refine(async () => true), `{"a":${nested('[', ']', 100_000)}}`],
    ['by valibot', node, `${'{"next":'.repeat(50_000)}{}${'}'.repeat(50_000)}`],
  ])('is 422, and no error of ours: %s', async (_, body, sent) => {
    const response = await call(new Application([post('/', { body }, () => 'ok')], LARGE), '/', {
      ...JSON_BODY,
      body: sent,
    })
    expect([response.status, response.errors]).toEqual([422, ''])
    expect(response.text).toContain('nested too deep')
  })

  it('is not what a function of the application without end is', async () => {
    const endless = (): boolean => endless()
    const application = new Application([post('/', { body: z.object({ a: z.string().refine(endless) }) }, () => 'ok')])
    const response = await request(application).post('/').json({ a: 'x' })
    expect([response.status, response.errors]).toEqual([500, expect.stringContaining('RangeError')])
  })
})

describe('a large body that its schema refuses', () => {
  const items = [
    z.array(z.string()),
    z.array(z.union([z.object({ a: z.string() }), z.object({ b: z.string() }), z.array(z.string())])),
    z.array(z.object({ id: z.uuid() })).or(z.set(z.string())),
    z.object({ list: z.array(z.object({ id: z.int() })) }),
    z.array(z.string().refine(() => true)),
    z.record(z.string(), z.array(z.string())),
  ]

  it.each(items.map((body, i) => [i, body] as const))('is refused after its first errors: %s', async (_, body) => {
    const application = new Application([post('/', { body }, () => 'ok')], LARGE)
    const list = `[${'1,'.repeat(400_000)}1]`
    for (const sent of [list, `{"list":${list}}`]) {
      const response = await call(application, '/', { ...JSON_BODY, body: sent })
      expect(response.status).toBe(422)
      const { errors } = JSON.parse(response.text)
      expect(errors.length).toBeGreaterThan(0)
      expect(errors.length).toBeLessThan(5)
    }
  })

  it('is read whole where it is right', async () => {
    const application = new Application([post('/', { body: z.array(z.int()) }, ({ body }) => json(body.length))], LARGE)
    expect((await call(application, '/', { ...JSON_BODY, body: `[${'1,'.repeat(400_000)}1]` })).text).toBe('400001')
  })

  it('leaves the event loop a turn before the next one', async () => {
    let turns = 0
    const used: number[] = []
    const application = new Application([post('/', { body: z.array(z.int()) }, () => json(used.push(turns)))], LARGE)
    const count = () => {
      turns++
      if (used.length < 4) setImmediate(count)
    }
    setImmediate(count)
    const sent = { ...JSON_BODY, body: `[${'1,'.repeat(50_000)}1]` }
    await Promise.all([1, 2, 3, 4].map(() => call(application, '/', sent)))
    expect(new Set(used).size).toBe(4)
  })
})

describe('onInvalid', () => {
  const list = new Application([
    post(
      '/form',
      {
        body: z.object({ title: z.string().min(1, 'Give it a title') }),
        onInvalid: async ({ errors }, from) => {
          const { fields } = await from.form()
          return markup`<p>${errors[0]?.message}</p> <input name="text" value="${first(fields.text)}">`
        },
      },
      () => 'ok',
    ),
    post('/any', { body: z.object({ n: z.int() }), onInvalid: () => text('own') }, () => 'ok'),
    get('/query', { query: z.object({ n: z.string() }), onInvalid: () => text('own') }, () => 'ok'),
    post(
      '/throws',
      {
        body: z.object({ n: z.int() }),
        onInvalid: () => {
          throw new HttpError(409)
        },
      },
      () => 'ok',
    ),
  ])

  it('that shows a form shows it for forms, and leaves JSON the problem', async () => {
    for (const ask of [
      request(list).post('/form').form({ title: '', text: 'half' }),
      request(list).post('/form').multipart({ title: '', text: 'half' }),
    ]) {
      const shown = await ask
      expect([shown.status, shown.text]).toEqual([422, '<p>Give it a title</p> <input name="text" value="half">'])
    }
    const refused = await request(list).post('/form').json({ title: '' })
    expect([refused.status, refused.header('Content-Type')]).toEqual([422, 'application/problem+json'])
    expect(refused.json()).toMatchObject({ errors: [{ message: 'Give it a title' }] })
  })

  it('that asks for no form is for every client', async () => {
    const refused = await request(list).post('/any').json({ n: 'x' })
    expect([refused.status, refused.text]).toEqual([422, 'own'])
    expect((await request(list).get('/query')).text).toBe('own')
    expect((await request(list).post('/throws').json({ n: 'x' })).status).toBe(409)
  })
})

describe('a cookies schema', () => {
  const signed = new SignedCookies(['a secret of sixteen bytes'])
  const schema = z.object({ theme: z.string().default('light') })
  const list = new Application([
    get('/in', async (from) => text('').withHeaders([await signed.set(from, 'user', 'ada')])),
    get('/plain', async (from) => (await signed.read(from, 'user')) ?? 'nobody'),
    get(
      '/themed',
      { cookies: schema },
      async (from) => `${(await signed.read(from, 'user')) ?? 'nobody'} ${from.cookies.theme}`,
    ),
    get('/environ', async ({ environ }) => (await signed.read({ environ }, 'user')) ?? 'nobody'),
    get('/cookies', async ({ cookies }) => (await signed.read({ cookies }, 'user')) ?? 'nobody'),
  ])

  it('does not hide a signed cookie', async () => {
    const browser = agent(list)
    await browser.get('/in')
    const seen = ['/plain', '/themed', '/environ', '/cookies'].map(async (path) => (await browser.get(path)).text)
    expect(await Promise.all(seen)).toEqual(['ada', 'ada light', 'ada', 'ada'])
  })
})

describe('a response schema', () => {
  it('lets a response without content pass', async () => {
    const response = z.object({ id: z.int() })
    const list = new Application([
      get('/204', { response }, () => json(null, 204)),
      get('/200', { response }, () => json(null)),
    ])
    expect((await request(list).get('/204')).status).toBe(204)
    expect((await request(list).get('/200')).status).toBe(500)
  })

  it.each<[string, z.ZodType, unknown, string]>([
    [
      'a codec',
      z.codec(z.string(), z.date(), { decode: (t) => new Date(t), encode: (d) => d.toISOString() }),
      new Date(Number.NaN),
      'does not fit',
    ],
    [
      'a codec of any',
      z.codec(z.string(), z.any(), { decode: String, encode: (d) => d.toISOString() }),
      new Date(Number.NaN),
      'RangeError: Invalid time value',
    ],
    [
      'a codec that fails later',
      z.codec(z.string(), z.any(), {
        decode: String,
        encode: async () => {
          throw new Error('kms down', { cause: new Error('no route') })
        },
      }),
      1,
      'no route',
    ],
    [
      'a refinement',
      z.any().refine(() => {
        throw new TypeError('bug in my refine')
      }),
      1,
      'TypeError: bug in my refine',
    ],
  ])('leaves an error its stack and its cause: %s', async (_, response, value, message) => {
    const application = new Application([get('/', { response: z.object({ d: response }) }, () => ({ d: value }))])
    const { status, errors } = await request(application).get('/')
    expect([status, errors]).toEqual([500, expect.stringContaining(message)])
    if (message !== 'does not fit') expect(errors).toContain('refusals.test.ts')
    expect(errors).not.toContain('use a codec')
  })
})
