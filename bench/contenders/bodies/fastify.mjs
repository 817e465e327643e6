import { Readable } from 'node:stream'
import fastify from 'fastify'

const CHUNK = Buffer.alloc(64 * 1024, 'x')
const app = fastify({ bodyLimit: 32 * 2 ** 20 })
app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.get('/', () => 'Hello, world!')
app.post('/length', (request) => String(request.body.length))
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
