import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import type { Application } from '@tsgi/contract'
import { beforeAll, describe, expect, it } from 'vitest'
import { Connections } from '../../../packages/server/src/connection/connections.ts'
import { Handshake, type HandshakeOptions } from '../../../packages/server/src/connection/handshake.ts'
import { Tls } from '../../../packages/server/src/connection/tls.ts'
import { TrustedPeers } from '../../../packages/server/src/proxy/trusted-peers.ts'
import { Client, eventually } from '../../support/harness.ts'
import { NO_CLOCKS, settingsFor } from '../../wire/replay.ts'

const who: Application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return `${environ['wsgi.url_scheme']} ${environ.REMOTE_ADDR}`
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const PROXY = 'PROXY TCP4 1.2.3.4 5.6.7.8 1111 443\r\n'

let pem: { readonly cert: string; readonly key: string }

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-handshake-'))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...words, '-subj', '/CN=a', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  pem = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  rmSync(folder, { recursive: true })
})

/** Sockets as a worker takes them, behind a handshake. */
class Entry implements AsyncDisposable {
  readonly connections: Connections
  readonly refusals: string[] = []
  readonly #server: Server

  constructor(options: Partial<HandshakeOptions>) {
    const refused = (reason: string) => void this.refusals.push(reason)
    this.connections = new Connections({
      ...settingsFor(who, { clocks: { ...NO_CLOCKS, headers: 100, write: 600_000 } }),
      handshake: new Handshake({ headerTime: 60_000, refused, ...options }),
      most: 100,
      waiting: 100,
    })
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
      this.connections.take(socket),
    )
  }

  static async open(options: Partial<HandshakeOptions>): Promise<Entry> {
    const entry = new Entry(options)
    await new Promise<void>((resolve) => entry.#server.listen(0, '127.0.0.1', resolve))
    return entry
  }

  get port(): number {
    const address = this.#server.address()
    return address === null || typeof address === 'string' ? 0 : address.port
  }

  async client(): Promise<Client> {
    const socket = connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    await new Promise((resolve) => socket.once('connect', resolve))
    return new Client(socket)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connections.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

describe('TLS', () => {
  it.each([
    ['that says nothing', ''],
    ['that stops in its handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['that speaks plain HTTP', GET],
  ])('lets go of a client %s, by the clock of the head at the latest (L-05)', async (_, octets) => {
    await using entry = await Entry.open({ tls: new Tls({ files: { pairs: [pem] } }) })
    const client = await entry.client()
    client.send(octets)
    await eventually(() => entry.connections.open > 0)
    // The client keeps its side open: only the server's own doing ends it.
    await eventually(() => entry.connections.open === 0)
    expect(client.received).not.toContain('HTTP')
    client.socket.destroy()
  })

  it('takes a handshake that comes in the same segment as the PROXY header before it', async () => {
    await using entry = await Entry.open({
      tls: new Tls({ files: { pairs: [pem] } }),
      proxies: new TrustedPeers(['127.0.0.1']),
    })
    const raw = await entry.client()
    const hello = await clientHello()
    raw.socket.write(Buffer.concat([Buffer.from(PROXY), hello]))
    // The server's answer to a ClientHello is a handshake record (RFC 8446 §5.1).
    await raw.until('\x16\x03')
    raw.socket.destroy()
  })
})

describe('the PROXY header', () => {
  it('is read wherever it is cut, and what follows it is HTTP', async () => {
    await using entry = await Entry.open({ proxies: new TrustedPeers(['127.0.0.1']) })
    for (let at = 1; at < PROXY.length + 2; at++) {
      const client = await entry.client()
      client.send((PROXY + GET).slice(0, at))
      await new Promise((resolve) => setImmediate(resolve))
      client.send((PROXY + GET).slice(at))
      expect(await client.rest()).toContain('http 1.2.3.4')
      client.socket.destroy()
    }
    expect(entry.refusals).toEqual([])
  })

  it('must come in time, and whole: else the connection ends without a word, and the operator is told', async () => {
    await using entry = await Entry.open({ proxies: new TrustedPeers(['127.0.0.1']), headerTime: 50 })
    const [slow, cut, wrong] = [await entry.client(), await entry.client(), await entry.client()]
    slow.send('PROXY TCP4')
    cut.send('PROXY TCP4')
    cut.halfClose()
    wrong.send('GET / HTTP/1.1\r\n')
    expect([await slow.rest(), await cut.rest(), await wrong.rest()]).toEqual(['', '', ''])
    expect(entry.refusals.sort()).toEqual([
      expect.stringContaining('a PROXY header did not come in time'),
      expect.stringContaining('no PROXY header'),
    ])
    await eventually(() => entry.connections.open === 0)
  })
})

it('tells the operator of a client that speaks plain HTTP to TLS', async () => {
  await using entry = await Entry.open({ tls: new Tls({ files: { pairs: [pem] } }) })
  const client = await entry.client()
  client.send(GET)
  expect(await client.rest()).not.toContain('200')
  await eventually(() => entry.refusals.length > 0)
  expect(entry.refusals).toEqual(['turned a connection of 127.0.0.1 away: it speaks plain HTTP to TLS'])
})

/** The first flight of a client, as Node writes it. */
function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const listener = createServer((socket) => {
      socket.once('data', (octets: Buffer) => {
        resolve(octets)
        socket.destroy()
        listener.close()
      })
    })
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address()
      const port = address === null || typeof address === 'string' ? 0 : address.port
      tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => undefined)
    })
  })
}
