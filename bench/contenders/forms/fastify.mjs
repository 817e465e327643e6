import formbody from '@fastify/formbody'
import fastify from 'fastify'

const app = fastify({ bodyLimit: 32 * 2 ** 20 })
await app.register(formbody)
app.get('/', () => 'Hello, world!')
app.post('/form', (request) => String(Object.keys(request.body).length))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
