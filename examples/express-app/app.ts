/**
 * A site as people write it with Express: sessions, static files, an upload, routers, an error handler, a stream.
 * `tsgi serve examples/express-app/app.ts:app`; nothing in this file knows of TSGI.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import express from 'express'
import session from 'express-session'
import { account } from './account.ts'
import { album } from './album.ts'
import { page } from './page.ts'

export const app = express()

app.disable('x-powered-by')
app.set('trust proxy', 'loopback')
app.use((request, response, next) => {
  response.set('X-Request', createHash('sha1').update(request.originalUrl).digest('hex').slice(0, 8))
  next()
})
app.use('/public', express.static(fileURLToPath(new URL('./public', import.meta.url)), { maxAge: '1h' }))
app.use(session({ secret: 'an example, so no secret', resave: false, saveUninitialized: false, name: 'sid' }))

app.get('/', (request, response) => {
  const { name } = request.session
  response.send(page('Home', name === undefined ? '<a href="/account/sign-in">Sign in</a>' : `Hello, ${name}`))
})

app.use('/account', account)
app.use('/album', album)

app.get('/feed', (request, response) => {
  response.set('Content-Type', 'text/event-stream').set('Cache-Control', 'no-store').flushHeaders()
  let count = 0
  const timer = setInterval(() => {
    response.write(`id: ${++count}\ndata: tick\n\n`)
    if (count === 3) response.end()
  }, 2)
  response.on('close', () => clearInterval(timer))
  request.on('aborted', () => clearInterval(timer))
})

app.get('/export.csv', (_request, response) => {
  response.attachment('export.csv').vary('Accept')
  response.write('id,name\n')
  for (let id = 1; id <= 2_000; id++) response.write(`${id},"name ${id}"\n`)
  response.end()
})

app.get('/teapot', (_request, _response, next) => {
  next(Object.assign(new Error('short and stout'), { status: 418 }))
})

app.use((_request, response) => {
  response.status(404).send(page('Not found', 'There is nothing here.'))
})

interface SiteError extends Error {
  readonly status?: number
  readonly expose?: boolean
}

app.use((error: SiteError, request: express.Request, response: express.Response, next: express.NextFunction): void => {
  if (response.headersSent) {
    next(error)
    return
  }
  const status = error.status ?? 500
  response.status(status).format({
    json: () => response.json({ status, message: status < 500 ? error.message : 'internal error' }),
    default: () =>
      response.send(page(`Error ${status}`, status < 500 ? error.message : `Sorry, ${request.path} failed.`)),
  })
})
