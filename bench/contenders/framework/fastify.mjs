import fastify from 'fastify'
import { paths } from './routes.mjs'

const app = fastify()
for (const path of paths('*')) app.get(path, (request) => ({ id: request.params.id, name: 'Ada' }))

const item = {
  type: 'object',
  required: ['sku', 'quantity', 'price'],
  properties: { sku: { type: 'string' }, quantity: { type: 'integer', minimum: 1 }, price: { type: 'number' } },
}
const order = {
  type: 'object',
  required: ['customer', 'items'],
  properties: {
    customer: { type: 'string', minLength: 1 },
    items: { type: 'array', items: item },
    note: { type: 'string' },
  },
}
app.post('/api/orders', { schema: { body: order } }, ({ body }) => ({
  customer: body.customer,
  items: body.items.length,
}))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
