/**
 * What a server has to do beside the hellos that are timed, until it is ended: `node neighbour.ts PORT KIND`. A process of its own.
 */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const [, , port = '', kind = ''] = process.argv
const agent = new Agent({ keepAlive: true })
const large = Buffer.alloc(10 * 2 ** 20, 'x')
const typed = Buffer.from(
  JSON.stringify(Array.from({ length: 26_000 }, (_, id) => ({ id, name: `Item number ${id}` }))),
)

async function ask(path: string, type?: string, body?: Buffer): Promise<void> {
  const headers = body === undefined ? {} : { 'Content-Type': type, 'Content-Length': body.length }
  const asked = request({ port, host: '127.0.0.1', agent, path, method: body === undefined ? 'GET' : 'POST', headers })
  asked.end(body)
  const [response] = await once(asked, 'response')
  response.resume()
  await once(response, 'end')
}

async function again(count: number, work: () => Promise<void>): Promise<void> {
  const row = async () => {
    for (;;) await work().catch(() => sleep(10))
  }
  await Promise.all(Array.from({ length: count }, row))
}

async function opened(): Promise<Socket> {
  const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** A body that never ends, in chunks of one byte. */
async function smallChunks(): Promise<void> {
  const socket = await opened()
  socket.write(
    'POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  const row = '1\r\nx\r\n'.repeat(2000)
  while (!socket.destroyed) if (!socket.write(row)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
}

async function reset(): Promise<void> {
  const socket = await opened()
  socket.write('GET /chunks HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
  socket.resetAndDestroy()
}

const KINDS: Readonly<Record<string, () => Promise<void>>> = {
  nothing: () => sleep(3_600_000),
  uploads: () => again(4, () => ask('/length', 'application/octet-stream', large)),
  downloads: () => again(4, () => ask('/chunks')),
  chunks: () => again(1, smallChunks),
  typed: () => again(24, () => ask('/typed', 'application/json', typed)),
  resets: () => again(4, reset),
  // 65 a second are a third of a core.
  work: () => again(1, () => Promise.all([ask('/work'), sleep(15)]).then(() => undefined)),
}
await KINDS[kind]?.()
