/** Thirty routes, a parameter and JSON; and a body that zod has seen. */
import { Application, get, json, post } from '@tsgi/framework'
import { z } from 'zod'
import { paths } from './routes.mjs'

const order = z.object({
  customer: z.string().min(1),
  items: z.array(z.object({ sku: z.string(), quantity: z.int().min(1), price: z.number() })),
  note: z.string().optional(),
})

export const application = new Application([
  ...paths('*path').map((path: string) => get(path, ({ params }) => json({ id: params.id, name: 'Ada' }))),
  post('/api/orders', { body: order }, ({ body }) => json({ customer: body.customer, items: body.items.length })),
])
