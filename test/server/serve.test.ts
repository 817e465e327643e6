/** The server as a function: one process, an explicit listen, errors that surface. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Application } from '@tsgi/contract'
import { validate } from '@tsgi/contract'
import { type ServerHandle, serve } from '@tsgi/server'
import { afterEach, describe, expect, it } from 'vitest'
import { COMMAND_OPTIONS } from '../../packages/server/src/config/options.ts'

const servers: ServerHandle[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

const hello: Application = validate((environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return `hello ${environ.PATH_INFO} ${environ['wsgi.multiprocess']}`
})

async function start(application = hello, settings: Parameters<typeof serve>[1] = {}): Promise<ServerHandle> {
  const server = await serve(application, { bind: '127.0.0.1:0', ...settings })
  servers.push(server)
  return server
}

describe('serve()', () => {
  it('listens where it says, in this process', async () => {
    const server = await start()
    expect(server.addresses).toHaveLength(1)
    expect(server.addresses[0]).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    expect(await (await fetch(`${server.addresses[0]}/a`)).text()).toBe('hello /a false')
  })

  it('speaks HTTP/2 where it is told to, and ends its sessions with itself', async () => {
    const server = await start(hello, { http2: true })
    const session = http2.connect(server.addresses[0] ?? '')
    const stream = session.request({ ':path': '/two' }).setEncoding('utf8')
    let text = ''
    for await (const piece of stream) text += piece
    expect(text).toBe('hello /two false')
    await server.close()
    expect(session.closed || session.destroyed).toBe(true)
  })

  it.each([
    [undefined, 0o666],
    [0o600, 0o600],
    ['660', 0o660],
  ])('makes a unix socket with socketMode %s', async (socketMode, mode) => {
    const folder = mkdtempSync(join(tmpdir(), 'tsgi-serve-'))
    await start(hello, { bind: `unix:${join(folder, 'app.sock')}`, ...(socketMode !== undefined && { socketMode }) })
    expect(statSync(join(folder, 'app.sock')).mode & 0o777).toBe(mode)
    rmSync(folder, { recursive: true })
  })

  it.each(COMMAND_OPTIONS)('refuses %s, which would do nothing here', async (name) => {
    const settings: object = { [name]: 1 }
    await expect(serve(hello, settings)).rejects.toThrow(`serve(): ${name} is an option of the command tsgi serve`)
  })

  it('takes a host and a port apart, and no PORT of the environment', async () => {
    const server = await serve(hello, { host: '127.0.0.1', port: 0 })
    servers.push(server)
    expect(server.addresses[0]).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
  })

  it('listens in several places', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsgi-serve-'))
    const path = join(folder, 'app.sock')
    const server = await start(hello, { bind: ['127.0.0.1:0', `unix:${path}`] })
    const text = await new Promise((resolve) =>
      http.get({ socketPath: path, path: '/b', agent: false }, (response) =>
        response.on('data', (data) => resolve(String(data))),
      ),
    )
    expect(text).toBe('hello /b false')
    expect(server.addresses[1]).toBe(`unix:${path}`)
    await server.close()
    rmSync(folder, { recursive: true })
  })

  it('rejects when the port is taken, and listens nowhere then', async () => {
    const first = await start()
    const port = Number(new URL(first.addresses[0] ?? '').port)
    await expect(serve(hello, { bind: ['127.0.0.1:0', `127.0.0.1:${port}`] })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: port ${port} is in use by another process`,
    )
  })

  it('rejects an option that does not exist', async () => {
    const settings: object = { keepalive: 5 }
    await expect(serve(hello, settings)).rejects.toThrow('serve(): unknown option keepalive; did you mean keepAlive?')
  })

  it('close() answers what is in flight, and is the same promise twice', async () => {
    let answer = () => {}
    let began = () => {}
    const called = new Promise<void>((resolve) => {
      began = resolve
    })
    const slow: Application = async (_environ, startResponse) => {
      began()
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      startResponse('200 OK', [])
      return 'slow'
    }
    const server = await start(validate(slow))
    const response = fetch(server.addresses[0] ?? '')
    await called
    const closed = server.close()
    expect(server.close()).toBe(closed)
    answer()
    expect(await (await response).text()).toBe('slow')
    await closed
    await expect(fetch(server.addresses[0] ?? '')).rejects.toThrow()
  })

  it('serves no more connections than --worker-connections at a time; the others wait, the idle make room (L-10)', async () => {
    const server = await start(hello, { workerConnections: 2 })
    const port = Number(new URL(server.addresses[0] ?? '').port)
    const answers = await Promise.all(Array.from({ length: 10 }, () => askOnce(port)))
    expect(answers.filter((text) => text.includes('200 OK'))).toHaveLength(10)
  })

  it('has connections that have asked nothing yet make room long before their clock is over (L-10)', async () => {
    const server = await start(hello, { workerConnections: 2, headerTimeout: 600 })
    const port = Number(new URL(server.addresses[0] ?? '').port)
    const silent = [await connected(port), await connected(port)]
    expect(await askOnce(port)).toContain('200 OK')
    for (const socket of silent) socket.destroy()
  })

  it('makes room after an answer that says so: clients that keep asking at the cap lose no request (L-10)', async () => {
    const server = await start(hello, { workerConnections: 2 })
    const port = Number(new URL(server.addresses[0] ?? '').port)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 6 })
    // An agent that is told of a closed connection takes a new one; a request that was cut off is an error.
    const asked = Array.from({ length: 600 }, () => statusThrough(agent, port))
    expect(new Set(await Promise.all(asked))).toEqual(new Set([200]))
    agent.destroy()
  })
})

function statusThrough(agent: http.Agent, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    request.on('error', reject)
  })
}

function connected(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', reject).resume()
  })
}

/** One request on a connection that the client keeps open until the server ends it or has answered. */
function askOnce(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    let text = ''
    socket.on('error', reject)
    socket.on('data', (octets) => {
      text += octets
      if (text.includes('hello')) socket.end()
    })
    socket.on('close', () => resolve(text))
  })
}
