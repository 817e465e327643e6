/**
 * Hello from Fastify. `tsgi serve examples/fastify/app.ts:app`; nothing in this file knows of TSGI.
 */
import { Readable } from 'node:stream'
import Fastify from 'fastify'

export const app = Fastify()

// Bodies that no parser knows are taken as streams.
app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

app.get('/', (_request, reply) => {
  reply.type('text/plain').send('Hello from Fastify\n')
})

app.get<{ Params: { name: string } }>('/hello/:name', (request, reply) => {
  reply.type('text/html').send(`<h1>Hello, ${escapeHtml(request.params.name)}</h1>`)
})

app.get('/json', async (request) => {
  return { framework: 'Fastify', query: request.query, method: request.method, accept: request.headers.accept }
})

app.post<{ Body: { numbers: number[] } }>(
  '/sum',
  { schema: { body: { type: 'object', required: ['numbers'], properties: { numbers: { type: 'array' } } } } },
  async (request, reply) => {
    reply.code(201)
    return { sum: request.body.numbers.reduce((sum, number) => sum + Number(number), 0) }
  },
)

app.put('/echo', (request, reply) => {
  reply.type(request.headers['content-type'] ?? 'application/octet-stream').send(request.body ?? '')
})

app.get('/old', (_request, reply) => {
  reply.redirect('/json?from=old', 301)
})

app.get('/cookies', (request, reply) => {
  reply.header('Set-Cookie', ['seen=yes; Path=/; HttpOnly', 'theme=dark'])
  reply.type('text/plain').send(`got ${request.headers.cookie ?? 'none'}\n`)
})

app.get('/stream', (_request, reply) => {
  reply.type('text/plain').send(Readable.from(lines()))
})

app.get('/version', (request, reply) => {
  reply.header('ETag', '"v1"').header('Cache-Control', 'max-age=60')
  if (request.headers['if-none-match'] === '"v1"') reply.code(304).send()
  else reply.type('text/plain').send('version 1\n')
})

app.delete('/item', (_request, reply) => {
  reply.code(204).send()
})

app.get('/error', async () => {
  throw new Error('a failure of the example')
})

app.get('/cut', (_request, reply) => {
  reply.type('text/plain').send(Readable.from(cutShort()))
})

async function* lines(): AsyncGenerator<string> {
  for (let line = 0; line < 5; line++) {
    await new Promise((resolve) => setImmediate(resolve))
    yield `line ${line}\n`
  }
}

async function* cutShort(): AsyncGenerator<string> {
  yield 'this is not all'
  await new Promise((resolve) => setImmediate(resolve))
  throw new Error('after the head')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
