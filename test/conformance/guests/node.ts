/** The guest's application in Express, Koa and Fastify: each in its own words, with the same answers. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import type { Application } from '@tsgi/contract'
import { fromNodeHandler } from '@tsgi/server'
import express, { type Response } from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import { BINARY, describeBody, log, sentCookies, wait } from './shared.ts'

const PLAIN = 'text/plain; charset=utf-8'

function environment({ method, url = '/', headers }: IncomingMessage): object {
  const mark = url.indexOf('?')
  return {
    method,
    query: mark === -1 ? '' : url.slice(mark + 1),
    host: headers.host ?? null,
    test: headers['x-test'] ?? null,
    cookie: headers.cookie ?? null,
  }
}

async function bodyOf(request: Readable): Promise<Uint8Array> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}

async function* pieces() {
  yield 'a'
  await wait(1)
  yield 'bñ'
}

function writeCut(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/plain' })
  response.write('begun')
  setTimeout(() => response.destroy(), 50)
}

async function writeEndless(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/plain' })
  const gone = once(response, 'close').then(() => true)
  for (
    let isOver = false, chunks = 0;
    !isOver && chunks < 500;
    chunks++, isOver = await Promise.race([gone, wait(20).then(() => false)])
  )
    response.write('x'.repeat(1000))
  log().left++
}

export function expressApplication(): Application {
  const app = express().disable('x-powered-by').set('env', 'production')
  app.get('/env', (request, response) => void response.json(environment(request)))
  app.post('/body', async (request, response) => {
    response.json(describeBody(await bodyOf(request), request.headers['content-type']))
  })
  app.post('/unread', (_request, response) => void response.type(PLAIN).send('did not look'))
  app.get('/text', (_request, response) => void response.type(PLAIN).send('one ñ two'))
  app.get('/stream', (_request, response) => void Readable.from(pieces()).pipe(response.type(PLAIN)))
  app.get('/binary', (_request, response) => void response.send(Buffer.from(BINARY)))
  app.get('/teapot', (_request, response) => void response.status(418).type(PLAIN).send('short and stout'))
  app.get('/nothing', (_request, response) => void response.status(204).end())
  app.get('/cookies', (_request, response) => void response.setHeader('Set-Cookie', sentCookies()).send('cookies'))
  app.get('/old', (_request, response) => response.redirect('/text'))
  app.get('/fail', () => {
    throw new Error('secret')
  })
  app.get('/cut', (_request, response) => writeCut(response))
  app.get('/endless', (_request, response) => writeEndless(response))
  app.get('/log', (_request, response) => void response.json(log()))
  // Four parameters make it a handler of errors; Express' own prints each to the console.
  app.use((_error: unknown, _request: unknown, response: Response, _next: unknown) => void response.status(500).end())
  return fromNodeHandler(app)
}

type Answer = (context: Koa.Context) => unknown

const KOA: Readonly<Record<string, Answer>> = {
  'GET /env': (context) => environment(context.req),
  'POST /body': async (context) => describeBody(await bodyOf(context.req), context.req.headers['content-type']),
  'POST /unread': () => 'did not look',
  'GET /text': () => 'one ñ two',
  'GET /stream': (context) => {
    context.type = PLAIN
    return Readable.from(pieces())
  },
  'GET /binary': () => Buffer.from(BINARY),
  'GET /teapot': (context) => {
    context.status = 418
    return 'short and stout'
  },
  'GET /nothing': (context) => {
    context.status = 204
    return null
  },
  'GET /cookies': (context) => {
    context.set('Set-Cookie', sentCookies())
    return 'cookies'
  },
  'GET /fail': () => {
    throw new Error('secret')
  },
  'GET /cut': (context) => {
    context.respond = false
    writeCut(context.res)
  },
  'GET /endless': (context) => {
    context.respond = false
    void writeEndless(context.res)
  },
  'GET /log': () => log(),
}

export function koaApplication(): Application {
  const app = new Koa()
  app.silent = true
  app.use(async (context) => {
    const answer = KOA[`${context.method === 'HEAD' ? 'GET' : context.method} ${context.path}`]
    if (context.path === '/old') context.redirect('/text')
    else if (answer !== undefined) {
      const body = await answer(context)
      if (context.respond !== false) context.body = body
    }
  })
  return fromNodeHandler(app.callback())
}

export async function fastifyApplication(): Promise<Application> {
  const app = fastify()
  // The bytes themselves: no parser of a type.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.get('/env', (request) => environment(request.raw))
  app.post('/body', async (request) => {
    const bytes = request.body instanceof Readable ? await bodyOf(request.body) : await bodyOf(request.raw)
    return describeBody(bytes, request.headers['content-type'])
  })
  app.post('/unread', (_request, reply) => reply.type(PLAIN).send('did not look'))
  app.get('/text', (_request, reply) => reply.type(PLAIN).send('one ñ two'))
  app.get('/stream', (_request, reply) => reply.type(PLAIN).send(Readable.from(pieces()).pipe(new PassThrough())))
  app.get('/binary', (_request, reply) => reply.type('application/octet-stream').send(Buffer.from(BINARY)))
  app.get('/teapot', (_request, reply) => reply.code(418).type(PLAIN).send('short and stout'))
  app.get('/nothing', (_request, reply) => reply.code(204).send())
  app.get('/cookies', (_request, reply) => reply.header('Set-Cookie', sentCookies()).send('cookies'))
  app.get('/old', (_request, reply) => reply.redirect('/text'))
  app.get('/fail', () => {
    throw new Error('secret')
  })
  app.get('/cut', (_request, reply) => {
    reply.hijack()
    writeCut(reply.raw)
  })
  app.get('/endless', (_request, reply) => {
    reply.hijack()
    void writeEndless(reply.raw)
  })
  app.get('/log', () => log())
  await app.ready()
  return fromNodeHandler((request, response) => app.routing(request, response))
}
