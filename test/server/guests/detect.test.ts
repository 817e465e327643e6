/**
 * `recognise`: real applications of every framework, functions that are none, and what is said of the rest.
 */
import { createServer } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import Hapi from '@hapi/hapi'
import { getRequestListener } from '@hono/node-server'
import { App as TinyApp } from '@tinyhttp/app'
import { validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { get, Application as Site } from '@tsgi/framework'
import connect from 'connect'
import { Elysia } from 'elysia'
import express, { Router } from 'express'
import Fastify from 'fastify'
import { H3 } from 'h3'
import { Hono } from 'hono'
import Koa from 'koa'
import polka from 'polka'
import { describe, expect, it } from 'vitest'
import { detect } from '../../../packages/server/src/guests/detect.ts'
import { express4 } from '../../guests/node/express4.ts'

function expressSite() {
  const app = express()
  app.get('/', (_request, response) => void response.type('text/plain').send('hello'))
  return app
}

function express4Site() {
  const app = express4()
  app.get('/', (_request, response) => void response.type('text/plain').send('hello'))
  return app
}

function nestLike() {
  const server = createServer((_request, response) => response.end(state))
  let state = 'not initialised'
  return {
    init: async () => {
      state = 'hello'
    },
    getHttpAdapter: () => undefined,
    getHttpServer: () => server,
  }
}

/** On Fastify, whose `ready()` Nest calls only when it listens. */
function nestOnFastify() {
  const instance = Fastify()
  return {
    init: async () => void instance.get('/', async () => 'hello'),
    getHttpAdapter: () => ({ getInstance: () => instance }),
    getHttpServer: () => instance.server,
  }
}

/** By its shape: the package runs a script when it is installed. */
function restanaLike() {
  const service = (_request: unknown, response: Ending): void => response.end('hello')
  const methods = { handle: service, start: () => undefined, getServer: () => undefined, newRouter: () => undefined }
  return Object.assign(service, methods)
}

interface Ending {
  end(text: string): void
}

const hello = () => createServer((_request, response) => response.end('hello'))

function hapiSite() {
  const server = Hapi.server()
  server.route({ method: 'GET', path: '/', handler: () => 'hello' })
  return server
}

/** What its documentation has for a custom server. */
function nextLike() {
  let text = 'not prepared'
  return {
    prepare: async () => {
      text = 'hello'
    },
    getRequestHandler: () => async (_request: unknown, response: Ending) => response.end(text),
  }
}

const respond = () => new Response('hello')

function readsArguments() {
  // biome-ignore lint/complexity/noArguments: it is what the test is about.
  return arguments.length
}

describe('recognise', () => {
  it.each<[string, unknown, string]>([
    ['Express 5', expressSite(), 'node'],
    ['Express 4', express4Site(), 'node'],
    ['Koa', new Koa().use((context) => void Object.assign(context, { body: 'hello' })), 'node'],
    ['Fastify', Fastify().get('/', async () => 'hello'), 'node'],
    ['Connect', connect().use((_request, response) => response.end('hello')), 'node'],
    ['NestJS', nestLike(), 'node'],
    ['NestJS', nestOnFastify(), 'node'],
    ['an http.Server', createServer((_request, response) => response.end('hello')), 'node'],
    [
      'an https.Server, whose certificate is not used: --certfile names one',
      createHttpsServer((_request, response) => response.end('hello')),
      'node',
    ],
    ['tinyhttp', new TinyApp().get('/', (_request, response) => void response.send('hello')), 'node'],
    ['restana', restanaLike(), 'node'],
    ['Fastify', Fastify({ https: {} }).get('/', async () => 'hello'), 'node'],
    ['Hono', new Hono().get('/', (c) => c.text('hello')), 'fetch'],
    ['h3', new H3().get('/', () => 'hello'), 'fetch'],
    ['Elysia', new Elysia().get('/', () => 'hello'), 'fetch'],
    ['Polka', polka().get('/', (_request: unknown, response: Ending) => response.end('hello')), 'node'],
    ['hapi', hapiSite(), 'node'],
    ['Next.js', nextLike(), 'node'],
    ['an object with an http.Server', { listen: () => undefined, server: hello() }, 'node'],
    ['an object with fetch()', { port: 1, fetch: respond }, 'fetch'],
    ['a contract application', new Site([get('/', () => 'hello')]), 'tsgi'],
    ['a contract application', bare, 'tsgi'],
  ])('takes it for %s, and runs it', async (label, exported, name) => {
    const recognised = detect(exported)
    if (recognised.interface === undefined) throw new Error(recognised.reason)
    expect([recognised.label, recognised.interface]).toEqual([label, name])
    await recognised.prepare?.()
    expect((await call(validate(recognised.application), '/')).text).toBe('hello')
    expect((await call(validate(recognised.application), '/')).text).toBe('hello')
  })

  it.each<[string, 'node' | 'fetch' | 'tsgi', unknown]>([
    ['a (request, response) handler', 'node', (_request: unknown, response: Ending) => response.end('hello')],
    ['a fetch handler', 'fetch', respond],
    ['a contract application', 'tsgi', bare],
    ['Express 5', 'node', expressSite()],
    ['Hono', 'fetch', new Hono().get('/', (c) => c.text('hello'))],
  ])('takes it for %s when told %s', async (label, wanted, exported) => {
    const recognised = detect(exported, wanted)
    if (recognised.interface === undefined) throw new Error(recognised.reason)
    expect([recognised.label, recognised.interface]).toEqual([label, wanted])
    expect((await call(recognised.application, '/')).text).toBe('hello')
  })

  it.each<[string, unknown, 'node' | 'fetch' | 'tsgi' | undefined, RegExp]>([
    ['an Express router', Router(), undefined, /express\(\)\.use\(router\)/],
    ['a router of Express 4', express4.Router(), undefined, /express\(\)\.use\(router\)/],
    ['a promise', Promise.resolve(express()), undefined, /top-level await/],
    ['undefined', undefined, undefined, /is undefined, which is not one of/],
    ['null', null, 'node', /is null/],
    ['an array', [], 'fetch', /is an array/],
    ['an HTTP/2 server', createHttp2Server(), undefined, /is an HTTP\/2 server.*--interface node, or an http\.Server/],
    ['a secure HTTP/2 server', createSecureServer(), 'node', /is an HTTP\/2 server/],
    ['text', 'text', 'tsgi', /is a string/],
    ['an object', { a: 1, b: 2 }, undefined, /an object with a, b/],
    ['an object without keys', {}, 'tsgi', /without keys/],
    ['a class', class {}, undefined, /is a class: export an instance/],
    ['a class for a contract application', class {}, 'tsgi', /is a class/],
    ['a class for a handler', class {}, 'node', /is a class/],
  ])('says what %s is, in one line', (_name, exported, wanted, reason) => {
    const unrecognised = detect(exported, wanted)
    expect(unrecognised).toEqual({ interface: undefined, reason: expect.stringMatching(reason) })
    expect(JSON.stringify(unrecognised)).not.toContain('\\n')
  })

  it('looks at no parameter count', async () => {
    const application = (...given: Parameters<typeof bare>) => bare(...given)
    const oneMore = (environ: Parameters<typeof bare>[0], startResponse: Parameters<typeof bare>[1], _more?: unknown) =>
      bare(environ, startResponse)
    for (const exported of [application, oneMore]) expect(detect(exported)).toMatchObject({ interface: 'tsgi' })
  })

  it.each<[string, (...given: never[]) => unknown, string]>([
    ['(request, response) =>', (request: never, response: never) => [request, response], 'node'],
    ['async (req, res) =>', async (req: never, res: never) => [req, res], 'node'],
    ['function (req, res, next)', (req: never, res: never, next: never) => [req, res, next], 'node'],
    ['a method', { handle: (incoming: never, outgoing: never) => [incoming, outgoing] }.handle, 'node'],
    ['koa.callback()', new Koa().callback(), 'node'],
    ['(request) =>', (request: never) => request, 'fetch'],
    ['async (request, env)', async (request: never, env: never) => [request, env], 'fetch'],
    ['getRequestListener()', getRequestListener(respond), 'node'],
  ])('says at start what the names of parameters suggest: %s', (_name, exported, suggested) => {
    const recognised = detect(exported)
    expect(recognised.interface).toBe('tsgi')
    expect(Object(recognised).label).toMatch(
      new RegExp(`^a contract application; if it is not, as its parameters .* say --interface ${suggested}$`),
    )
  })

  it.each<[string, (...given: never[]) => unknown]>([
    ['(environ, startResponse)', (environ: never, startResponse: never) => [environ, startResponse]],
    ['(...given)', (...given: never[]) => given],
    [
      '({ REQUEST_METHOD }, start)',
      ({ REQUEST_METHOD }: { REQUEST_METHOD: string }, start: never) => [REQUEST_METHOD, start],
    ],
    ['function () that reads its arguments', readsArguments],
    ['a bound function', bare.bind(undefined)],
    ['a native function', Math.max],
  ])('suggests nothing for %s', (_name, exported) => {
    expect(detect(exported)).toMatchObject({ label: 'a contract application' })
  })

  it.each<[string, (...given: never[]) => unknown]>([
    ['() =>', () => bare],
    ['async () =>', async () => bare],
    [
      'function ()',
      function make() {
        return bare
      },
    ],
  ])('says at start that %s may be a factory', (_name, exported) => {
    expect(Object(detect(exported)).label).toMatch(/; if it is a factory, .* add \(\) to its name$/)
  })

  it('tells an http.Server of its end, as if it had listened', async () => {
    for (const server of [createServer(), createHttpsServer()]) {
      let closed = 0
      const recognised = detect(server.on('close', () => closed++))
      if (recognised.interface === undefined) throw new Error(recognised.reason)
      await recognised.close?.()
      expect(closed).toBe(1)
    }
  })

  it('starts nothing', () => {
    let calls = 0
    detect({ fetch: () => calls++ })
    detect(() => calls++)
    expect(calls).toBe(0)
  })

  it('hears of a plugin that fails when it prepares', async () => {
    const app = Fastify()
    app.register(async () => {
      throw new Error('no database')
    })
    const recognised = detect(app)
    if (recognised.interface === undefined) throw new Error(recognised.reason)
    await expect(recognised.prepare?.()).rejects.toThrow('no database')
  })
})

describe('a function that was taken for a contract application', () => {
  it.each<[string, (...given: never[]) => unknown, RegExp]>([
    [
      'ends its response',
      (_request: never, response: { end(): void }) => response.end(),
      /used \.end .*--interface node/,
    ],
    [
      'sets a status',
      (_request: never, response: object) => void Object.assign(response, { statusCode: 200 }),
      /--interface node/,
    ],
    ['sends', async (_request: never, response: { send(): void }) => response.send(), /--interface node/],
    ['returns nothing', () => undefined, /--interface node/],
    ['returns a Response', respond, /returned a Response.*--interface fetch/],
    ['makes a function', () => bare, /as a factory does.*createApp\(\)/],
    ['makes an application of Express', async () => express(), /as a factory does/],
    ['makes an application of Hono', () => new Hono(), /as a factory does/],
    ['returns a Response later', async () => respond(), /--interface fetch/],
  ])('but %s fails with the way out', async (_name, handler, expected) => {
    const recognised = detect(handler)
    if (recognised.interface === undefined) throw new Error(recognised.reason)
    const response = await call(recognised.application, '/')
    expect(response.status).toBe(500)
    expect(String(response.failure)).toMatch(expected)
  })

  it('and fails otherwise is hinted at once in the log', async () => {
    const recognised = detect((request: { url: string }) => new Response(new URL(request.url).href))
    if (recognised.interface === undefined) throw new Error(recognised.reason)
    const first = await call(recognised.application, '/')
    const second = await call(recognised.application, '/')
    expect([first.status, second.status]).toEqual([500, 500])
    expect(first.errors).toContain('--interface fetch')
    expect(second.errors).not.toContain('--interface')
  })

  it('and has proven to be one is left alone', async () => {
    const seen: unknown[] = []
    const recognised = detect((...given: Parameters<typeof bare>) => {
      seen.push(given[1])
      return bare(...given)
    })
    if (recognised.interface === undefined) throw new Error(recognised.reason)
    await call(recognised.application, '/')
    const startResponse = () => async () => undefined
    recognised.application(environFor('/'), startResponse)
    expect(seen[1]).toBe(startResponse)
  })
})

function bare(
  _environ: unknown,
  startResponse: (status: string, headers: readonly (readonly [string, string])[]) => unknown,
) {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'hello'
}
