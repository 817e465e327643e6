import fastify from 'fastify'

const app = fastify()
app.get('/', (_request, reply) => {
  reply.header('Content-Type', 'text/plain').send('Hello, world!')
})
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
