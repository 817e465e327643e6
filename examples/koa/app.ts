/**
 * Hello from Koa. `tsgi serve examples/koa/app.ts:app`; nothing in this file knows of TSGI.
 */
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Koa, { type Context } from 'koa'

export const app = new Koa()
// The operator's log is enough.
app.silent = true

const routes: Readonly<Record<string, (context: Context) => void | Promise<void>>> = {
  'GET /': (context) => {
    context.body = 'Hello from Koa\n'
  },
  'GET /json': (context) => {
    const { query, method } = context
    context.body = { framework: 'Koa', query, method, accept: context.get('accept') }
  },
  'POST /sum': sum,
  'PUT /echo': (context) => {
    context.type = context.get('content-type') || 'application/octet-stream'
    context.body = context.req
  },
  'GET /old': (context) => {
    context.status = 301
    context.redirect('/json?from=old')
  },
  'GET /cookies': (context) => {
    context.cookies.set('seen', 'yes', { path: '/', httpOnly: true })
    context.cookies.set('theme', 'dark', { httpOnly: false })
    context.body = `got ${context.get('cookie') || 'none'}\n`
  },
  'GET /stream': (context) => {
    context.type = 'text/plain'
    context.body = Readable.from(lines())
  },
  'GET /version': (context) => {
    context.set('Cache-Control', 'max-age=60')
    context.etag = 'v1'
    context.body = 'version 1\n'
    if (context.fresh) context.status = 304
  },
  'DELETE /item': (context) => {
    context.status = 204
  },
  'GET /error': () => {
    throw new Error('a secret of the example')
  },
  'GET /cut': (context) => {
    context.type = 'text/plain'
    context.body = Readable.from(cutShort())
  },
}

app.use(async (context) => {
  const [, name] = /^\/hello\/([^/]+)$/.exec(context.path) ?? []
  const method = context.method === 'HEAD' ? 'GET' : context.method
  if (name !== undefined && method === 'GET') context.body = `<h1>Hello, ${escapeHtml(decodeURIComponent(name))}</h1>`
  else await routes[`${method} ${context.path}`]?.(context)
})

async function sum(context: Context): Promise<void> {
  const content: unknown = await text(context.req)
    .then(JSON.parse)
    .catch(() => context.throw(400, 'no JSON'))
  const numbers: unknown = Object(content).numbers
  if (!Array.isArray(numbers)) context.throw(422, 'numbers must be a list')
  context.status = 201
  context.body = { sum: numbers.reduce((total, number) => total + Number(number), 0) }
}

async function* lines(): AsyncGenerator<string> {
  for (let line = 0; line < 5; line++) {
    await new Promise((resolve) => setImmediate(resolve))
    yield `line ${line}\n`
  }
}

async function* cutShort(): AsyncGenerator<string> {
  yield 'this is not all'
  await new Promise((resolve) => setImmediate(resolve))
  throw new Error('after the head')
}

function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
