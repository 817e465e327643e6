/** Our middleware over Hono. */
import { Hono } from 'hono'
import { fromFetchHandler } from '../../../packages/server/src/guests/fetch-handler.ts'
import { LONG, testMiddlewareOver } from '../middleware-cases.ts'

testMiddlewareOver('Hono', () => {
  const app = new Hono()
  app.get('/long', (c) => c.text(LONG))
  app.get('/stream', () => new Response(new Blob([LONG, LONG]).stream(), { headers: { 'Content-Type': 'text/plain' } }))
  return fromFetchHandler(app)
})
