/** AsyncLocalStorage of a middleware, wherever the work of a request goes on: at a real socket, whose reads have no context. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Middleware } from '@tsgi/contract'
import { Application, events, get, group, mount, stream, text } from '@tsgi/framework'
import { compress } from '@tsgi/framework/middleware'
import { toNodeListener } from '@tsgi/gateways/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const storage = new AsyncLocalStorage<string>()
let count = 0
const seen: (string | undefined)[] = []

const keeps: Middleware = (application) => (environ, startResponse) =>
  storage.run(`request ${++count} of ${environ.QUERY_STRING}`, () => application(environ, startResponse))

const pause = () => new Promise((resolve) => setImmediate(resolve))

const views = [
  get('/later', async () => {
    await pause()
    return text(String(storage.getStore()))
  }),
  get('/generator', () =>
    stream(
      (function* () {
        for (let i = 0; i < 3; i++) yield `${storage.getStore()}\n`
      })(),
    ),
  ),
  get('/async', () =>
    stream(
      (async function* () {
        try {
          for (let i = 0; i < 3; i++) {
            await pause()
            yield `${storage.getStore()}\n`
          }
        } finally {
          seen.push(storage.getStore())
        }
      })(),
    ),
  ),
  get('/events', () =>
    events(async function* () {
      for (let i = 0; i < 3; i++) {
        await pause()
        yield String(storage.getStore())
      }
    }),
  ),
  get('/after', (request) => {
    request.afterResponse(async () => {
      await pause()
      seen.push(storage.getStore())
    })
    return 'x'
  }),
  get('/error', async () => {
    await pause()
    throw new Error('x')
  }),
]

const handlers = { onError: () => text(String(storage.getStore())), notFound: () => text(String(storage.getStore())) }
const application = new Application([
  mount('/whole', new Application(views, { middleware: [keeps], ...handlers })),
  mount('/group', new Application([group('', { middleware: [keeps] }, views)], handlers)),
  mount('/compressed', new Application(views, { middleware: [compress({ threshold: 0 }), keeps], ...handlers })),
])

const server = createServer(toNodeListener(application))
let base = ''
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
})

describe.each(['/whole', '/group', '/compressed'])('of a middleware of %s', (where) => {
  it.each([
    ['/later', 1],
    ['/generator', 3],
    ['/async', 3],
    ['/events', 3],
    ['/error', 1],
  ])('is there in %s', async (path, times) => {
    const body = await (await fetch(`${base}${where}${path}?a`)).text()
    const stores = body.match(/request \d+ of a/g) ?? []
    expect(stores).toHaveLength(times)
    expect(new Set(stores).size).toBe(1)
    expect(body).not.toContain('undefined')
  })

  it('is there at the end of a stream, and in a task after the response', async () => {
    seen.length = 0
    await (await fetch(`${base}${where}/async?b`)).text()
    await (await fetch(`${base}${where}/after?c`)).text()
    await expect.poll(() => seen.length).toBe(2)
    expect(seen.map((store) => store?.replace(/\d+/, 'n'))).toEqual(['request n of b', 'request n of c'])
  })
})

it('of requests at the same time do not mix', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => (await fetch(`${base}/whole/async?${i}.`)).text()),
  )
  for (const [i, answer] of answers.entries()) expect(answer.match(/of \d+\./g)).toEqual(Array(3).fill(`of ${i}.`))
})
