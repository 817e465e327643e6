/**
 * The message objects that no parser made, beside those of `node:http`: what their handlers can see of how they are made,
 * how they end, and what they leave behind.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { describe, expect, it } from 'vitest'
import { fromNodeHandler, type NodeHandler } from '../../../../packages/server/src/guests/node-handler.ts'
import { gatewayHost } from '../../../support/hosts.ts'

interface Place {
  readonly port: number
  close(): unknown
}

/** At home, and here: each is asked the same, and must say the same. */
const PLACES: ReadonlyArray<readonly [string, (handler: NodeHandler) => Promise<Place>]> = [
  ['node:http', home],
  ['the gateway server', (handler) => gatewayHost(fromNodeHandler(handler))],
]

async function home(handler: NodeHandler): Promise<Place> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, close: () => server.close() } // a TCP server has one
}

/** Sends octets, and reads until the connection ends. */
async function said(port: number, octets: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(octets)
  return await text(socket)
}

const LAST = 'Host: x\r\nConnection: close\r\n\r\n'

describe.each(PLACES)('on %s', (_name, open) => {
  it('a context that a handler enters is not that of the next request', async () => {
    const storage = new AsyncLocalStorage<string>()
    const host = await open((request, response) => {
      const before = String(storage.getStore())
      storage.enterWith(String(request.url))
      setImmediate(() => response.end(`${before} ${storage.getStore()};`))
    })
    const answers = await said(host.port, `GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\n${LAST}`)
    expect(answers.match(/undefined \/\d;/g)).toEqual(['undefined /1;', 'undefined /2;'])
    await host.close()
  })

  it('a signal is not aborted by a response that is finished', async () => {
    const { promise: kept, resolve } = Promise.withResolvers<AbortSignal>()
    const host = await open((request, response) => {
      const { signal } = request
      response.on('close', () => setImmediate(() => resolve(signal)))
      response.end('x')
    })
    const socket = connect(host.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect((await kept).aborted).toBe(false)
    socket.destroy()
    await host.close()
  })

  it('a signal is aborted by a client that leaves', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    const host = await open((request, response) => {
      request.signal.addEventListener('abort', () => resolve())
      response.write('x')
    })
    const socket = connect(host.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.once('data', () => socket.destroy())
    await aborted
    await host.close()
  })

  it('the messages are told of rubbish in a body that nobody reads', async () => {
    const { promise: told, resolve } = Promise.withResolvers<Error>()
    const host = await open((request) => {
      request.on('error', resolve)
      socket.write('W')
    })
    const socket = connect(host.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    expect(await told).toMatchObject({ code: 'ECONNRESET' })
    socket.destroy()
    await host.close()
  })

  it('a response is closed once, without a socket, in its order among the events', async () => {
    const { promise: ended, resolve } = Promise.withResolvers<string[]>()
    const host = await open((request, response) => {
      const events: string[] = []
      const note = (name: string) => (): unknown =>
        events.push([name, response.socket === null, response.closed, response.destroyed, response.errored].join(' '))
      for (const name of ['end', 'close']) request.on(name, note(`request ${name}`))
      for (const name of ['prefinish', 'finish', 'close']) response.on(name, note(`response ${name}`))
      response.on('close', () => setImmediate(resolve, events))
      response.end('x')
    })
    await said(host.port, `GET / HTTP/1.1\r\n${LAST}`)
    expect(await ended).toEqual([
      'response prefinish false false false ',
      'response finish true false false ',
      'request end true false false ',
      'response close true true true ',
      'request close true true true ',
    ])
    await host.close()
  })

  it('what is documented of a request is there', async () => {
    const seen = (request: IncomingMessage, response: ServerResponse): void => {
      const { httpVersion, headersDistinct, complete, upgrade, trailers, rawTrailers } = { upgrade: null, ...request }
      const keeps = response.shouldKeepAlive
      const lists = request.headersDistinct ?? headersDistinct
      response.end(JSON.stringify([httpVersion, lists, complete, upgrade, trailers, rawTrailers, keeps]))
    }
    const host = await open(seen)
    const answer = await said(host.port, `GET / HTTP/1.0\r\nX-A: 1\r\nUpgrade: x\r\n${LAST}`)
    expect(answer).toContain(
      '["1.0",{"x-a":["1"],"upgrade":["x"],"host":["x"],"connection":["close"]},false,false,null,[],false]',
    )
    await host.close()
  })
})

describe('a message pair', () => {
  it('answers at once what is whole when the handler returns: no promise is made', () => {
    const application = fromNodeHandler((_request, response) => response.end('at once'))
    expect(application(environFor('/'), () => async () => undefined)).toBe('at once')
  })

  it('is made known on the channels that Node documents', async () => {
    // What an earlier test began is over by then.
    await new Promise(setImmediate)
    const seen: string[] = []
    const note = (_message: unknown, name: string | symbol): unknown => seen.push(String(name))
    const names = ['http.server.request.start', 'http.server.response.created', 'http.server.response.finish']
    for (const name of names) subscribe(name, note)
    await call(validate(fromNodeHandler((_request, response) => response.end('x'))), '/')
    await new Promise(setImmediate)
    for (const name of names) unsubscribe(name, note)
    expect(seen).toEqual([names[1], names[0], names[2]])
  })
})
