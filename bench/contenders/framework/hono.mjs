import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { z } from 'zod'
import { paths } from './routes.mjs'

const order = z.object({
  customer: z.string().min(1),
  items: z.array(z.object({ sku: z.string(), quantity: z.int().min(1), price: z.number() })),
  note: z.string().optional(),
})
const app = new Hono()
for (const path of paths('*')) app.get(path, (c) => c.json({ id: c.req.param('id'), name: 'Ada' }))
app.post('/api/orders', async (c) => {
  const { customer, items } = order.parse(await c.req.json())
  return c.json({ customer, items: items.length })
})
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' })
