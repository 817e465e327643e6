/** An early response to a slow upload (server.md A13): the connection is read from while bytes arrive, so that no RST destroys it. */
import { expect, it } from 'vitest'
import { ConnectionContext } from '../../../packages/server/src/connection/connection-context.ts'
import { serveHttp1 } from '../../../packages/server/src/connection/http1-connection.ts'
import { FakeSocket } from '../../support/fake-socket.ts'
import { settingsFor } from '../../wire/replay.ts'

const refusing: Parameters<typeof settingsFor>[0] = (_environ, start) => {
  start('413 Content Too Large', [['Content-Type', 'text/plain']])
  return 'no'
}

/** An upload of 8 MB whose response has been sent, and the clock of its connection. */
async function refused() {
  const context = new ConnectionContext(settingsFor(refusing))
  const socket = new FakeSocket()
  const connection = serveHttp1(socket, context)
  socket.resume()
  socket.feed(Buffer.from('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 8000000\r\n\r\n'))
  while (connection.state !== 'lingering') await new Promise((resolve) => setImmediate(resolve))
  context.timeouts.forget(connection)
  const pass = async (milliseconds: number, sends: boolean) => {
    context.timeouts.now += milliseconds
    connection.check(context.timeouts.now)
    if (sends) socket.feed(Buffer.alloc(1000))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { connection, socket, pass }
}

it('is still read from after 20 s, if the client goes on sending', async () => {
  const { connection, socket, pass } = await refused()
  expect(socket.sent).toContain('413')
  for (let second = 0; second < 20; second += 4) await pass(4000, true)
  expect(connection.state).toBe('lingering')
})

it('ends after 5 s without a byte', async () => {
  const { connection, pass } = await refused()
  await pass(4000, false)
  expect(connection.state).toBe('lingering')
  await pass(2000, false)
  expect(connection.state).toBe('closed')
})

it('ends after 30 s in any case', async () => {
  const { connection, pass } = await refused()
  for (let second = 0; second < 36; second += 4) await pass(4000, true)
  expect(connection.state).toBe('closed')
})

it('ends after 2 s where the worker is to leave, whatever the client sends', async () => {
  const { connection, pass } = await refused()
  connection.retire()
  await pass(1500, true)
  await pass(1000, true)
  expect(connection.state).toBe('closed')
})
