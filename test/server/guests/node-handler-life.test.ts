// biome-ignore-all lint/complexity/noCommaOperator: one expression per case keeps the tables readable
/**
 * The life of a Node guest's request beyond its answer: clients that leave, handlers that fail, mounts, servers.
 */
import { once } from 'node:events'
import { createServer, IncomingMessage, Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { type Application, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { mount, Application as Site } from '@tsgi/framework'
import { afterEach, describe, expect, it } from 'vitest'
import { environOf, fromNodeHandler, type NodeHandler } from '../../../packages/server/src/guests/node-handler.ts'
import { gatewayHost, type Host, nodeHome } from '../../support/hosts.ts'

const hosts: Host[] = []

async function started(host: Promise<Host>): Promise<Host> {
  hosts.push(await host)
  return host
}

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})

const guest = (handler: NodeHandler): Application => validate(fromNodeHandler(handler))

describe('a client that leaves', () => {
  /** The events of a request whose client leaves when the handler has begun, in their order. */
  async function eventsOf(
    start: (handler: NodeHandler) => Promise<Host>,
    answers: boolean,
  ): Promise<readonly string[]> {
    const { promise: over, resolve: finished } = Promise.withResolvers<void>()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const seen: string[] = []
    const host = await started(
      start((request, response) => {
        for (const name of ['aborted', 'close', 'end', 'error']) request.on(name, () => seen.push(`request ${name}`))
        for (const name of ['close', 'finish', 'error']) response.on(name, () => seen.push(`response ${name}`))
        response.on('close', () => {
          seen.push(`destroyed ${request.destroyed} ${response.destroyed} writable ${response.writable}`)
          setImmediate(finished)
        })
        if (answers) response.write('some')
        begin()
      }),
    )
    const client = connect(host.port, '127.0.0.1')
    client.on('error', () => undefined)
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
    await begun
    if (answers) await once(client, 'data')
    client.resetAndDestroy()
    await over
    return seen
  }

  it.each([false, true])('is told by the events of node:http, in their order (head sent: %s)', async (answers) => {
    const atHome = await eventsOf((handler) => nodeHome(handler), answers)
    const asGuest = await eventsOf((handler) => gatewayHost(fromNodeHandler(handler)), answers)
    expect(asGuest).toEqual(atHome)
  })

  it('ends a call without a server too', async () => {
    const leave = new AbortController()
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const application = guest((_request, response) => {
      response.on('close', resolve)
      leave.abort(new Error('left'))
    })
    await expect(call(application, '/', { 'tsgi.signal': leave.signal })).rejects.toThrow('cut short')
    await closed
  })

  it('has left before the call: the handler hears of it when the turn is over', async () => {
    const heard: string[] = []
    const application = guest((request, response) => {
      request.on('aborted', () => heard.push('aborted'))
      response.on('close', () => heard.push('close'))
    })
    await expect(call(application, '/', { 'tsgi.signal': AbortSignal.abort() })).rejects.toThrow()
    await new Promise(setImmediate)
    expect(heard).toEqual(['aborted', 'close'])
  })

  it('stops a stream that waits for it', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const host = await started(
      gatewayHost(
        fromNodeHandler((_request, response) => {
          const more = (): void => void (response.write(Buffer.alloc(65_536)) ? setImmediate(more) : 0)
          response.on('drain', more).on('close', resolve)
          more()
        }),
      ),
    )
    const client = connect(host.port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    client.on('error', () => undefined).pause()
    await once(client, 'readable')
    client.destroy()
    await closed
  })
})

describe('a handler that fails', () => {
  it.each<[string, NodeHandler]>([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
    [
      'returns a thenable that rejects',
      () => Object.fromEntries([['then', (_ok: unknown, bad: (e: Error) => void) => bad(new Error('secret'))]]),
    ],
    ['destroys its response', (_request, response) => response.destroy()],
    ['destroys its request', (request) => request.destroy()],
    ['destroys its socket', (request) => request.socket.destroy()],
    ['ends its socket', (request) => request.socket.end()],
    ['writes what is no response', (request) => request.socket.write('SSH-2.0\r\n\r\n')],
    ['switches protocols', (request) => request.socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n')],
  ])('before the head is a 500 that says nothing: %s', async (_name, handler) => {
    const response = await call(guest(handler), '/')
    expect([response.status, response.text]).toEqual([500, 'Internal Server Error\n'])
    expect(response.failure).toBeInstanceOf(Error)
  })

  it('with a status that the contract has not is a 500', async () => {
    const application = fromNodeHandler((_request, response) => response.writeHead(700).end())
    const host = await started(gatewayHost(application))
    expect(await host.ask({ target: '/' })).toMatchObject({ status: 500, body: 'Internal Server Error\n' })
  })

  it.each<[string, NodeHandler]>([
    ['rejects', async (_request, response) => (await written(response), fail())],
    ['destroys its response', async (_request, response) => (await written(response), response.destroy())],
    ['ends its socket', async (request, response) => (await written(response), request.socket.end())],
  ])('after the head leaves the message visibly incomplete: %s', async (_name, handler) => {
    await expect(call(guest(handler), '/')).rejects.toThrow('cut short')
    const host = await started(gatewayHost(fromNodeHandler(handler)))
    expect(await host.ask({ target: '/' })).toMatchObject({ status: 200, body: 'some', whole: false })
  })

  it('after its response is told to the operator only', async () => {
    const { promise: logged, resolve: write } = Promise.withResolvers<string>()
    const application = guest(async (_request, response) => {
      response.setHeader('Content-Type', 'text/plain').end('all of it')
      await new Promise((resolve) => response.on('close', resolve))
      throw new Error('late')
    })
    const response = await call(application, '/', {
      'wsgi.errors': { write, writelines: () => undefined, flush: () => undefined },
    })
    expect(response.text).toBe('all of it')
    expect(await logged).toContain('late')
  })

  const written = (response: ServerResponse): Promise<void> =>
    new Promise((resolve) => response.write('some', () => setImmediate(resolve)))

  function fail(): never {
    throw new Error('secret')
  }
})

describe('the body of a request', () => {
  it.each([400, 408, 413])('that fails with %i is answered with it, and aborts the request', async (status) => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    const application = guest((request) => request.on('aborted', resolve).resume())
    const error = Object.assign(new Error('input'), { 'tsgi.status': status })
    const body = (async function* () {
      yield new Uint8Array(3)
      throw error
    })()
    expect((await call(application, '/', { method: 'POST', body })).status).toBe(status)
    await aborted
  })

  it('is not asked for before 100 (Continue) has been said', async () => {
    const server = createServer()
    server.on('checkContinue', (_request: IncomingMessage, response: ServerResponse) =>
      response.writeHead(403).end('no'),
    )
    let reads = 0
    const body = (async function* () {
      reads++
      yield 'x'
    })()
    const response = await call(validate(fromNodeHandler(server)), '/', {
      method: 'POST',
      body,
      headers: { Expect: '100-continue', 'Transfer-Encoding': 'chunked' },
    })
    expect([response.status, response.text, reads]).toEqual([403, 'no', 0])
  })

  it('is pulled no faster than it is read', async () => {
    let pulled = 0
    const body = (async function* () {
      for (;;) {
        pulled += 65_536
        yield new Uint8Array(65_536)
      }
    })()
    const application = guest((_request, response) => setImmediate(() => setImmediate(() => response.end('enough'))))
    await call(application, '/', { method: 'POST', body, headers: { 'Transfer-Encoding': 'chunked' } })
    expect(pulled).toBeLessThan(1_000_000)
  })
})

describe('the body of a response', () => {
  it('is written no faster than it is pulled', async () => {
    let written = 0
    const application = fromNodeHandler((_request, response) => {
      const more = (): void => {
        while (response.write(Buffer.alloc(16_384))) written += 16_384
      }
      response.on('drain', more)
      more()
    })
    const body = await application(environFor('/'), () => async () => undefined)
    if (typeof body !== 'object' || !(Symbol.asyncIterator in body)) throw new Error('no stream')
    const chunks = body[Symbol.asyncIterator]()
    await chunks.next()
    await chunks.next()
    expect(written).toBeLessThan(1_000_000)
    await chunks.return?.()
  })
})

describe('a mount', () => {
  const seen: NodeHandler = (request, response) => {
    const { originalUrl, baseUrl } = Object.assign({ originalUrl: '-', baseUrl: '-' }, request)
    response.setHeader('Content-Type', 'text/plain').end([request.url, originalUrl, baseUrl].join(' '))
  }

  it.each([
    ['/app', '/ /app /app'],
    ['/app/', '/ /app/ /app'],
    ['/app/x%2Fy?z=1', '/x%2Fy?z=1 /app/x%2Fy?z=1 /app'],
    ['/app//x', '//x /app//x /app'],
    ['http://localhost/app/x', '/x http://localhost/app/x /app'],
  ])('of %s leaves the raw rest in url', async (target, expected) => {
    const site = new Site([mount('/app', fromNodeHandler(seen))])
    expect((await call(validate(site), target)).text).toBe(expected)
  })

  it('whose path has escapes is found in the raw target', async () => {
    const environ = environFor('/caf%C3%A9/a%20b', { SCRIPT_NAME: '/café', PATH_INFO: '/a b' })
    expect((await call(guest(seen), environ)).text).toBe('/a%20b /caf%C3%A9/a%20b /caf%C3%A9')
  })

  it('that a middleware made without changing the raw target is made anew', async () => {
    const environ = environFor('/x', { SCRIPT_NAME: '/über', PATH_INFO: '/a?b #c' })
    const response = await call(fromNodeHandler(seen), environ)
    expect(response.text).toBe('/a%3Fb%20%23c /x /%C3%BCber')
  })

  it('that is none leaves the request as it was', async () => {
    expect((await call(guest(seen), '/app?x')).text).toBe('/app?x - -')
  })
})

describe('fromNodeHandler', () => {
  it('takes an http.Server that does not listen', async () => {
    const server = createServer((request, response) => response.end(`${request.url} of a server`))
    expect((await call(validate(fromNodeHandler(server)), '/x')).text).toBe('/x of a server')
  })

  it('gives handlers the environ', async () => {
    const application = guest((request, response) => response.end(String(environOf(request)?.['app.key'])))
    expect((await call(application, '/', { 'app.key': 'value' })).text).toBe('value')
    expect(environOf(new IncomingMessage(connect(1).on('error', () => undefined)))).toBe(undefined)
  })

  it('makes message objects of classes of its own', async () => {
    class Own extends IncomingMessage {
      readonly isOwn = true
    }
    const application = fromNodeHandler((request, response) => response.end(String(request instanceof Own)), {
      serverOptions: { IncomingMessage: Own },
    })
    expect((await call(validate(application), '/')).text).toBe('true')
  })

  it('knows the scheme, and an address that is none', async () => {
    const application = guest((request, response) =>
      response.end(String(['encrypted' in request.socket, request.socket.remoteAddress, request.socket.remotePort])),
    )
    const options = { 'wsgi.url_scheme': 'https', REMOTE_ADDR: '', REMOTE_PORT: '' }
    expect((await call(application, '/', options)).text).toBe('true,,')
  })

  it.each([
    ['HTTP_X', 'a\r\nInjected: yes'],
    ['HTTP_X', 'snow \u2603'],
    ['REQUEST_METHOD', 'GET / HTTP/1.1\r\n\r\nGET'],
  ])('refuses to make octets of an environ whose %s was spoilt', async (key, value) => {
    let calls = 0
    const environ = Object.assign(environFor('/'), { [key]: value })
    expect(
      (
        await call(
          fromNodeHandler(() => calls++),
          environ,
        )
      ).status,
    ).toBe(500)
    expect(calls).toBe(0)
  })

  it('throws at once for what is no handler', () => {
    expect(() => fromNodeHandler(Object('text'))).toThrow(TypeError)
  })

  it('times a socket as net does', async () => {
    const application = guest((_request, response) => void response.setTimeout(1, () => response.end('timed out')))
    expect((await call(application, '/')).text).toBe('timed out')
  })

  it('keeps no timer and no server alive', () => {
    const server = new Server()
    fromNodeHandler(server)
    expect(server.listening).toBe(false)
  })

  it('answers two requests at a time', async () => {
    const waiting: ServerResponse[] = []
    const application = guest((_request, response) => {
      waiting.push(response)
      if (waiting.length === 2) for (const each of waiting) each.end('both')
    })
    const answers = await Promise.all([call(application, '/a'), call(application, '/b')])
    expect(answers.map(({ text }) => text)).toEqual(['both', 'both'])
  })
})

describe('a request that Node does not take', () => {
  it('is a 400, as at home, and not an error of the server: a method that it does not know', async () => {
    const handler: NodeHandler = (_request, response) => response.end()
    const home = await started(nodeHome(handler))
    const host = await started(gatewayHost(fromNodeHandler(handler)))
    expect((await home.ask({ target: '/', method: 'BREW' })).status).toBe(400)
    expect(await host.ask({ target: '/', method: 'BREW' })).toMatchObject({ status: 400, body: 'Bad Request\n' })
    expect(host.log()).toBe('')
  })

  it('is answered by the clientError listener of its http.Server, where there is one', async () => {
    const server = createServer((_request, response) => response.end())
    server.on('clientError', (error, socket) => {
      socket.end(`HTTP/1.1 418 Teapot\r\nContent-Length: 5\r\n\r\n${'code' in error && String(error.code).slice(0, 5)}`)
    })
    const host = await started(gatewayHost(fromNodeHandler(server)))
    expect(await host.ask({ target: '/', method: 'BREW' })).toMatchObject({ status: 418, body: 'HPE_I' })
  })

  it('tells its handler of a broken body by an error of the socket', async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<Error>()
    const handler: NodeHandler = (request) => {
      request.socket.on('error', tell)
      request.resume()
    }
    const host = await started(gatewayHost(fromNodeHandler(handler)))
    const client = connect(host.port, '127.0.0.1')
    client.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nW\r\n')
    expect(String(await once(client, 'data'))).toMatch(/^HTTP\/1\.1 400 /)
    expect(await told).toBeInstanceOf(Error)
    client.destroy()
  })
})
