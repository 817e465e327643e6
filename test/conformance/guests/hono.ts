/** The guest's application in Hono. */
import type { Application } from '@tsgi/contract'
import { fromFetchHandler } from '@tsgi/server'
import { Hono } from 'hono'
import { BINARY, describeBody, log, sentCookies, wait } from './shared.ts'

function streamOf(source: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await source.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await source.return(undefined)
    },
  })
}

async function* pieces() {
  yield 'a'
  await wait(1)
  yield 'bñ'
}

async function* failing() {
  yield 'begun'
  await wait(50)
  throw new Error('secret')
}

async function* endless() {
  try {
    for (let chunks = 0; chunks < 500; chunks++) {
      yield 'x'.repeat(1000)
      await wait(20)
    }
  } finally {
    log().left++
  }
}

export function honoApplication(): Application {
  const app = new Hono()
  app.onError((_error, context) => context.text('failed', 500))
  app.get('/env', ({ req }) => {
    const mark = req.url.indexOf('?')
    const query = mark === -1 ? '' : req.url.slice(mark + 1)
    const [host, test, cookie] = ['host', 'x-test', 'cookie'].map((name) => req.header(name) ?? null)
    return Response.json({ method: req.method, query, host, test, cookie })
  })
  app.post('/body', async ({ req }) =>
    Response.json(describeBody(new Uint8Array(await req.arrayBuffer()), req.header('content-type'))),
  )
  app.post('/unread', (context) => context.text('did not look'))
  app.get('/text', (context) => context.text('one ñ two'))
  app.get('/stream', (context) =>
    context.body(streamOf(pieces()), 200, { 'Content-Type': 'text/plain; charset=utf-8' }),
  )
  app.get(
    '/binary',
    () => new Response(Buffer.from(BINARY), { headers: { 'Content-Type': 'application/octet-stream' } }),
  )
  app.get('/teapot', (context) => context.text('short and stout', 418))
  app.get('/nothing', (context) => context.body(null, 204))
  app.get('/cookies', (context) => {
    for (const value of sentCookies()) context.header('Set-Cookie', value, { append: true })
    return context.text('cookies')
  })
  app.get('/old', (context) => context.redirect('/text'))
  app.get('/fail', () => {
    throw new Error('secret')
  })
  app.get('/cut', (context) => context.body(streamOf(failing())))
  app.get('/endless', (context) => context.body(streamOf(endless())))
  app.get('/log', () => Response.json(log()))
  return fromFetchHandler(app)
}
