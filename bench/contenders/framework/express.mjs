import express from 'express'
import { z } from 'zod'
import { paths } from './routes.mjs'

const order = z.object({
  customer: z.string().min(1),
  items: z.array(z.object({ sku: z.string(), quantity: z.int().min(1), price: z.number() })),
  note: z.string().optional(),
})
const app = express()
for (const path of paths('*path'))
  app.get(path, (request, response) => response.json({ id: request.params.id, name: 'Ada' }))
app.post('/api/orders', express.json(), (request, response) => {
  const { customer, items } = order.parse(request.body)
  response.json({ customer, items: items.length })
})
app.listen(Number(process.env.PORT), '127.0.0.1')
