import { Readable } from 'node:stream'
import fastify from 'fastify'

const CHUNK = Buffer.alloc(64 * 1024, 'x')
const app = fastify({ bodyLimit: 32 * 2 ** 20 })
app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.get('/', () => 'Hello, world!')
app.post('/length', (request) => String(request.body.length))
const item = {
  type: 'object',
  required: ['id', 'name'],
  properties: { id: { type: 'integer' }, name: { type: 'string' } },
}
app.post('/typed', { schema: { body: { type: 'array', items: item } } }, (request) => String(request.body.length))
app.get('/work', () => {
  const end = performance.now() + 5
  while (performance.now() < end);
  return 'done'
})
app.get('/chunks', (_request, reply) =>
  reply.send(
    Readable.from(
      (function* () {
        for (let i = 0; i < 160; i++) yield CHUNK
      })(),
      { objectMode: false },
    ),
  ),
)
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
