/**
 * A head that leaves before the body: `flushHeaders()` of Node handlers, streams of fetch handlers that have nothing to
 * say yet, `write(b'')` of Python. `EventSource` opens only when the head is there.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { fromFetchHandler } from '../../packages/server/src/guests/fetch-handler.ts'
import { fromNodeHandler, type NodeHandler } from '../../packages/server/src/guests/node-handler.ts'
import { gatewayHost, type Host, nodeHome, nodeHost } from '../support/hosts.ts'
import { RawClient } from '../support/raw-client.ts'
import { findPython, servePythonForTest, skipReason } from './python/python-server.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function client(host: Host | Promise<Host>, head = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'): Promise<RawClient> {
  const running = await host
  const raw = new RawClient(running.port)
  cleanups.push(
    () => running.close(),
    () => raw.destroy(),
  )
  return raw.send(head)
}

const STARTS: Readonly<Record<string, (handler: NodeHandler) => Promise<Host>>> = {
  'at home': (handler) => nodeHome(handler),
  'as a guest': (handler) => gatewayHost(fromNodeHandler(handler)),
  'as a guest with a parser': (handler) => gatewayHost(fromNodeHandler(handler, { serverOptions: {} })),
  'as a guest on node:http': (handler) => nodeHost(fromNodeHandler(handler)),
}

describe.each(Object.entries(STARTS))('%s', (_, start) => {
  it('flushHeaders() sends the head before there is a body', async () => {
    const go = Promise.withResolvers<void>()
    const host = start((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      void go.promise.then(() => response.end('data: 1\n\n'))
    })
    const raw = await client(host)
    await raw.until(/\r\n\r\n/)
    expect(raw.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Type: text\/event-stream\r\n[\s\S]*\r\n\r\n$/i)
    go.resolve()
    expect(await raw.response()).toMatchObject({ body: 'data: 1\n\n', complete: true })
  })

  it('flushHeaders() of a response without content harms nothing', async () => {
    const host = start((_request, response) => {
      response.writeHead(204).flushHeaders()
      setImmediate(() => response.end())
    })
    const raw = await client(host)
    expect(await raw.response()).toMatchObject({ status: 204, complete: true })
    expect(await raw.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').response()).toMatchObject({ status: 204 })
  })

  it('a response without content does not wait for the body that its handler still reads', async () => {
    const host = start((request, response) => {
      request.on('data', () => undefined)
      response.writeHead(202, { 'Content-Length': 0 }).end()
    })
    const raw = await client(host, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha')
    expect(await raw.response('POST')).toMatchObject({ status: 202, complete: true })
    raw.send('lf')
    expect(await raw.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').response()).toMatchObject({ status: 202 })
  })
})

describe('a fetch handler', () => {
  it('whose stream has nothing to say yet sends its head', async () => {
    const go = Promise.withResolvers<void>()
    const body = () => {
      const pull = async (controller: ReadableStreamDefaultController) => {
        await go.promise
        controller.enqueue(Buffer.from('data: 1\n\n'))
        controller.close()
      }
      return new ReadableStream({ pull })
    }
    const headers = { 'Content-Type': 'text/event-stream' }
    const raw = await client(gatewayHost(fromFetchHandler(() => new Response(body(), { headers }))))
    await raw.until(/\r\n\r\n/)
    expect(raw.received).toMatch(/\r\n\r\n$/)
    go.resolve()
    expect(await raw.response()).toMatchObject({ body: 'data: 1\n\n', complete: true })
  })

  it.each([
    ['text', () => new Response('whole')],
    ['bytes', () => new Response(Buffer.from('whole'))],
    ['a stream that is at its end', () => new Response(new Blob(['whole']).stream())],
  ])('that gives %s is given its length', async (name, handler) => {
    const raw = await client(gatewayHost(fromFetchHandler(handler)))
    const response = await raw.response()
    expect(response.body).toBe('whole')
    const framing = name.startsWith('a stream') ? ['content-length', 'transfer-encoding'] : ['content-length']
    expect(response.headers.some(([field]) => framing.includes(field))).toBe(true)
  })

  it('whose stream fails before anything was sent is a 500', async () => {
    const body = () => new ReadableStream({ pull: (controller) => controller.error(new Error('at once')) })
    const raw = await client(gatewayHost(fromFetchHandler(() => new Response(body()))))
    expect((await raw.response()).status).toBe(500)
  })
})

const python = findPython()
if (python === undefined) console.warn(skipReason())

it.skipIf(python === undefined)(
  `write(b'') of a Python application sends the head${python === undefined ? ` — ${skipReason()}` : ''}`,
  async () => {
    const server = await servePythonForTest('probe:unchecked', { threads: 2 })
    const raw = new RawClient(server.port).send('GET /write-nothing HTTP/1.1\r\nHost: a\r\n\r\n')
    await raw.until(/\r\n\r\n/)
    expect(raw.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/)
    await server.text('/release')
    expect(await raw.response()).toMatchObject({ body: 'later', complete: true })
    const head = new RawClient(server.port).send('HEAD /write-nothing?wait= HTTP/1.1\r\nHost: a\r\n\r\n')
    expect((await head.response('HEAD')).status).toBe(200)
    for (const one of [raw, head]) one.destroy()
  },
)
