/** What a worker does when it holds as many connections as it may: who makes room, and who is served next. */
import { connect, createServer } from 'node:net'
import type { Application } from '@tsgi/contract'
import { afterEach, expect, test } from 'vitest'
import { Connections } from '../../../packages/server/src/connection/connections.ts'
import { ForwardedTrust } from '../../../packages/server/src/proxy/forwarded-trust.ts'
import { eventually, get } from '../../support/harness.ts'
import { settingsFor } from '../../wire/replay.ts'

const ended: (() => void)[] = []
afterEach(() => {
  for (const end of ended.splice(0)) end()
})

const hello: Application = (_environ, start) => {
  start('200 OK', [['Content-Type', 'text/plain']])
  return 'hello'
}

/** Reads what it is sent, or streams for ever. */
const slow: Application = async (environ, start) => {
  if (environ.PATH_INFO === '/hello') return hello(environ, start)
  if (environ.PATH_INFO === '/work') await new Promise(() => undefined)
  start('200 OK', [['Content-Type', 'text/plain']])
  if (environ.REQUEST_METHOD === 'POST') return `${(await environ['wsgi.input'].read()).byteLength}`
  return (async function* () {
    yield 'first'
    await new Promise(() => undefined)
  })()
}

async function full(application: Application, most: number, trusted: string[] = [], waiting = 100) {
  const reasons: (string | undefined)[] = []
  const connections = new Connections({
    ...settingsFor(application),
    most,
    waiting,
    trustedProxies: new ForwardedTrust({ peers: trusted }),
    log: ({ reason }) => reasons.push(reason),
  })
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
    connections.take(socket),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ended.push(() => {
    connections.destroy()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  /** A client at an address of its own: all of 127/8 is this machine. */
  const client = async (localAddress: string, text: string) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    const state = { socket, received: '', isOpen: true }
    socket.on('data', (bytes) => {
      state.received += bytes.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      state.isOpen = false
    })
    ended.push(() => socket.destroy())
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write(text)
    return state
  }
  return { connections, client, reasons }
}

const UPLOAD = 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\nx'

test.each([
  ['slow uploads', UPLOAD],
  ['streams', get('/')],
  ['requests that take for ever', get('/work')],
])('an address that fills the worker with %s makes room for another one', async (_, text) => {
  const { client, connections, reasons } = await full(slow, 4)
  const greedy = await Promise.all(Array.from({ length: 8 }, () => client('127.0.0.2', text)))
  await eventually(() => connections.open === 8 && connections.busy === 4)
  const modest = await client('127.0.0.3', get('/hello', 'Connection: close\r\n'))
  await eventually(() => modest.received.includes('hello'))
  expect(greedy.filter(({ isOpen }) => !isOpen)).toHaveLength(1)
  expect(reasons).toContain('its address had more connections than others, which waited')
})

test('clients of one address share it as before: none is cut for another', async () => {
  const { client, connections } = await full(slow, 2)
  const first = await Promise.all([client('127.0.0.2', get('/')), client('127.0.0.2', get('/'))])
  await eventually(() => connections.busy === 2)
  const last = await client('127.0.0.2', get('/hello'))
  await new Promise((resolve) => setTimeout(resolve, 2000))
  expect([...first, last].map(({ isOpen }) => isOpen)).toEqual([true, true, true])
  expect(last.received).toBe('')
})

test('the address of a trusted proxy is never greedy', async () => {
  const { client, connections } = await full(slow, 2, ['127.0.0.2'])
  const proxied = await Promise.all([client('127.0.0.2', get('/')), client('127.0.0.2', get('/'))])
  await eventually(() => connections.busy === 2)
  await client('127.0.0.3', get('/hello'))
  await new Promise((resolve) => setTimeout(resolve, 2000))
  expect(proxied.map(({ isOpen }) => isOpen)).toEqual([true, true])
})

test('the slowest is cut first: an upload that waits, before a stream, before work', async () => {
  const { client, connections } = await full(slow, 3)
  const working = await client('127.0.0.2', get('/work'))
  const streaming = await client('127.0.0.2', get('/'))
  const uploading = await client('127.0.0.2', UPLOAD)
  await eventually(() => connections.busy === 3 && streaming.received.includes('first'))
  const one = await client('127.0.0.3', get('/'))
  await eventually(() => one.received.includes('first'))
  expect([working.isOpen, streaming.isOpen, uploading.isOpen]).toEqual([true, true, false])
})

test('an idle connection makes room at once, for its own address too', async () => {
  const { client } = await full(hello, 1)
  const idle = await client('127.0.0.2', get('/'))
  await eventually(() => idle.received.includes('hello'))
  const next = await client('127.0.0.2', get('/'))
  await eventually(() => next.received.includes('hello'))
  await eventually(() => !idle.isOpen)
})

test('where no more can wait, one of the address that waits most is refused for another one', async () => {
  const { client, connections } = await full(slow, 1, [], 2)
  await client('127.0.0.2', get('/'))
  await eventually(() => connections.busy === 1)
  const waiting = await Promise.all(Array.from({ length: 2 }, () => client('127.0.0.2', get('/'))))
  await eventually(() => connections.open === 3)
  const modest = await client('127.0.0.3', get('/hello'))
  await eventually(() => waiting.some(({ isOpen }) => !isOpen))
  expect(modest.isOpen).toBe(true)
})
