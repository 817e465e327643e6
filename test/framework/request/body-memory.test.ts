/** A body is read once and can be read again: by views, error handlers, what stands behind a middleware, and late. */
import { type Application as ContractApplication, type Environ, type Middleware, validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { Application, conflict, json, notFound, post, Request } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { request } from '@tsgi/framework/testing'
import fc from 'fast-check'
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

const settle = () => new Promise((resolve) => setTimeout(resolve, 10))

describe('an error handler', () => {
  const seen = async (from: Request) =>
    json({ params: from.params, query: from.query, path: from.path, form: (await from.form()).fields })
  const Named = z.object({ name: z.string() })
  const application = new Application(
    [
      post('/form/:id', async (from) => {
        await from.form()
        conflict('taken')
      }),
      post('/typed/:id', { params: z.object({ id: int }), body: Named }, () => conflict('taken')),
      post('/bytes/:id', async ({ body }) => {
        await body.bytes()
        conflict('taken')
      }),
      post('/unread/:id', () => conflict('taken')),
      post('/unknown/:id', async ({ body }) => {
        await body.text()
        throw new Error('bug')
      }),
      post('/missing/:id', async (from) => {
        await from.form()
        notFound()
      }),
    ],
    { onError: (_, from) => seen(from), notFound: seen },
  )
  const PATHS = ['/form', '/typed', '/bytes', '/unread', '/unknown', '/missing']

  it.each(PATHS)('sees the parameters, the query and the form of the request: %s', async (path) => {
    const sent = { name: 'ada', text: 'half' }
    for (const ask of [
      request(application).post(`${path}/7?x=1`).form(sent),
      request(application).post(`${path}/7?x=1`).multipart(sent),
    ]) {
      expect((await ask).json()).toEqual({ params: { id: '7' }, query: { x: '1' }, path: `${path}/7`, form: sent })
    }
  })

  it('sees the JSON that was sent, also where a schema has read or refused it', async () => {
    const list = new Application(
      [
        post('/raw', async ({ body }) => {
          await body.json()
          conflict()
        }),
        post('/typed', { body: Named }, () => conflict()),
      ],
      { onError: async (_, { body }) => json(await body.json()) },
    )
    for (const path of ['/raw', '/typed']) {
      expect((await request(list).post(path).json({ name: 'a', more: 1 })).json()).toEqual({ name: 'a', more: 1 })
    }
    expect((await request(list).post('/typed').json({ name: 1 })).json()).toEqual({ name: 1 })
  })

  it('sees no parameters where no route was found', async () => {
    expect((await request(application).post('/nowhere').form({ name: 'ada' })).json()).toMatchObject({
      params: {},
      form: { name: 'ada' },
    })
  })
})

describe('a middleware that reads the body', () => {
  const whole: Middleware = (inner) => async (environ, startResponse) => {
    const size = (await new Request(environ).body.bytes()).length
    environ['test.size'] = size
    return inner(environ, startResponse)
  }
  const asForm: Middleware = (inner) => async (environ, startResponse) => {
    environ['test.size'] = Object.keys((await new Request(environ).form()).fields).length
    return inner(environ, startResponse)
  }
  const routes = [
    post('/json', async ({ body, environ }) => json([environ['test.size'], await body.json()])),
    post('/form', async (from) => json([from.environ['test.size'], (await from.form()).fields])),
  ]

  it('leaves it to the view, whatever the kind', async () => {
    const application = new Application(routes, { middleware: [whole] })
    expect((await request(application).post('/json').json({ a: 1 })).json()).toEqual([7, { a: 1 }])
    expect((await request(application).post('/form').form({ a: '1' })).json()).toEqual([3, { a: '1' }])
    const parts = (await request(application).post('/form').multipart({ a: '1', b: '2' })).json()
    expect(parts).toEqual([expect.any(Number), { a: '1', b: '2' }])
  })

  it('leaves a form to the view, also a multipart one', async () => {
    const application = new Application(routes, { middleware: [asForm] })
    expect((await request(application).post('/form').multipart({ a: '1', b: '2' })).json()).toEqual([
      2,
      { a: '1', b: '2' },
    ])
  })

  it('leaves it to any application, also behind a validator', async () => {
    const echo: ContractApplication = async (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return await environ['wsgi.input'].read()
    }
    const application = validate(whole(validate(echo)))
    expect((await call(application, '/', { method: 'POST', body: 'hello' })).text).toBe('hello')
  })

  it('that reads wsgi.input itself is told so, and not the client', async () => {
    const raw: Middleware = (inner) => async (environ, startResponse) => {
      await environ['wsgi.input'].read()
      return inner(environ, startResponse)
    }
    const application = new Application(routes, { middleware: [raw] })
    const response = await request(application).post('/json').json({ a: 1 })
    expect([response.status, response.errors]).toEqual([
      500,
      expect.stringContaining('read it with `new Request(environ).body`'),
    ])
    expect(response.text).not.toContain('wsgi')
  })
})

describe('the input of a body that was read', () => {
  /** Reads an input by some sequence of calls. */
  const readers: ReadonlyArray<(environ: Environ) => Promise<string>> = [
    async (environ) => decoded([await environ['wsgi.input'].read()]),
    async (environ) => {
      const pieces: Uint8Array[] = []
      for await (const piece of environ['wsgi.input']) pieces.push(piece)
      return decoded(pieces)
    },
  ]
  const decoded = (pieces: readonly Uint8Array[]) => Buffer.concat(pieces).toString()

  it('gives the same bytes by any sequence of calls', async () => {
    const sizes = fc.array(fc.record({ isLine: fc.boolean(), size: fc.integer({ min: 1, max: 20 }) }), {
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 60 }),
        sizes,
        fc.boolean(),
        async (body, calls, isLimited) => {
          const application: ContractApplication = async (environ, startResponse) => {
            const limit = isLimited ? 10 : 1000
            await new Request(environ, {}, limit).body.bytes().catch(() => undefined)
            const pieces: string[] = []
            for (const { isLine, size } of calls) {
              const input = environ['wsgi.input']
              const piece = decoded([isLine ? await input.readline(size) : await input.read(size)])
              expect(piece.length).toBeLessThanOrEqual(size)
              if (isLine) expect(piece.slice(0, -1)).not.toContain('\n')
              else expect(piece.length).toBe(Math.min(size, body.length - pieces.join('').length))
              pieces.push(piece)
            }
            pieces.push((await (readers[calls.length % 2] ?? readers[0])?.(environ)) ?? '')
            startResponse('200 OK', [])
            return pieces.join('')
          }
          // Without a length, so that the bytes are read up to the limit.
          async function* chunks() {
            if (body !== '') yield Buffer.from(body)
          }
          expect((await call(application, '/', { method: 'POST', body: chunks() })).text).toBe(body)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('a promise of the body', () => {
  it.each(['json', 'text', 'bytes', 'form'] as const)('may be awaited late: %s', async (reader) => {
    const application = new Application([
      post('/', async ({ body }) => {
        const read = body[reader]()
        await settle()
        return json(String(await read))
      }),
    ])
    // Refused for its size, its type, its text, or because the client has left in the middle.
    const type = reader === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
    const sent = [
      { body: 'x'.repeat(2 ** 20 + 1), headers: { 'content-type': type } },
      { body: '\xff', headers: { 'content-type': `${type}; charset=latin1` } },
      { body: '{', headers: { 'content-type': type } },
      { body: 'a', headers: { 'content-type': type, 'content-length': '2' } },
    ]
    for (const options of sent)
      expect((await call(application, '/', { method: 'POST', ...options })).status).toBeLessThan(500)
    expect(strays).toEqual([])
  })

  it('may never be awaited', async () => {
    const application = new Application([
      post('/', ({ body }) => {
        for (const read of [body.json(), body.text(), body.form()]) void read
        return 'ok'
      }),
    ])
    expect(
      (await call(application, '/', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(200)
    await settle()
    expect(strays).toEqual([])
  })
})
