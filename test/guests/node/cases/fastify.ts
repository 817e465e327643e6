/**
 * What the test suite of Fastify checks with inject, here over HTTP, one route each. See test/guests/node/behaviour.test.ts.
 */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance, type RouteHandlerMethod, type RouteShorthandOptions } from 'fastify'
import type { TableRequest } from '../../../support/raw-exchange.ts'

export interface FastifyCase {
  readonly name: string
  readonly handler: RouteHandlerMethod
  readonly request?: Partial<TableRequest>
  readonly options?: RouteShorthandOptions
}

const HELLO = resolve(import.meta.dirname, '../fixtures/site/hello.txt')
const json = (body: string): Partial<TableRequest> => ({
  method: 'POST',
  headers: [['Content-Type', 'application/json']],
  body,
})

export const FASTIFY_CASES: readonly FastifyCase[] = [
  { name: 'return text', handler: async () => 'text' },
  { name: 'return an object', handler: async () => ({ a: 1, b: 'é' }) },
  { name: 'return null', handler: async () => null },
  { name: 'send octets', handler: (_q, r) => r.send(Buffer.from([0, 255])) },
  { name: 'send a typed array', handler: (_q, r) => r.send(new Uint8Array([1, 2])) },
  { name: 'send a stream', handler: (_q, r) => r.type('text/plain').send(Readable.from(['a', 'b'])) },
  { name: 'send a file', handler: (_q, r) => r.type('text/plain').send(createReadStream(HELLO)) },
  { name: 'send a file that is none', handler: (_q, r) => r.send(createReadStream(`${HELLO}.none`)) },
  { name: 'send a web stream', handler: (_q, r) => r.send(new Response('web').body) },
  { name: 'send a Response', handler: (_q, r) => r.send(new Response('r', { status: 201, headers: { 'X-R': '1' } })) },
  { name: 'send nothing', handler: (_q, r) => r.send() },
  { name: 'HEAD by itself', handler: async () => 'text', request: { method: 'HEAD' } },
  { name: 'HEAD of a stream', handler: (_q, r) => r.send(Readable.from(['a'])), request: { method: 'HEAD' } },
  { name: 'code 204', handler: (_q, r) => r.code(204).send() },
  { name: 'code 304', handler: (_q, r) => r.code(304).header('ETag', '"x"').send() },
  {
    name: 'headers',
    handler: (_q, r) =>
      r.headers({ 'x-a': '1', 'x-n': 5 }).header('set-cookie', 'a=1').header('set-cookie', 'b=2').send('x'),
  },
  {
    name: 'trailers',
    handler: (_q, r) => {
      r.trailer('x-t', async () => 'v')
      r.send('x')
    },
  },
  { name: 'redirect', handler: (_q, r) => r.redirect('/there') },
  { name: 'redirect 308', handler: (_q, r) => r.redirect('/there?é', 308) },
  {
    name: 'throw',
    handler: async () => {
      throw new Error('said by Fastify')
    },
  },
  {
    name: 'throw with a status',
    handler: async () => {
      throw Object.assign(new Error('teapot'), { statusCode: 418 })
    },
  },
  { name: 'send an error', handler: (_q, r) => r.code(503).send(new Error('busy')) },
  { name: 'callNotFound', handler: (_q, r) => r.callNotFound() },
  { name: 'a parsed body', handler: async (q) => q.body, request: json('{"a":[1,2]}') },
  { name: 'a body that is no JSON', handler: async (q) => q.body, request: json('{') },
  { name: 'an empty JSON body', handler: async (q) => q.body, request: json('') },
  {
    name: 'a body too large',
    handler: async () => 'never',
    request: json(`"${'x'.repeat(100)}"`),
    options: { bodyLimit: 50 },
  },
  {
    name: 'a body too large, in chunks',
    handler: async () => 'never',
    request: {
      method: 'POST',
      headers: [['Content-Type', 'application/json']],
      chunks: ['"aaaaaaaaaa', 'aaaaaaaaaaaaaaa"'],
    },
    options: { bodyLimit: 20 },
  },
  {
    name: 'text',
    handler: async (q) => `got ${q.body}`,
    request: { method: 'POST', headers: [['Content-Type', 'text/plain']], body: 'é' },
  },
  {
    name: 'a media type nobody knows',
    handler: async () => 'never',
    request: { method: 'POST', headers: [['Content-Type', 'x/y']], body: 'x' },
  },
  {
    name: 'a body without a type',
    handler: async (q) => ({ body: q.body ?? null }),
    request: { method: 'POST', body: 'x' },
  },
  { name: 'DELETE with a body', handler: async (q) => q.body, request: { ...json('{"a":1}'), method: 'DELETE' } },
  { name: 'query', handler: async (q) => [q.query, q.url.includes('?')], request: { target: '?a=1&a=2&b=' } },
  {
    name: 'what a request knows',
    handler: async (q) => [
      q.ip,
      q.host,
      q.hostname,
      q.protocol,
      q.method,
      q.headers.accept,
      q.is404,
      q.socket.remoteAddress === q.ip,
    ],
    request: { headers: [['Accept', 'x/y']] },
  },
  {
    name: 'validation',
    handler: async () => 'never',
    request: { target: '?n=x' },
    options: { schema: { querystring: { type: 'object', properties: { n: { type: 'integer' } } } } },
  },
  {
    name: 'serialisation',
    handler: async () => ({ a: 1, secret: 2 }),
    options: { schema: { response: { 200: { type: 'object', properties: { a: { type: 'string' } } } } } },
  },
  {
    name: 'hijack',
    handler: (_q, r) => {
      r.hijack()
      r.raw.writeHead(202, { 'X-Raw': '1' })
      r.raw.end('by hand')
    },
  },
  {
    name: 'raw write',
    handler: (_q, r) => {
      r.raw.write('a')
      setImmediate(() => r.raw.end('b'))
    },
  },
  {
    name: 'early hints',
    handler: (_q, r) => {
      r.raw.writeEarlyHints({ link: '</s.css>; rel=preload' })
      r.send('x')
    },
  },
  {
    name: 'a stream that fails',
    handler: (_q, r) =>
      r.send(
        Readable.from(
          (async function* () {
            yield 'some'
            throw new Error('late')
          })(),
        ),
      ),
  },
]

/** One instance with every case at `/case/0`, `/case/1`, …, and hooks that say that they ran. */
export function fastifySite(): FastifyInstance {
  const app = Fastify()
  app.addHook('onRequest', async (_request, reply) => void reply.header('x-hook', 'onRequest'))
  app.addHook('onSend', async (_request, _reply, payload) => payload)
  for (const [index, { handler, options = {} }] of FASTIFY_CASES.entries()) {
    app.route({ ...options, method: ['GET', 'HEAD', 'POST', 'DELETE'], url: `/case/${index}`, handler })
  }
  return app
}
