/**
 * WebSockets of a Node guest: the `'upgrade'` listeners of its `http.Server`, with the server and the client of `ws`, through
 * our own HTTP/1.1 over sockets. The same is asked of `node:http`.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { detect } from '../../../packages/server/src/guests/detect.ts'
import { fromNodeHandler } from '../../../packages/server/src/guests/node-handler.ts'
import { fetchHost, gatewayHost } from '../../support/hosts.ts'

interface Home {
  readonly port: number
  log(): string
  close(): Promise<void>
}

const homes: Home[] = []

afterEach(async () => {
  await Promise.all(homes.splice(0).map((home) => home.close()))
})

async function onNode(server: Server): Promise<Home> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return { port: (server.address() as AddressInfo).port, log: () => '', close } // it listens
}

const HOSTS = [
  { name: 'node:http', start: onNode },
  { name: 'the gateway server', start: (server: Server) => gatewayHost(fromNodeHandler(server)) },
]

/** Express, and a WebSocketServer on the same http.Server that echoes, and says how it was left. */
function site() {
  const app = express()
  app.get('/', (request, response) => void response.send(`plain ${request.headers.upgrade}`))
  const server = createServer(app)
  const sockets = new WebSocketServer({
    server,
    path: '/chat',
    verifyClient: ({ req }: { req: IncomingMessage }) => req.headers.origin !== 'bad',
  })
  const left = Promise.withResolvers<readonly [code: number, reason: string]>()
  sockets.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      if (String(data) === 'close') socket.close(4000, 'as you wish')
      else if (String(data) === 'break') socket.terminate()
      else socket.send(data, { binary: isBinary })
    })
    socket.on('close', (code, reason) => left.resolve([code, String(reason)]))
  })
  return { server, left: left.promise }
}

describe.each(HOSTS)('ws on $name', ({ start }) => {
  async function begin(path = '/chat', origin = 'good') {
    const { server, left } = site()
    const home = await start(server)
    homes.push(home)
    return { socket: new WebSocket(`ws://127.0.0.1:${home.port}${path}`, { origin }), left, home }
  }

  it('echoes text and octets, small and large', async () => {
    const { socket, left } = await begin()
    await once(socket, 'open')
    for (const sent of ['hello', 'é'.repeat(40_000), Buffer.alloc(3_000_000, 7)]) {
      socket.send(sent)
      const [data] = await once(socket, 'message')
      expect(Buffer.from(sent).equals(data)).toBe(true)
    }
    socket.close(1000, 'done')
    expect(await once(socket, 'close')).toEqual([1000, Buffer.from('done')])
    expect(await left).toEqual([1000, 'done'])
  })

  it('is closed by the server', async () => {
    const { socket, left } = await begin()
    await once(socket, 'open')
    socket.send('close')
    expect(await once(socket, 'close')).toEqual([4000, Buffer.from('as you wish')])
    expect(await left).toEqual([4000, 'as you wish'])
  })

  it('is broken off by either side', async () => {
    const { socket, left } = await begin()
    await once(socket, 'open')
    socket.send('break')
    expect((await once(socket, 'close'))[0]).toBe(1006)
    expect((await left)[0]).toBe(1006)
    const other = await begin()
    await once(other.socket, 'open')
    other.socket.terminate()
    expect((await other.left)[0]).toBe(1006)
  })

  it.each([
    ['/chat', 'bad', 401],
    ['/nowhere', 'good', 400],
  ])('is refused: %s from a %s origin', async (path, origin, status) => {
    const { socket } = await begin(path, origin)
    socket.on('error', () => undefined)
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(status)
  })
})

describe('an http.Server as guest', () => {
  it('is an ordinary handler where its host cannot change protocols', async () => {
    const host = fetchHost(fromNodeHandler(site().server))
    expect(await host.ask({ target: '/' })).toMatchObject({ status: 200, body: 'plain undefined' })
  })

  it('may listen for upgrades later, and no more', async () => {
    const server = createServer((_request, response) => response.end('plain'))
    const host = await gatewayHost(fromNodeHandler(server))
    homes.push(host)
    const headers = [
      ['Connection', 'Upgrade, close'],
      ['Upgrade', 'x'],
    ] as const
    expect(await host.ask({ target: '/', headers })).toMatchObject({ status: 200, body: 'plain' })
    server.on('upgrade', (_request, socket) => void socket.end('HTTP/1.1 426 Upgrade Required\r\n\r\n'))
    expect(await host.ask({ target: '/', headers })).toMatchObject({ status: 426 })
    server.removeAllListeners('upgrade')
    expect(await host.ask({ target: '/', headers })).toMatchObject({ status: 200, body: 'plain' })
  })

  it('answers 500 for a listener that throws, and harms nobody else', async () => {
    const server = createServer((_request, response) => response.end('plain'))
    server.on('upgrade', () => {
      throw new Error('secret')
    })
    const host = await gatewayHost(fromNodeHandler(server))
    homes.push(host)
    const headers = [
      ['Connection', 'Upgrade, close'],
      ['Upgrade', 'x'],
    ] as const
    expect(await host.ask({ target: '/', headers })).toMatchObject({ status: 500, body: 'Internal Server Error\n' })
    expect(host.log()).toContain('secret')
  })
})

it('the server of a Fastify application has its upgrade listeners too', async () => {
  const app = fastify()
  const sockets = new WebSocketServer({ server: app.server })
  sockets.on('connection', (socket) => socket.send('from fastify'))
  const recognised = detect(app)
  if (recognised.interface === undefined) throw new Error(recognised.reason)
  const host = await gatewayHost(recognised.application)
  homes.push(host)
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}/`)
  expect(String((await once(socket, 'message'))[0])).toBe('from fastify')
  socket.close()
  await once(socket, 'close')
  await app.close()
})
