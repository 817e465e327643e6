/** One client never slows the others down for long: bodies that need no I/O give the event loop its turns. */
import type { Application, Body, StartResponse } from '@tsgi/contract'
import { expect, test } from 'vitest'
import { ConnectionContext } from '../../../packages/server/src/connection/connection-context.ts'
import { serveHttp1 } from '../../../packages/server/src/connection/http1-connection.ts'
import { FakeSocket } from '../../support/fake-socket.ts'
import { eventually, get, Harness, post } from '../../support/harness.ts'
import { settingsFor } from '../../wire/replay.ts'

/** A body that is never stopped fails here, so that a test that would hang says so. */
const MAX_CHUNKS = 3_000_000

/** Bodies that are made without I/O, each for as long as `goesOn` says. */
type Maker = (goesOn: () => boolean, start: StartResponse) => Body | Promise<Body>

function counted(goesOn: () => boolean): () => boolean {
  let chunks = 0
  return () => {
    if (++chunks > MAX_CHUNKS) throw new Error('the body was never stopped')
    return goesOn()
  }
}

const HEADERS: [string, string][] = [['Content-Type', 'text/plain']]

const MAKERS: Readonly<Record<string, Maker>> = {
  'a generator': (goesOn, start) => {
    start('200 OK', HEADERS)
    return (function* () {
      while (goesOn()) yield '0123456789'
    })()
  },
  'an async generator': (goesOn, start) => {
    start('200 OK', HEADERS)
    return (async function* () {
      while (goesOn()) yield '0123456789'
    })()
  },
  'an async generator of chunks without a byte': (goesOn, start) => {
    start('200 OK', HEADERS)
    return (async function* () {
      while (goesOn()) yield ''
    })()
  },
  'chunks of 64 KiB': (goesOn, start) => {
    start('200 OK', HEADERS)
    const chunk = Buffer.alloc(65_536, 'x')
    return (function* () {
      while (goesOn()) yield chunk
    })()
  },
  'a ReadableStream': (goesOn, start) => {
    start('200 OK', HEADERS)
    return new ReadableStream<string>({
      pull: (controller) => (goesOn() ? controller.enqueue('0123456789') : controller.close()),
    })
  },
  'a ReadableStream of bytes': (goesOn, start) => {
    start('200 OK', HEADERS)
    return new ReadableStream({
      type: 'bytes',
      pull: (controller) => (goesOn() ? controller.enqueue(new Uint8Array(10)) : controller.close()),
    })
  },
  'write() that is waited for': async (goesOn, start) => {
    const write = start('200 OK', HEADERS)
    while (goesOn()) await write('0123456789')
    return ''
  },
}

test.each(Object.keys(MAKERS))('%s lets the event loop turn while the client takes everything', async (kind) => {
  let isOver = false
  const application: Application = (_environ, start) =>
    MAKERS[kind]?.(
      counted(() => !isOver),
      start,
    ) ?? ''
  const socket = new FakeSocket()
  serveHttp1(socket, new ConnectionContext(settingsFor(application)))
  socket.resume()
  socket.feed(Buffer.from(get('/')))
  await new Promise((resolve) => setTimeout(resolve, 20)) // would not come in a body that never waits
  isOver = true
  await eventually(() => /^HTTP\/1.1 200 OK\r\n.*\r\n\r\n(0\r\n\r\n)?$/s.test(socket.sent))
})

test('HEAD of a body that is written for ever lets the event loop turn', async () => {
  let isOver = false
  const maker = MAKERS['write() that is waited for']
  const application: Application = (_environ, start) =>
    maker?.(
      counted(() => !isOver),
      start,
    ) ?? ''
  const socket = new FakeSocket()
  serveHttp1(socket, new ConnectionContext(settingsFor(application)))
  socket.resume()
  socket.feed(Buffer.from('HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n'))
  await new Promise((resolve) => setTimeout(resolve, 20))
  isOver = true
  await eventually(() => socket.sent.includes('200 OK'))
})

test.each(Object.keys(MAKERS).filter((kind) => !kind.includes('without a byte')))(
  '%s is left when the client resets the connection',
  async (kind) => {
    let ended = false
    const goesOn = counted(() => true)
    const application: Application = async (environ, start) => {
      environ['tsgi.after_response']?.(() => {
        ended = true
      })
      return (await MAKERS[kind]?.(goesOn, start)) ?? ''
    }
    await using harness = await Harness.start(application)
    const client = await harness.client()
    client.send(get('/'))
    await client.until('200 OK')
    client.socket.resetAndDestroy()
    await eventually(() => ended)
    await eventually(() => harness.connections.size === 0)
  },
)

test('large bodies that are complete at the same time are handled in turns of their own', async () => {
  const order: string[] = []
  await using harness = await Harness.start(async (environ, start) => {
    const body = await environ['wsgi.input'].read()
    order.push(environ.PATH_INFO)
    const until = performance.now() + (body.byteLength > 0 ? 30 : 0)
    while (performance.now() < until);
    start('204 No Content', [])
    return ''
  })
  const large = await Promise.all(Array.from({ length: 8 }, () => harness.client()))
  const other = await harness.client()
  await eventually(() => harness.connections.size === 9)
  for (const client of large) client.send(post('x'.repeat(8192), '', '/large'))
  other.send(get('/small'))
  await other.until('204')
  for (const client of large) await client.until('204')
  // All had arrived by the same turn; the small one was served before most of the work was done.
  expect(order.indexOf('/small')).toBeLessThan(4)
})
