/**
 * Handlers that answer first and read the body afterwards: it arrives whole, or its reader hears that it does not. At
 * home, as a guest, and as a guest whose messages Node's own parser makes.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { fromNodeHandler, type NodeHandler } from '../../../packages/server/src/guests/node-handler.ts'
import { gatewayHost, type Host, nodeHome } from '../../support/hosts.ts'
import { RawClient } from '../../support/raw-client.ts'

const hosts: Host[] = []

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})

const STARTS: Readonly<Record<string, (handler: NodeHandler) => Promise<Host>>> = {
  'at home': (handler) => nodeHome(handler),
  'as a guest': (handler) => gatewayHost(fromNodeHandler(handler)),
  'as a guest with a parser': (handler) => gatewayHost(fromNodeHandler(handler, { serverOptions: {} })),
}

const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'a length': (response) => void response.writeHead(202, { 'Content-Length': 3 }).end('ok\n'),
  'no length': (response) => void response.writeHead(202).end('ok\n'),
  'no body': (response) => void response.writeHead(202).end(),
  'a 204': (response) => void response.writeHead(204).end(),
  'two pieces': (response) => {
    response.write('o')
    response.end('k\n')
  },
}

const READERS: Readonly<Record<string, (request: IncomingMessage) => Promise<number>>> = {
  'for await': async (request) => {
    let size = 0
    for await (const chunk of request) size += chunk.length
    return size
  },
  pipeline: async (request) => {
    let size = 0
    const write = (chunk: Buffer, _: unknown, done: () => void): void => {
      size += chunk.length
      setImmediate(done)
    }
    await pipeline(request, new Writable({ write }))
    return size
  },
  events: async (request) => {
    let size = 0
    request.on('data', (chunk) => (size += chunk.length))
    await once(request, 'end')
    return size
  },
}

interface Seen {
  readonly size: number | string
  readonly status: number
}

async function read(
  start: (handler: NodeHandler) => Promise<Host>,
  answer: (response: ServerResponse) => void,
  reader: (request: IncomingMessage) => Promise<number>,
  size: number,
  pieces: number,
): Promise<Seen> {
  const sized = Promise.withResolvers<number | string>()
  const host = await start((request, response) => {
    answer(response)
    if (request.method === 'POST') reader(request).then(sized.resolve, (error: Error) => sized.resolve(error.message))
  })
  hosts.push(host)
  const client = new RawClient(host.port)
  const part = 'x'.repeat(size / pieces)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${pieces === 1 ? part : ''}`)
  for (let sent = 0; pieces > 1 && sent < pieces; sent++) {
    client.send(part)
    await new Promise(setImmediate)
  }
  const { status } = await client.response('POST')
  // With so much to come our server does not keep the connection.
  if (pieces === 1) {
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect((await client.response('GET')).status).toBe(status)
  }
  return { size: await sized.promise, status }
}

describe.each(Object.entries(STARTS))('%s', (_, start) => {
  describe.each(Object.entries(ANSWERS))('a handler that answers with %s', (name, answer) => {
    it.each(Object.entries(READERS))('gets all of its body by %s', async (_reader, reader) => {
      const status = name === 'a 204' ? 204 : name === 'two pieces' ? 200 : 202
      expect(await read(start, answer, reader, 100, 1)).toEqual({ size: 100, status })
      expect(await read(start, answer, reader, 3_000_000, 30)).toEqual({ size: 3_000_000, status })
    })
  })
})

describe('a reader that gives up after the response', () => {
  it.each([
    ['as a guest', STARTS['as a guest'] ?? nodeHome],
    ['as a guest with a parser', STARTS['as a guest with a parser'] ?? nodeHome],
  ])('does not keep the client waiting for the end of it: %s', async (_, start) => {
    const closed = Promise.withResolvers<void>()
    const host = await start((request, response) => {
      request.on('close', closed.resolve)
      const sink = new PassThrough()
      request.pipe(sink)
      response.write('o')
      response.end('k\n')
      response.on('finish', () => setImmediate(() => request.unpipe(sink)))
    })
    hosts.push(host)
    const client = new RawClient(host.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf')
    expect(await client.response('POST')).toMatchObject({ body: 'ok\n', complete: true })
    await closed.promise
  })
})

describe.each(Object.entries(STARTS).filter(([name]) => name !== 'at home'))('%s', (_, start) => {
  // At home it waits for ever: a request whose response is finished is forgotten.
  it('ends a reader whose client leaves', async () => {
    const outcome = Promise.withResolvers<string>()
    const host = await start((request, response) => {
      response.writeHead(202, { 'Content-Length': 2 }).end('ok')
      pipeline(request, new PassThrough().resume()).then(
        () => outcome.resolve('whole'),
        (error: NodeJS.ErrnoException) => outcome.resolve(String(error.code)),
      )
    })
    hosts.push(host)
    const client = new RawClient(host.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf')
    await client.response('POST')
    client.socket.destroy()
    expect(await outcome.promise).toBe('ECONNRESET')
  })
})

describe('a body that nobody reads', () => {
  it.each(Object.entries(STARTS))('%s: the request is closed after its response', async (_, start) => {
    const events: string[] = []
    const closed = Promise.withResolvers<void>()
    const host = await start((request, response) => {
      request.on('end', () => events.push('end')).on('close', closed.resolve)
      response.writeHead(403, { 'Content-Length': 2 }).end('no')
    })
    hosts.push(host)
    const client = new RawClient(host.port)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n${'x'.repeat(100)}`)
    expect((await client.response('POST')).status).toBe(403)
    await closed.promise
    expect(events).toEqual(['end'])
  })
})
