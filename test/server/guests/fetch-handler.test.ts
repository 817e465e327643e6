/**
 * `fromFetchHandler`: what a handler gets of the request, and what becomes of its Response.
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import { validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { mount, Application as Site } from '@tsgi/framework'
import { describe, expect, it } from 'vitest'
import { type FetchHandler, fromFetchHandler } from '../../../packages/server/src/guests/fetch-handler.ts'
import { gatewayHost } from '../../support/hosts.ts'

const guest = (handler: FetchHandler) => validate(fromFetchHandler(handler))
const text = (body: unknown): Response => new Response(String(body), { headers: { 'Content-Type': 'text/plain' } })

describe('the Request of a fetch guest', () => {
  it.each<[string, string, object, string]>([
    ['host and target', '/a%2Fb?x=%20', {}, 'http://localhost/a%2Fb?x=%20'],
    ['a host of its own', '/', { headers: { Host: 'example.test:8080' } }, 'http://example.test:8080/'],
    ['https', '/', { 'wsgi.url_scheme': 'https' }, 'https://localhost/'],
    ['no host', '/', { HTTP_HOST: undefined, SERVER_NAME: '127.0.0.1', SERVER_PORT: '81' }, 'http://127.0.0.1:81/'],
    ['an IPv6 server', '/', { HTTP_HOST: undefined, SERVER_NAME: '::1' }, 'http://[::1]/'],
    ['a host that is none', '/x', { headers: { Host: 'evil.test/path@' } }, 'http://localhost/x'],
    ['a path that looks like a host', '//evil.test/x', {}, 'http://localhost//evil.test/x'],
    ['an absolute-form target', 'http://other.test/x?y', {}, 'http://other.test/x?y'],
    ['OPTIONS *', '*', { method: 'OPTIONS' }, 'http://localhost/*'],
  ])('has the URL of %s', async (_name, target, options, expected) => {
    const response = await call(
      fromFetchHandler((request) => text(request.url)),
      target,
      { SERVER_PORT: '80', ...options },
    )
    expect(response.text).toBe(expected)
  })

  it('has method and headers', async () => {
    const application = guest((request) => text(JSON.stringify([request.method, ...request.headers])))
    const response = await call(application, '/', { method: 'PROPFIND', headers: { 'X-A': 'é', Cookie: 'a=1' } })
    expect(JSON.parse(response.text)).toEqual(['PROPFIND', ['cookie', 'a=1'], ['host', 'localhost'], ['x-a', 'é']])
  })

  it('is one', async () => {
    const application = guest((request) => text(request instanceof Request))
    expect((await call(application, '/')).text).toBe('true')
  })

  it('has its body as a stream, once', async () => {
    const application = guest(async (request) => {
      const first = await request.text()
      const again = await request.text().catch((error) => error.name)
      return text(`${first} ${request.bodyUsed} ${again}`)
    })
    expect((await call(application, '/', { method: 'POST', body: 'hello' })).text).toBe('hello true TypeError')
  })

  it('can be cloned, signal and all', async () => {
    const left = AbortSignal.abort()
    const application = guest(async (request) => {
      const clone = request.clone()
      return text(`${await request.text()} ${await clone.text()} ${clone.signal === left}`)
    })
    const environ = environFor('/', { method: 'POST', body: 'twice' })
    const body = await application({ ...environ, 'tsgi.signal': left }, () => async () => undefined)
    expect(Buffer.from(body as Uint8Array).toString()).toBe('twice twice true') // it is whole
  })

  it.each(['GET', 'HEAD'])('has no body for %s', async (method) => {
    let body: unknown = 'none'
    await call(
      guest((request) => {
        body = request.body
        return text('')
      }),
      '/',
      { method },
    )
    expect(body).toBe(null)
  })

  it('does not read ahead of its handler', async () => {
    let reads = 0
    const body = (async function* () {
      reads++
      yield 'x'
    })()
    await call(
      guest(() => text('not interested')),
      '/',
      { method: 'POST', body },
    )
    expect(reads).toBe(0)
  })

  it.each([400, 413])('fails with the input, and the server answers %i', async (status) => {
    const body = (async function* () {
      yield 'x'
      throw Object.assign(new Error('input'), { 'tsgi.status': status })
    })()
    const response = await call(
      guest(async (request) => text(await request.text())),
      '/',
      { method: 'POST', body },
    )
    expect(response.status).toBe(status)
  })

  it('makes no signal that nobody asks for', async () => {
    let made = 0
    const environ = environFor('/')
    Object.defineProperty(environ, 'tsgi.signal', {
      enumerable: true,
      get: () => {
        made++
        return new AbortController().signal
      },
    })
    await fromFetchHandler(() => text('x'))(environ, () => async () => undefined)
    expect(made).toBe(0)
  })

  it('has the address that h3 asks for', async () => {
    const application = guest((request) => text(Reflect.get(request, 'ip')))
    expect((await call(application, '/')).text).toBe('127.0.0.1')
  })

  it.each(['TRACE', 'TRACK'])('cannot be made for %s', async (method) => {
    expect(
      (
        await call(
          guest(() => text('never')),
          '/',
          { method },
        )
      ).status,
    ).toBe(501)
  })

  it('has what is below its mount', async () => {
    const inner = fromFetchHandler((request, { environ }) => text(`${environ.SCRIPT_NAME} ${request.url}`))
    const site = validate(new Site([mount('/api', inner)]))
    expect((await call(site, '/api/a%2Fb?c')).text).toBe('/api http://localhost/a%2Fb?c')
    expect((await call(site, '/api')).text).toBe('/api http://localhost/')
  })

  it('comes with bindings and the environ', async () => {
    const application = fromFetchHandler((_request, env) => text(`${env.key} ${env.environ.REQUEST_METHOD}`), {
      env: { key: 'value' },
    })
    expect((await call(validate(application), '/')).text).toBe('value GET')
  })
})

describe('the Response of a fetch guest', () => {
  it.each<[string, () => Response, string, ReadonlyArray<readonly [string, string]>, string]>([
    ['text', () => new Response('hello'), '200 OK', [['content-type', 'text/plain;charset=UTF-8']], 'hello'],
    ['JSON', () => Response.json({ a: 1 }), '200 OK', [['content-type', 'application/json']], '{"a":1}'],
    ['nothing', () => new Response(null), '200 OK', [], ''],
    ['empty text', () => new Response(''), '200 OK', [['content-type', 'text/plain;charset=UTF-8']], ''],
    [
      'a redirect',
      () => Response.redirect('http://a.test/', 303),
      '303 See Other',
      [['location', 'http://a.test/']],
      '',
    ],
    ['a phrase', () => new Response(null, { status: 404, statusText: 'Nope' }), '404 Nope', [], ''],
    ['an unknown status', () => new Response(null, { status: 599 }), '599 ', [], ''],
    ['204', () => new Response(null, { status: 204, headers: { 'Content-Type': 'a/b' } }), '204 No Content', [], ''],
    [
      '304',
      () => new Response(null, { status: 304, headers: { ETag: '"a"' } }),
      '304 Not Modified',
      [['etag', '"a"']],
      '',
    ],
    [
      'cookies',
      () =>
        new Response(null, {
          headers: [
            ['Set-Cookie', 'a=1'],
            ['Set-Cookie', 'b=2'],
          ],
        }),
      '200 OK',
      [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
      '',
    ],
    [
      'what belongs to the connection',
      () =>
        new Response(null, {
          headers: { Connection: 'close', 'Transfer-Encoding': 'chunked', Upgrade: 'x', Date: 'x' },
        }),
      '200 OK',
      [],
      '',
    ],
  ])('is sent: %s', async (_name, respond, statusLine, headers, expected) => {
    const response = await call(guest(respond), '/')
    expect([response.statusLine, response.headers, response.text]).toEqual([statusLine, headers, expected])
  })

  it('is whole where it was made of text, and a stream where it was made of one', async () => {
    const startResponse = () => async () => undefined
    expect(await guest(() => text('hello'))(environFor('/'), startResponse)).toBeInstanceOf(Uint8Array)
    const slow = guest(() => new Response(streamOf(['a', 'b']), { headers: { 'Content-Type': 'text/plain' } }))
    expect(await slow(environFor('/'), startResponse)).not.toBeInstanceOf(Uint8Array)
    expect((await call(slow, '/')).text).toBe('ab')
  })

  it('is given a length by the server, where it is whole', async () => {
    const host = await gatewayHost(fromFetchHandler(() => new Response('hello')))
    expect((await host.ask({ target: '/' })).headers).toContainEqual(['Content-Length', '5'])
    await host.close()
  })

  it.each([undefined, '2'])('is cancelled when its client leaves (Content-Length: %s)', async (length) => {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>()
    const { promise: aborted, resolve: abort } = Promise.withResolvers<void>()
    const host = await gatewayHost(
      fromFetchHandler((request) => {
        request.signal.addEventListener('abort', () => abort())
        const body = new ReadableStream(
          {
            pull: (controller) => controller.enqueue(new Uint8Array(1)),
            cancel: () => resolve(),
          },
          { highWaterMark: 0 },
        )
        const slow = new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)), cancel: () => resolve() })
        return new Response(
          length === undefined ? body : slow,
          length === undefined ? {} : { headers: { 'Content-Length': length } },
        )
      }),
    )
    const client = connect(host.port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    client.on('error', () => undefined)
    await once(client, 'data')
    client.resetAndDestroy()
    await Promise.all([cancelled, aborted])
    await host.close()
  })

  it('is not read for HEAD', async () => {
    const cancelled: unknown[] = []
    const application = guest(() => {
      const body = new ReadableStream({ cancel: (reason) => void cancelled.push(reason) })
      return new Response(body, { headers: { 'Content-Length': '5', 'Content-Type': 'text/plain' } })
    })
    const response = await call(application, '/', { method: 'HEAD' })
    expect([response.header('content-length'), cancelled.length]).toEqual(['5', 1])
  })

  it('that fails on its way is visibly cut', async () => {
    const application = guest(() => new Response(streamOf(['a', new Error('later')])))
    await expect(call(application, '/')).rejects.toThrow('cut short')
  })

  it.each<[string, () => unknown, string]>([
    ['undefined', () => undefined, 'a value of type undefined'],
    ['null', () => null, 'null'],
    ['text', () => 'hello', 'a value of type string'],
    ['an error of the network', () => Response.error(), 'Response.error()'],
    [
      'a Response that was read',
      async () => {
        const r = text('x')
        await r.text()
        return r
      },
      'read already',
    ],
  ])('that is none is a 500: %s', async (_name, handler, reason) => {
    const response = await call(fromFetchHandler(handler as FetchHandler), '/') // wrong on purpose
    expect([response.status, String(response.failure)]).toEqual([500, expect.stringContaining(reason)])
  })

  it.each<[string, FetchHandler]>([
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('secret')
      },
    ],
  ])('of a handler that %s is a 500 that says nothing', async (_name, handler) => {
    expect((await call(guest(handler), '/')).text).toBe('Internal Server Error\n')
  })
})

describe('waitUntil', () => {
  it('works on after the response, and off its object', async () => {
    const steps: string[] = []
    const application = guest((_request, _env, { waitUntil }) => {
      waitUntil(new Promise((resolve) => setImmediate(() => resolve(steps.push('worked')))))
      return text('sent')
    })
    const response = await call(application, '/')
    expect([response.text, steps]).toEqual(['sent', ['worked']])
  })

  it.each([true, false])('tells the operator of what fails (tsgi.after_response: %s)', async (hasDoor) => {
    const { promise: logged, resolve: write } = Promise.withResolvers<string>()
    const application = fromFetchHandler((_request, _env, context) => {
      context.passThroughOnException()
      context.waitUntil(Promise.reject(new Error('background')))
      return text('sent')
    })
    const errors = { write, writelines: () => undefined, flush: () => undefined }
    if (hasDoor) {
      const response = await call(application, '/')
      expect(response.errors).toContain('background')
    } else {
      await application(environFor('/', { 'wsgi.errors': errors }), () => async () => undefined)
      expect(await logged).toContain('background')
    }
  })
})

describe('fromFetchHandler', () => {
  it('takes an object with fetch, and calls it as its method', async () => {
    const object = {
      name: 'object',
      fetch() {
        return text(this.name)
      },
    }
    expect((await call(validate(fromFetchHandler(object)), '/')).text).toBe('object')
  })

  it('throws at once for what is no handler', () => {
    expect(() => fromFetchHandler(Object('text'))).toThrow(TypeError)
  })

  it('leaves the globals alone', () => {
    const before = [globalThis.Request, globalThis.Response, globalThis.fetch]
    fromFetchHandler(() => text(''))
    expect([globalThis.Request, globalThis.Response, globalThis.fetch]).toEqual(before)
  })
})

function streamOf(parts: ReadonlyArray<string | Error>): ReadableStream<Uint8Array> {
  const left = [...parts]
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve))
      const part = left.shift()
      if (part === undefined) controller.close()
      else if (part instanceof Error) controller.error(part)
      else controller.enqueue(new TextEncoder().encode(part))
    },
  })
}
