import { createWriteStream } from 'node:fs'
import compress from '@fastify/compress'
import etag from '@fastify/etag'
import fastify from 'fastify'
import { list, page } from './content.mjs'

const app = fastify({ logger: { stream: createWriteStream('/dev/null') }, disableRequestLogging: true })
const routes = (scope) => {
  scope.get('/', () => 'Hello, world!')
  scope.get('/page', (_request, reply) => reply.type('text/html; charset=utf-8').send(page))
  scope.get('/list', () => list)
}
routes(app)
const coded = { encodings: ['br', 'zstd', 'gzip'] }
await app.register(
  async (scope) => {
    scope.addHook('onSend', async (request, reply) => void reply.header('x-request-id', request.id))
    scope.addHook('onResponse', async (request, reply) => request.log.info({ res: reply, time: reply.elapsedTime }))
    await scope.register(etag)
    await scope.register(compress, coded)
    routes(scope)
  },
  { prefix: '/full' },
)
await app.register(
  async (scope) => {
    await scope.register(compress, coded)
    routes(scope)
  },
  { prefix: '/coded' },
)
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
