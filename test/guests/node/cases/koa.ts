/**
 * What the test suite of Koa checks over HTTP, one middleware each. See test/guests/node/behaviour.test.ts.
 */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Middleware } from 'koa'
import type { TableRequest } from '../../../support/raw-exchange.ts'

export interface KoaCase {
  readonly name: string
  readonly middleware: Middleware
  readonly request?: Partial<TableRequest>
}

const HELLO = resolve(import.meta.dirname, '../fixtures/site/hello.txt')

/** A case whose body is what `make` returns. */
function body(
  name: string,
  make: (context: Parameters<Middleware>[0]) => unknown,
  request?: Partial<TableRequest>,
): KoaCase {
  return {
    name,
    middleware: async (context) => {
      const made = await make(context)
      if (made !== undefined) context.body = made
    },
    ...(request === undefined ? {} : { request }),
  }
}

export const KOA_CASES: readonly KoaCase[] = [
  body('body: text', () => 'text'),
  body('body: HTML', () => '<p>html</p>'),
  body('body: octets', () => Buffer.from([1, 2, 255])),
  body('body: JSON', () => ({ a: [1, null, 'é'] })),
  body('body: a list', () => [1, 2]),
  body('body: null', (c) => void Object.assign(c.response, { body: null })),
  body('body: empty', () => ''),
  body('body: a stream', () => Readable.from(['a', 'b', 'c'])),
  body('body: a file', (c) => {
    c.type = 'txt'
    return createReadStream(HELLO)
  }),
  body('body: a file that is none', () => createReadStream(`${HELLO}.none`)),
  body('body: a web stream', () => new Response('from the web').body),
  body('body: a Blob', () => new Blob(['from a blob'])),
  body('body: a Response', () => new Response('from a response', { status: 201, headers: { 'X-R': '1' } })),
  body('body: for HEAD', () => 'not sent', { method: 'HEAD' }),
  body('body: JSON for HEAD', () => ({ a: 1 }), { method: 'HEAD' }),
  body('body: a stream for HEAD', () => Readable.from(['a']), { method: 'HEAD' }),
  body('body: none', () => undefined),
  body('status 201', (c) => {
    c.status = 201
  }),
  body('status 204', (c) => {
    c.status = 204
    return 'dropped'
  }),
  body('status 205', (c) => {
    c.status = 205
  }),
  body('status 304', (c) => {
    c.status = 304
    c.etag = 'a'
  }),
  body('status 500', (c) => {
    c.status = 500
  }),
  body('status with a message', (c) => {
    c.status = 400
    c.message = 'Rather Bad'
    return 'x'
  }),
  body('set and append', (c) => {
    c.set({ 'X-A': '1' })
    c.append('X-A', '2')
    c.set('X-L', ['3', '4'])
    c.remove('x-none')
    return 'x'
  }),
  body('type', (c) => {
    c.type = 'json'
    return '{}'
  }),
  body('length', (c) => {
    c.length = 5
    c.type = 'text'
    return Readable.from(['hello'])
  }),
  body(
    'etag and fresh',
    (c) => {
      c.etag = 'v'
      if (!c.fresh) return 'new'
      c.status = 304
      return undefined
    },
    { headers: [['If-None-Match', '"v"']] },
  ),
  body('lastModified', (c) => {
    c.lastModified = new Date(0)
    return 'x'
  }),
  body('vary', (c) => {
    c.vary('Accept')
    c.vary('Origin')
    return 'x'
  }),
  body('attachment', (c) => {
    c.attachment('résumé.txt')
    return 'x'
  }),
  body('redirect', (c) => c.redirect('/there?x=é')),
  body('redirect as HTML', (c) => c.redirect('/<b>'), { headers: [['Accept', 'text/html']] }),
  body('redirect with a status', (c) => {
    c.status = 308
    c.redirect('/x')
  }),
  body(
    'cookies',
    (c) => {
      c.cookies.set('a', '1')
      c.cookies.set('b', '2', { path: '/p', sameSite: 'strict' })
      return c.cookies.get('c')
    },
    { headers: [['Cookie', 'c=three']] },
  ),
  body('query', (c) => [c.query, c.querystring, c.search], { target: '?a=1&a=2&b=%20' }),
  body('url and path', (c) => [c.url, c.originalUrl, c.path, c.method], { target: '/a%2Fb//c?x' }),
  body(
    'href and origin',
    (c) => [c.href, c.origin, c.host, c.hostname, c.protocol, c.secure, c.subdomains, c.ip, c.ips],
    { headers: [['Host', 'a.example.test:8']] },
  ),
  body('URL', (c) => [c.URL.href, c.request.length, c.request.charset, c.request.type], {
    method: 'POST',
    headers: [['Content-Type', 'text/x; charset=y']],
    body: 'abc',
  }),
  body('accepts', (c) => [c.accepts('json', 'text'), c.acceptsEncodings(), c.acceptsLanguages()], {
    headers: [
      ['Accept', 'text/plain'],
      ['Accept-Language', 'de, en;q=.5'],
    ],
  }),
  body('is', (c) => [c.is('json'), c.is('text/*')], {
    method: 'POST',
    headers: [['Content-Type', 'text/x']],
    body: 'x',
  }),
  body('get', (c) => [c.get('Referrer'), c.get('x-none')], { headers: [['Referer', 'r']] }),
  body('socket', (c) => [c.socket === c.req.socket, c.writable, c.headerSent, c.req.complete]),
  body('the body of a request', (c) => text(c.req), { method: 'POST', body: 'é'.repeat(50_000) }),
  body('the body of a request, streamed back', (c) => c.req, { method: 'POST', chunks: ['a', 'b'] }),
  body('throw', () => {
    throw new Error('secret')
  }),
  body('ctx.throw 400', (c) => c.throw(400, 'said')),
  body('ctx.throw 500', (c) => c.throw(500, 'not said')),
  body('ctx.throw with headers', (c) => c.throw(429, 'slow down', { headers: { 'Retry-After': '5' } })),
  body('ctx.assert', (c) => c.assert(false, 401, 'who?')),
  body('throw ENOENT', () => {
    throw Object.assign(new Error('x'), { code: 'ENOENT' })
  }),
  body('throw after headers', (c) => {
    c.set('X-Gone', '1')
    throw new Error('x')
  }),
  body('flushHeaders', (c) => {
    c.type = 'text'
    c.flushHeaders()
    return Readable.from(['late'])
  }),
  body('respond = false', (c) => {
    c.respond = false
    c.res.statusCode = 202
    c.res.end('by hand')
  }),
  body('a stream that fails', () =>
    Readable.from(
      (async function* () {
        yield 'some'
        throw new Error('late')
      })(),
    ),
  ),
]
