// biome-ignore-all lint/complexity/noCommaOperator: one expression per case keeps the table readable
/**
 * What the test suites of Express 4 and 5 check over HTTP, one case each: req.*, res.*, routers, error handling, static
 * files, body parsers. Each is asked on `node:http` and as a guest; see test/guests/node/behaviour.test.ts.
 */
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import type express from 'express'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { TableRequest } from '../../../support/raw-exchange.ts'

type Handler = RequestHandler | ErrorRequestHandler

export interface ExpressCase {
  readonly name: string
  /** Mounted with `app.use` under a path of the case. */
  readonly handlers: readonly Handler[]
  /** Its target is below that path. Default `''`. */
  readonly request?: Partial<TableRequest>
}

const SITE = resolve(import.meta.dirname, '../fixtures/site')
const BIG = resolve(SITE, 'big.bin')
const HELLO = resolve(SITE, 'hello.txt')

const fails: RequestHandler = (_request, _response, next) => next(new Error('x'))
const first: RequestHandler = (_request, response, next) => (response.set('X-1', '1'), next())
const second: RequestHandler = (_request, response) => void response.send('second')

function one(name: string, handler: RequestHandler, request?: Partial<TableRequest>): ExpressCase {
  return { name, handlers: [handler], ...(request === undefined ? {} : { request }) }
}

const accept = (type: string): Partial<TableRequest> => ({ headers: [['Accept', type]] })
const header = (name: string, value: string): Partial<TableRequest> => ({ headers: [[name, value]] })
const post = (type: string, body: string | Uint8Array): Partial<TableRequest> => ({
  method: 'POST',
  headers: [['Content-Type', type]],
  body,
})

export function expressCases(framework: typeof express): readonly ExpressCase[] {
  return [
    ...responses,
    ...files,
    ...requests,
    {
      name: 'express.json',
      handlers: [framework.json(), echoBody],
      request: post('application/json', '{"a":[1,"é"]}'),
    },
    { name: 'express.json, invalid', handlers: [framework.json(), echoBody], request: post('application/json', '{') },
    {
      name: 'express.json, too large',
      handlers: [framework.json({ limit: 5 }), echoBody],
      request: post('application/json', '{"a":1}'),
    },
    {
      name: 'express.json, too large in chunks',
      handlers: [framework.json({ limit: 5 }), echoBody],
      request: { method: 'POST', headers: [['Content-Type', 'application/json']], chunks: ['{"a":', '123456}'] },
    },
    { name: 'express.json, another type', handlers: [framework.json(), echoBody], request: post('text/plain', '{}') },
    {
      name: 'express.json, an unknown charset',
      handlers: [framework.json(), echoBody],
      request: post('application/json; charset=x-odd', '{}'),
    },
    {
      name: 'express.urlencoded',
      handlers: [framework.urlencoded({ extended: true }), echoBody],
      request: post('application/x-www-form-urlencoded', 'a[b]=1&c=%C3%A9+x'),
    },
    { name: 'express.text', handlers: [framework.text(), echoBody], request: post('text/plain', 'some text') },
    {
      name: 'express.raw',
      handlers: [framework.raw(), echoBody],
      request: post('application/octet-stream', new Uint8Array([1, 2, 255])),
    },
    { name: 'static: a file', handlers: [framework.static(SITE)], request: { target: '/hello.txt' } },
    { name: 'static: HEAD', handlers: [framework.static(SITE)], request: { target: '/hello.txt', method: 'HEAD' } },
    { name: 'static: a folder is redirected', handlers: [framework.static(SITE)], request: { target: '/sub' } },
    { name: 'static: an index', handlers: [framework.static(SITE)], request: { target: '/sub/' } },
    { name: 'static: a dotfile', handlers: [framework.static(SITE)], request: { target: '/.hidden' } },
    { name: 'static: outside', handlers: [framework.static(SITE)], request: { target: '/..%2fexpress.ts' } },
    {
      name: 'static: a range',
      handlers: [framework.static(SITE)],
      request: { target: '/big.bin', ...header('Range', 'bytes=10-19') },
    },
    { name: 'static: no such file', handlers: [framework.static(SITE)], request: { target: '/none' } },
    { name: 'static: POST', handlers: [framework.static(SITE)], request: { target: '/hello.txt', method: 'POST' } },
    { name: 'a router', handlers: [routerOf(framework)], request: { target: '/users/7?x=1' } },
    { name: 'a router, OPTIONS', handlers: [routerOf(framework)], request: { target: '/users/7', method: 'OPTIONS' } },
    {
      name: 'a router, an escaped parameter',
      handlers: [routerOf(framework)],
      request: { target: '/users/a%2Fb%20c' },
    },
    { name: 'a router, a bad escape', handlers: [routerOf(framework)], request: { target: '/users/%' } },
  ]
}

function routerOf(framework: typeof express) {
  const router = framework.Router()
  router.param('id', (_request, response, next, id) => (response.set('X-Id', encodeURIComponent(id)), next()))
  router
    .route('/users/:id')
    .get(
      (request, response) =>
        void response.json([request.params, request.baseUrl.length > 1, request.url, request.path]),
    )
    .put((_q, r) => void r.end())
  return router
}

const echoBody: RequestHandler = (request, response) => {
  response.json({ body: request.body, isBuffer: Buffer.isBuffer(request.body) })
}

const responses: readonly ExpressCase[] = [
  one('res.send text', (_q, r) => void r.send('text')),
  one('res.send nothing', (_q, r) => void r.send()),
  one('res.send null', (_q, r) => void r.send(null)),
  one('res.send an object', (_q, r) => void r.send({ a: 1 })),
  one('res.send a boolean', (_q, r) => void r.send(true)),
  one('res.send octets', (_q, r) => void r.send(Buffer.from('octets'))),
  one('res.send octets with a type', (_q, r) => void r.type('png').send(Buffer.from([1, 2]))),
  one('res.send text beyond ASCII', (_q, r) => void r.send('日本語')),
  one('res.send keeps a type', (_q, r) => void r.set('Content-Type', 'text/plain; charset=iso-8859-1').send('é')),
  one('res.send for HEAD', (_q, r) => void r.send('not sent'), { method: 'HEAD' }),
  one('res.send 204', (_q, r) => void r.status(204).set('Transfer-Encoding', 'chunked').send('dropped')),
  one('res.send 205', (_q, r) => void r.status(205).send('dropped')),
  one('res.send 304', (_q, r) => void r.status(304).send('dropped')),
  one('res.send a fresh ETag', (_q, r) => void r.set('ETag', '"a"').send('x'), header('If-None-Match', '"a"')),
  one('res.send a stale ETag', (_q, r) => void r.set('ETag', '"a"').send('x'), header('If-None-Match', '"b"')),
  one('res.send an ETag of its own making', (_q, r) => void r.send('x'.repeat(2_000))),
  one('res.send without ETag', (q, r) => (q.app.disable('x'), r.set('ETag', ''), void r.send('x'))),
  one('res.json an object', (_q, r) => void r.json({ a: [null, 1.5, 'é'] })),
  one('res.json null', (_q, r) => void r.json(null)),
  one('res.json a number', (_q, r) => void r.json(300)),
  one('res.json with status', (_q, r) => void r.status(201).json([])),
  one('res.jsonp', (_q, r) => void r.jsonp({ a: 1 }), { target: '?callback=cb' }),
  one('res.jsonp, escaped', (_q, r) => void r.jsonp({ a: '\u2028' }), { target: '?callback=a[b].c;%3Cx%3E' }),
  one('res.sendStatus', (_q, r) => void r.sendStatus(404)),
  one('res.sendStatus unknown', (_q, r) => void r.sendStatus(599)),
  one('res.status and end', (_q, r) => void r.status(418).end()),
  one('res.redirect', (_q, r) => void r.redirect('/there')),
  one('res.redirect with a status', (_q, r) => void r.redirect(303, 'http://example.org/?q=é#x')),
  one('res.redirect as HTML', (_q, r) => void r.redirect("/<la'me>"), accept('text/html')),
  one('res.redirect as text', (_q, r) => void r.redirect('/x'), accept('text/plain')),
  one('res.redirect as neither', (_q, r) => void r.redirect('/x'), accept('application/octet-stream')),
  one('res.redirect for HEAD', (_q, r) => void r.redirect('/x'), { method: 'HEAD' }),
  one('res.location', (_q, r) => void r.location('/a b/é?x=<>').end()),
  one(
    'res.cookie',
    (_q, r) =>
      void r
        .cookie('a', 'b c;')
        .cookie('o', { x: 1 }, { path: '/p', httpOnly: true, secure: true, sameSite: 'lax' })
        .end(),
  ),
  one('res.cookie with maxAge 0', (_q, r) => void r.cookie('a', '', { expires: new Date(0) }).end()),
  one('res.clearCookie', (_q, r) => void r.clearCookie('a', { path: '/p' }).end()),
  one('res.append', (_q, r) => void r.append('X-A', '1').append('X-A', ['2', '3']).append('Link', '<a>').end()),
  one('res.set with an object', (_q, r) => void r.set({ 'X-A': '1', 'x-b': '2' }).end()),
  one('res.set a list', (_q, r) => void r.set('X-L', ['1', '2']).end()),
  one('res.get', (_q, r) => void r.set('X-A', '1').send(String(r.get('x-a')))),
  one('res.type by extension', (_q, r) => void r.type('.json').end('{}')),
  one('res.attachment', (_q, r) => void r.attachment('résumé “x”.txt').send('x')),
  one('res.links', (_q, r) => void r.links({ next: 'http://a/?2', last: 'http://a/?9' }).end()),
  one('res.vary', (_q, r) => void r.vary('Accept').vary('Origin, accept').end()),
  one(
    'res.format, json',
    (_q, r) => void r.format({ text: () => r.send('t'), json: () => r.json({ j: 1 }) }),
    accept('application/json'),
  ),
  one(
    'res.format, default',
    (_q, r) => void r.format({ text: () => r.send('t'), default: () => r.send('d') }),
    accept('image/png'),
  ),
  one('res.format, 406', (_q, r) => void r.format({ text: () => r.send('t') }), accept('image/png')),
  one('res.headersSent', (_q, r) => (r.write('a'), void r.end(String(r.headersSent)))),
  one(
    'res.locals and app',
    (q, r) => (
      Object.assign(r.locals, { a: 1 }), void r.send(`${r.locals.a} ${r.app === q.app} ${r.req === q} ${q.res === r}`)
    ),
  ),
  one('res.write over turns', (_q, r) => (r.type('text'), r.write('a'), setImmediate(() => r.end('b')), undefined)),
  one('a stream piped', (_q, r) => void Readable.from(['a', 'b', 'c']).pipe(r)),
  one('an error', () => {
    throw new Error('secret')
  }),
  one('an error with status', (_q, _r, next) =>
    next(Object.assign(new Error('said'), { status: 422, headers: { 'X-E': '1' } })),
  ),
  one('an error that is text', (_q, _r, next) => next('oops')),
  one(
    'an error after the head',
    (_q, r, next) => (r.write('some'), setImmediate(() => next(new Error('late'))), undefined),
  ),
  one('an error that is handled', (_q, _r, next) => next(new Error('x'))),
  {
    name: 'an error handler',
    handlers: [fails, ((error, _q, r, _next) => void r.status(503).send(error.message)) satisfies ErrorRequestHandler],
  },
  {
    name: 'next over handlers',
    handlers: [first, second],
  },
  one('next past the end', (_q, _r, next) => next()),
]

const files: readonly ExpressCase[] = [
  one('res.sendFile', (_q, r) => r.sendFile(HELLO)),
  one('res.sendFile for HEAD', (_q, r) => r.sendFile(HELLO), { method: 'HEAD' }),
  one('res.sendFile, large', (_q, r) => r.sendFile(BIG)),
  one('res.sendFile with root and headers', (_q, r) =>
    r.sendFile('hello.txt', { root: SITE, maxAge: 60_000, headers: { 'X-F': '1' } }),
  ),
  one('res.sendFile, none', (_q, r) => r.sendFile(`${HELLO}.none`)),
  one('res.sendFile, none, with a callback', (_q, r) =>
    r.sendFile(`${HELLO}.none`, (error) => r.status(410).send(Object(error).code)),
  ),
  one('res.sendFile, a range', (_q, r) => r.sendFile(BIG), header('Range', 'bytes=0-99')),
  one('res.sendFile, a suffix', (_q, r) => r.sendFile(BIG), header('Range', 'bytes=-5')),
  one('res.sendFile, beyond', (_q, r) => r.sendFile(BIG), header('Range', 'bytes=200000-')),
  one(
    'res.sendFile, If-Modified-Since',
    (_q, r) => r.sendFile(HELLO),
    header('If-Modified-Since', 'Fri, 01 Jan 2100 00:00:00 GMT'),
  ),
  one('res.sendFile, If-Match', (_q, r) => r.sendFile(HELLO), header('If-Match', '"other"')),
  one('res.sendFile, If-Range', (_q, r) => r.sendFile(BIG), {
    headers: [
      ['Range', 'bytes=0-9'],
      ['If-Range', '"other"'],
    ],
  }),
  one('res.download', (_q, r) => r.download(HELLO)),
  one('res.download with a name', (_q, r) => r.download(HELLO, 'naïve “x”.txt')),
]

const requests: readonly ExpressCase[] = [
  one('req.query', (q, r) => void r.json(q.query), { target: '?a=1&b=x+y&c=%C3%A9' }),
  one(
    'req.url, path, originalUrl',
    (q, r) => void r.json([q.url, q.path, q.originalUrl.includes('x=1'), q.baseUrl.length > 1]),
    { target: '/a%2Fb?x=1' },
  ),
  one('req.get', (q, r) => void r.json([q.get('X-A'), q.get('referrer'), q.header('none')]), {
    headers: [
      ['X-A', '1'],
      ['Referer', 'http://r/'],
    ],
  }),
  one(
    'req.accepts',
    (q, r) => void r.json([q.accepts('json', 'html'), q.accepts('png')]),
    accept('text/*;q=.5, application/json'),
  ),
  one(
    'req.acceptsEncodings',
    (q, r) =>
      void r.json([q.acceptsEncodings('gzip', 'br'), q.acceptsLanguages('de', 'en'), q.acceptsCharsets('utf-8')]),
    {
      headers: [
        ['Accept-Encoding', 'br, gzip;q=.5'],
        ['Accept-Language', 'en'],
      ],
    },
  ),
  one('req.is', (q, r) => void r.json([q.is('json'), q.is('html')]), post('application/json; charset=utf-8', '{}')),
  one('req.is without a body', (q, r) => void r.json([q.is('json')]), header('Content-Type', 'application/json')),
  one('req.ip', (q, r) => void r.json([q.ip, q.ips, q.protocol, q.secure, q.hostname, q.subdomains, q.xhr]), {
    headers: [
      ['Host', 'a.b.example.test:81'],
      ['X-Requested-With', 'xmlhttprequest'],
      ['X-Real-Name', '9.9.9.9'],
    ],
  }),
  one('req.fresh', (q, r) => (r.set('ETag', '"x"'), void r.send(String([q.fresh, q.stale]))), {
    method: 'POST',
    headers: [['If-None-Match', '"x"']],
    body: '',
  }),
  one('req.range', (q, r) => void r.json([q.range(100), q.range(5)]), header('Range', 'bytes=0-9,20-')),
  one('req.method', (q, r) => void r.send(q.method), { method: 'REPORT' }),
  one('a request piped back', (q, r) => void q.pipe(r), post('text/x', 'x'.repeat(300_000))),
  one('a request whose body nobody reads', (_q, r) => void r.status(401).send('no'), post('text/x', 'x'.repeat(1_000))),
]
