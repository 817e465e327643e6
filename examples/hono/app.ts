/**
 * Hello from Hono. `tsgi serve examples/hono/app.ts:app`; nothing in this file knows of TSGI.
 */
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { etag } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { stream } from 'hono/streaming'

export const app = new Hono()

app.get('/', (c) => c.text('Hello from Hono\n'))

app.get('/hello/:name', (c) => c.html(`<h1>Hello, ${escapeHtml(c.req.param('name'))}</h1>`))

app.get('/json', (c) =>
  c.json({ framework: 'Hono', query: c.req.query(), method: c.req.method, accept: c.req.header('accept') }),
)

app.post('/sum', async (c) => {
  const content: { numbers?: unknown } = await c.req.json().catch(() => {
    throw new HTTPException(400, { message: 'no JSON' })
  })
  if (!Array.isArray(content.numbers)) return c.json({ error: 'numbers must be a list' }, 422)
  return c.json({ sum: content.numbers.reduce((sum, number) => sum + Number(number), 0) }, 201)
})

app.put('/echo', ({ req }) => {
  return new Response(req.raw.body, { headers: { 'Content-Type': req.header('content-type') ?? 'text/plain' } })
})

app.get('/old', (c) => c.redirect('/json?from=old', 301))

app.get('/cookies', (c) => {
  setCookie(c, 'seen', 'yes', { path: '/', httpOnly: true })
  setCookie(c, 'theme', 'dark')
  return c.text(`got ${c.req.header('cookie') ?? 'none'}\n`)
})

app.get('/stream', (c) => {
  c.header('Content-Type', 'text/plain')
  return stream(c, async (out) => {
    for (let line = 0; line < 5; line++) {
      await out.write(`line ${line}\n`)
      await out.sleep(1)
    }
  })
})

app.get('/version', etag({ weak: false }), (c) => c.text('version 1\n', 200, { 'Cache-Control': 'max-age=60' }))

app.delete('/item', (c) => c.body(null, 204))

app.get('/error', () => {
  throw new Error('a secret of the example')
})

app.get('/cut', () => {
  let chunks = 0
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve))
      if (chunks++ === 0) controller.enqueue(new TextEncoder().encode('this is not all'))
      else controller.error(new Error('after the head'))
    },
  })
  return new Response(body, { headers: { 'Content-Type': 'text/plain' } })
})

// Without this Hono writes errors to the console.
app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text('Internal Server Error', 500)))

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
