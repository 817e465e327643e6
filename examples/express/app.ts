/**
 * Hello from Express. `tsgi serve examples/express/app.ts:app`; nothing in this file knows of TSGI.
 */
import express from 'express'

export const app = express()

app.get('/', (_request, response) => {
  response.type('text/plain').send('Hello from Express\n')
})

app.get('/hello/:name', (request, response) => {
  response.send(`<h1>Hello, ${escapeHtml(request.params.name)}</h1>`)
})

app.get('/json', (request, response) => {
  response.json({ framework: 'Express', query: request.query, method: request.method, accept: request.get('accept') })
})

app.post('/sum', express.json(), (request, response) => {
  const numbers: unknown = request.body?.numbers
  if (!Array.isArray(numbers)) response.status(422).json({ error: 'numbers must be a list' })
  else response.status(201).json({ sum: numbers.reduce((sum, number) => sum + Number(number), 0) })
})

app.put('/echo', (request, response) => {
  response.set('Content-Type', request.get('content-type') ?? 'application/octet-stream')
  request.pipe(response)
})

app.get('/old', (_request, response) => {
  response.redirect(301, '/json?from=old')
})

app.get('/cookies', (request, response) => {
  response.cookie('seen', 'yes', { path: '/', httpOnly: true }).cookie('theme', 'dark')
  response.type('text/plain').send(`got ${request.headers.cookie ?? 'none'}\n`)
})

app.get('/stream', (_request, response) => {
  response.type('text/plain')
  let line = 0
  const next = (): void => {
    response.write(`line ${line++}\n`)
    if (line < 5) setImmediate(next)
    else response.end()
  }
  next()
})

app.get('/version', (request, response) => {
  response.set('ETag', '"v1"').set('Cache-Control', 'max-age=60')
  if (request.fresh) response.status(304).end()
  else response.type('text/plain').send('version 1\n')
})

app.delete('/item', (_request, response) => {
  response.status(204).end()
})

app.get('/error', () => {
  throw new Error('a secret of the example')
})

app.get('/cut', (_request, response, next) => {
  response.type('text/plain').write('this is not all')
  setImmediate(() => next(new Error('after the head')))
})

app.use(
  (
    error: Error & { status?: number },
    _request: express.Request,
    response: express.Response,
    next: express.NextFunction,
  ) => {
    if (response.headersSent) next(error)
    else response.status(error.status ?? 500).json({ error: error.status === undefined ? 'internal' : 'bad request' })
  },
)

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
