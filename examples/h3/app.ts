/**
 * Hello from h3. `tsgi serve examples/h3/app.ts:app`; nothing in this file knows of TSGI.
 */
import { getQuery, getRouterParam, H3, HTTPError, html, redirect, setCookie } from 'h3'

export const app = new H3({ silent: true })

app.get('/', () => 'Hello from h3\n')

app.get('/hello/:name', (event) =>
  html(`<h1>Hello, ${escapeHtml(getRouterParam(event, 'name', { decode: true }) ?? '')}</h1>`),
)

app.get('/json', (event) => {
  const { method, headers } = event.req
  return { framework: 'h3', query: getQuery(event), method, accept: headers.get('accept') }
})

app.post('/sum', async (event) => {
  const content: { numbers?: unknown } = await event.req.json().catch(() => {
    throw new HTTPError({ status: 400, message: 'no JSON' })
  })
  if (!Array.isArray(content.numbers)) throw new HTTPError({ status: 422, message: 'numbers must be a list' })
  event.res.status = 201
  return { sum: content.numbers.reduce((sum, number) => sum + Number(number), 0) }
})

app.put('/echo', (event) => {
  event.res.headers.set('Content-Type', event.req.headers.get('content-type') ?? 'application/octet-stream')
  return event.req.body
})

app.get('/old', () => redirect('/json?from=old', 301))

app.get('/cookies', (event) => {
  setCookie(event, 'seen', 'yes', { path: '/', httpOnly: true })
  setCookie(event, 'theme', 'dark')
  return `got ${event.req.headers.get('cookie') ?? 'none'}\n`
})

app.get('/stream', (event) => {
  event.res.headers.set('Content-Type', 'text/plain')
  let line = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve))
      if (line === 5) controller.close()
      else controller.enqueue(new TextEncoder().encode(`line ${line++}\n`))
    },
  })
})

app.get('/version', (event) => {
  event.res.headers.set('ETag', '"v1"')
  event.res.headers.set('Cache-Control', 'max-age=60')
  if (event.req.headers.get('if-none-match') !== '"v1"') return 'version 1\n'
  event.res.status = 304
  return null
})

app.delete('/item', (event) => {
  event.res.status = 204
  return null
})

app.get('/error', () => {
  throw new Error('a secret of the example')
})

app.get('/cut', (event) => {
  event.res.headers.set('Content-Type', 'text/plain')
  let chunks = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve))
      if (chunks++ === 0) controller.enqueue(new TextEncoder().encode('this is not all'))
      else controller.error(new Error('after the head'))
    },
  })
})

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
