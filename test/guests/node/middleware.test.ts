/** Our middleware over Express. */
import express from 'express'
import { fromNodeHandler } from '../../../packages/server/src/guests/node-handler.ts'
import { LONG, testMiddlewareOver } from '../middleware-cases.ts'

testMiddlewareOver('Express', () => {
  const app = express().disable('etag')
  app.get('/long', (_request, response) => void response.type('text/plain').send(LONG))
  app.get('/stream', (_request, response) => {
    response.type('text/plain').write(LONG)
    setImmediate(() => response.end(LONG))
  })
  return fromNodeHandler(app)
})
