/** HTTP/2 behind the seam: by ALPN and by prior knowledge, with the limits, clocks, logs and the end of HTTP/1.1. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http2, { type ClientHttp2Session, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import https from 'node:https'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application, validate } from '@tsgi/contract'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRecord } from '../../../packages/server/src/connection/access-record.ts'
import type { ConnectionSettings } from '../../../packages/server/src/connection/connection-context.ts'
import { Connections } from '../../../packages/server/src/connection/connections.ts'
import { Handshake } from '../../../packages/server/src/connection/handshake.ts'
import { serveHttp2 } from '../../../packages/server/src/connection/http2-connection.ts'
import { Tls } from '../../../packages/server/src/connection/tls.ts'
import { ForwardedTrust } from '../../../packages/server/src/proxy/forwarded-trust.ts'
import { TrustedPeers } from '../../../packages/server/src/proxy/trusted-peers.ts'
import { Client, eventually, get } from '../../support/harness.ts'
import { NO_CLOCKS, settingsFor } from '../../wire/replay.ts'

const ended: (() => void)[] = []
afterEach(() => {
  for (const end of ended.splice(0).reverse()) end()
})

let pem: { readonly cert: string; readonly key: string }
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-http2-'))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...words, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  pem = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  rmSync(folder, { recursive: true })
})

interface Options extends Partial<ConnectionSettings> {
  readonly secure?: boolean
  readonly proxies?: TrustedPeers
}

interface Served {
  readonly port: number
  readonly connections: Connections
  readonly records: AccessRecord[]
  session(): ClientHttp2Session
}

async function serve(
  application: Application,
  { secure = false, proxies, ...settings }: Options = {},
): Promise<Served> {
  const validated = validate(application, { strict: true })
  ended.push(() => validated.verify())
  const records: AccessRecord[] = []
  const connections = new Connections({
    ...settingsFor(validated, { log: (record) => records.push(record), ...settings }),
    handshake: new Handshake({
      http2: async () => serveHttp2,
      headerTime: 1000,
      refused: () => undefined,
      ...(secure ? { tls: new Tls({ files: { pairs: [pem] } }) } : {}),
      proxies,
    }),
    most: 100,
    waiting: 100,
  })
  const listening = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true }
  const server = createServer(listening, (socket) => connections.take(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ended.push(() => {
    connections.destroy()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const session = () => {
    const made = http2.connect(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, {
      rejectUnauthorized: false,
    })
    made.on('error', () => undefined)
    ended.push(() => made.destroy())
    return made
  }
  return { port, connections, records, session }
}

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Of RST_STREAM; 0 where the stream ended well. */
  readonly code: number
  readonly interim: number[]
}

function ask(
  session: ClientHttp2Session,
  path: string,
  headers: OutgoingHttpHeaders = {},
  body?: string,
): Promise<Reply> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': path, ...headers }, { endStream: body === undefined })
    const interim: number[] = []
    let answer: IncomingHttpHeaders = {}
    let text = ''
    stream.on('headers', (early) => interim.push(Number(early[':status'])))
    stream.on('response', (given) => {
      answer = given
    })
    stream.setEncoding('utf8').on('data', (piece) => {
      text += piece
    })
    stream.on('error', () => undefined)
    stream.on('close', () =>
      resolve({ status: Number(answer[':status'] ?? 0), headers: answer, text, code: stream.rstCode, interim }),
    )
    if (body !== undefined) stream.end(body)
  })
}

const PLAIN: [string, string][] = [['Content-Type', 'text/plain']]

const mirror: Application = async (environ, start) => {
  const body = Buffer.from(await environ['wsgi.input'].read()).toString()
  start('200 OK', PLAIN)
  const { SERVER_PROTOCOL, REQUEST_METHOD, REQUEST_URI, HTTP_HOST, HTTP_COOKIE, REMOTE_ADDR } = environ
  const scheme = environ['wsgi.url_scheme']
  return JSON.stringify({
    SERVER_PROTOCOL,
    REQUEST_METHOD,
    REQUEST_URI,
    HTTP_HOST,
    HTTP_COOKIE,
    REMOTE_ADDR,
    scheme,
    body,
  })
}

describe('a request over HTTP/2', () => {
  it.each([
    ['h2c by prior knowledge', false, 'http'],
    ['ALPN', true, 'https'],
  ])('by %s is the environ of any other', async (_, secure, scheme) => {
    const { session, port, records } = await serve(mirror, { secure })
    const headers = { ':method': 'POST', cookie: ['a=1', 'b=2'], 'content-length': '3' }
    const reply = await ask(session(), '/caf%C3%A9?q', headers, 'abc')
    expect(reply).toMatchObject({ status: 200, code: 0 })
    expect(JSON.parse(reply.text)).toEqual({
      SERVER_PROTOCOL: 'HTTP/2.0',
      REQUEST_METHOD: 'POST',
      REQUEST_URI: '/caf%C3%A9?q',
      HTTP_HOST: `127.0.0.1:${port}`,
      HTTP_COOKIE: 'a=1; b=2',
      REMOTE_ADDR: '127.0.0.1',
      scheme,
      body: 'abc',
    })
    expect(reply.headers.date).toBeDefined()
    expect(records).toMatchObject([{ method: 'POST', target: '/caf%C3%A9?q', protocol: 'HTTP/2.0', status: 200 }])
  })

  it('shares its port with HTTP/1.1, with TLS and without', async () => {
    const plain = await serve(mirror)
    for (const cut of [1, 3, 10, 30]) {
      const client = new Client(connect(plain.port, '127.0.0.1'))
      const text = get('/', 'Connection: close\r\n')
      client.send(text.slice(0, cut))
      await new Promise((resolve) => setTimeout(resolve, 10))
      client.send(text.slice(cut))
      expect(await client.rest()).toContain('HTTP/1.1')
    }
    const secure = await serve(mirror, { secure: true })
    const text = await new Promise<string>((resolve, reject) => {
      const options = { port: secure.port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }
      https.get(options, (response) => void response.setEncoding('utf8').on('data', resolve)).on('error', reject)
    })
    expect(JSON.parse(text)).toMatchObject({ SERVER_PROTOCOL: 'HTTP/1.1', scheme: 'https' })
  })

  it('of a method that begins as the preface does is HTTP/1.1', async () => {
    const { port } = await serve(mirror)
    const client = new Client(connect(port, '127.0.0.1'))
    client.send('PRI / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await client.rest()).toContain('"REQUEST_METHOD":"PRI"')
  })

  it('comes behind a PROXY header too', async () => {
    const { port } = await serve(mirror, { proxies: new TrustedPeers(['127.0.0.1']) })
    const socket = connect(port, '127.0.0.1')
    socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 1111 80\r\n')
    const session = http2.connect('http://localhost', { createConnection: () => socket })
    ended.push(() => session.destroy())
    expect(JSON.parse((await ask(session, '/')).text)).toMatchObject({ REMOTE_ADDR: '192.0.2.7' })
  })

  it('of a trusted proxy names its client', async () => {
    const trustedProxies = new ForwardedTrust({ peers: ['127.0.0.1'] })
    const { session } = await serve(mirror, { trustedProxies })
    const reply = await ask(session(), '/', { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'https' })
    expect(JSON.parse(reply.text)).toMatchObject({ REMOTE_ADDR: '192.0.2.9', scheme: 'https' })
  })

  it.each<[string, OutgoingHttpHeaders, number]>([
    ['an authority that is no host', { ':authority': '[::1' }, 400],
    ['CONNECT', { ':method': 'CONNECT', ':authority': 'a:1' }, 501],
    ['an unknown expectation', { expect: 'magic' }, 417],
    ['a path that is too long', { ':path': `/${'x'.repeat(20_000)}` }, 414],
    ['a malformed escape', { ':path': '/%zz' }, 400],
    ['a body that is announced too large', { ':method': 'POST', 'content-length': String(2 ** 40) }, 413],
    ['a method that is too long', { ':method': 'M'.repeat(100) }, 501],
  ])('with %s is refused as over HTTP/1.1', async (_, headers, status) => {
    const { session, records } = await serve(mirror)
    const made = session()
    const bare = headers[':method'] === 'CONNECT'
    const reply = await new Promise<number>((resolve) => {
      const endStream = headers[':method'] !== 'POST'
      const stream = made.request(bare ? headers : { ':path': '/', ...headers }, { endStream })
      stream.on('response', (given) => resolve(Number(given[':status'])))
      stream.on('error', () => undefined)
      stream.on('close', () => resolve(-stream.rstCode))
    })
    expect(reply).toBe(status)
    expect(records).toMatchObject([{ status, protocol: 'HTTP/2.0' }])
    expect((await ask(made, '/')).status).toBe(200)
  })

  it('with 140 header fields is one like any other', async () => {
    const { session } = await serve(mirror)
    const many = Object.fromEntries(Array.from({ length: 140 }, (_, i) => [`x-${i}`, 'y']))
    expect((await ask(session(), '/', many)).status).toBe(200)
  })
})

describe('a response over HTTP/2', () => {
  it('streams, as fast as the client takes it', async () => {
    let made = 0
    const { session } = await serve((_environ, start) => {
      start('200 OK', PLAIN)
      return (function* () {
        for (; made < 1000; made++) yield 'x'.repeat(16_384)
      })()
    })
    const stream = session().request({ ':path': '/' })
    stream.pause()
    await new Promise((resolve) => stream.on('response', resolve))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(made).toBeLessThan(100)
    let bytes = 0
    stream.on('data', (piece) => {
      bytes += piece.length
    })
    stream.resume()
    await new Promise((resolve) => stream.on('end', resolve))
    expect(bytes).toBe(16_384_000)
  })

  it('has fields twice, early hints, and the length of HEAD', async () => {
    const { session } = await serve((environ, start) => {
      environ['tsgi.early_hints']?.([['Link', '</a>']])
      start('200 OK', [...PLAIN, ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], ['Content-Length', '5']])
      return 'hello'
    })
    const made = session()
    expect(await ask(made, '/')).toMatchObject({
      text: 'hello',
      interim: [103],
      headers: { 'set-cookie': ['a=1', 'b=2'] },
    })
    expect(await ask(made, '/', { ':method': 'HEAD' })).toMatchObject({ text: '', headers: { 'content-length': '5' } })
  })

  it.each([204, 205, 304])('of %i has no body', async (code) => {
    const { session } = await serve((_environ, start) => {
      start(`${code} `, [])
      return ''
    })
    expect(await ask(session(), '/')).toMatchObject({ status: code, text: '', code: 0 })
  })

  it('that fails in its body is reset, so that the client sees it', async () => {
    const { session, records } = await serve(async function* (_environ, start) {
      start('200 OK', PLAIN)
      yield 'part'
      throw new Error('broken')
    })
    const reply = await ask(session(), '/')
    expect(reply.code).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR)
    expect(records).toMatchObject([{ status: 200, reason: 'the application failed in mid-response' }])
  })

  it('that comes before its request has ended asks for no more of it', async () => {
    const { session } = await serve((_environ, start) => {
      start('401 Unauthorized', PLAIN)
      return 'no'
    })
    const made = session()
    const stream = made.request({ ':path': '/', ':method': 'POST' })
    const status = await new Promise((resolve) => stream.on('response', (given) => resolve(given[':status'])))
    stream.on('error', () => undefined)
    await new Promise((resolve) => stream.resume().on('close', resolve))
    expect([status, stream.rstCode]).toEqual([401, http2.constants.NGHTTP2_NO_ERROR])
    expect((await ask(made, '/')).status).toBe(401)
  })
})

describe('a client of HTTP/2 that leaves', () => {
  const lasting: Application = async (environ, start) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    environ['tsgi.signal'].addEventListener('abort', () => resolve())
    await promise
    start('200 OK', PLAIN)
    return ''
  }

  it.each<[string, (session: ClientHttp2Session, stream: http2.ClientHttp2Stream) => void]>([
    ['resets its stream', (_, stream) => stream.close(http2.constants.NGHTTP2_CANCEL)],
    ['closes its session', (session) => session.destroy()],
  ])('by %s aborts the signal', async (_, leave) => {
    const { session, connections, records } = await serve(lasting)
    const made = session()
    const stream = made.request({ ':path': '/' })
    stream.on('error', () => undefined)
    await eventually(() => connections.busy === 1)
    leave(made, stream)
    await eventually(() => connections.busy === 0)
    expect(records).toMatchObject([{ status: 0, reason: 'the client went away' }])
  })
})

describe('the clocks of HTTP/2', () => {
  const waiting: Application = async (environ, start) => {
    if (environ.REQUEST_METHOD === 'POST') await environ['wsgi.input'].read()
    else await new Promise(() => undefined)
    start('200 OK', PLAIN)
    return ''
  }

  it('end an idle connection, and one without a request', async () => {
    const { session, connections } = await serve(mirror, { clocks: { ...NO_CLOCKS, headers: 100, keepAlive: 100 } })
    const [idle, silent] = [session(), session()]
    await ask(idle, '/')
    await eventually(() => connections.open === 0)
    expect([idle.destroyed || idle.closed, silent.destroyed || silent.closed]).toEqual([true, true])
  })

  it('end a request that takes too long (503), and a body that does not come (408)', async () => {
    const { session } = await serve(waiting, { clocks: { ...NO_CLOCKS, request: 100, body: 100 } })
    const made = session()
    const slow = new Promise((resolve) => {
      const stream = made.request({ ':path': '/', ':method': 'POST' })
      stream.on('response', (given) => resolve(given[':status']))
      stream.on('error', () => undefined)
    })
    expect([(await ask(made, '/')).status, await slow]).toEqual([503, 408])
  })

  it('cut a client whose window stays zero', async () => {
    const { port, connections, records } = await serve(
      (_environ, start) => {
        start('200 OK', PLAIN)
        return (function* () {
          for (;;) yield 'x'.repeat(65_536)
        })()
      },
      { clocks: { ...NO_CLOCKS, write: 200 } },
    )
    const session = http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } })
    session.on('error', () => undefined)
    ended.push(() => session.destroy())
    session.request({ ':path': '/' }).on('error', () => undefined)
    await eventually(() => connections.busy === 1)
    await eventually(() => connections.busy === 0)
    expect(records[0]?.reason).toBe('the client stopped reading')
  })
})

describe('the end of a worker over HTTP/2', () => {
  it('is a GOAWAY: requests under way get their responses, and then the session closes', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { session, connections } = await serve(async (_environ, start) => {
      await promise
      start('200 OK', PLAIN)
      return 'done'
    })
    const made = session()
    const slow = ask(made, '/slow')
    await eventually(() => connections.busy === 1)
    connections.retire()
    await new Promise((go) => made.once('goaway', go))
    resolve()
    expect(await slow).toMatchObject({ status: 200, text: 'done', code: 0 })
    await connections.empty()
    expect(made.closed || made.destroyed).toBe(true)
  })

  it('refuses what comes behind it, so that a client may send it again: none is lost, and none is served twice', async () => {
    let served = 0
    const counting: Application = (_environ, start) => {
      served++
      start('200 OK', PLAIN)
      return ''
    }
    const [leaving, next] = [await serve(counting), await serve(counting)]
    const [made, again] = [leaving.session(), next.session()]
    const asked: Promise<Reply>[] = []
    for (let i = 0; i < 100 && !made.closed; i++) {
      asked.push(
        ask(made, '/').then((reply) =>
          reply.code === http2.constants.NGHTTP2_REFUSED_STREAM ? ask(again, '/') : reply,
        ),
      )
      if (i === 20) leaving.connections.retire()
      if (i % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect((await Promise.all(asked)).filter(({ status }) => status !== 200)).toEqual([])
    expect(served).toBe(asked.length)
    await leaving.connections.empty()
  })

  it('comes for one connection after --keep-alive-requests', async () => {
    const { session, connections } = await serve(mirror, { keepAliveRequests: 2 })
    const made = session()
    expect([(await ask(made, '/')).status, (await ask(made, '/')).status]).toEqual([200, 200])
    await eventually(() => connections.open === 0)
    expect(made.closed || made.destroyed).toBe(true)
  })
})

describe('what would exhaust a server', () => {
  /** Frames as they are, for what no client library would send. */
  async function raw(port: number): Promise<Client> {
    const client = new Client(connect(port, '127.0.0.1'))
    client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    client.send(frame(4, 0, 0, ''))
    return client
  }

  function frame(type: number, flags: number, stream: number, payload: string): string {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head[3] = type
    head[4] = flags
    head.writeUInt32BE(stream, 5)
    return head.toString('latin1') + payload
  }

  /** `:method: GET, :scheme: http, :path: /, :authority: a` in HPACK (RFC 7541 §6.1, §6.2). */
  const GET_A = '\x82\x86\x84\x41\x01a'

  it.each<[string, (send: (bytes: string) => void) => void]>([
    [
      'resets in a row',
      (send) => {
        for (let stream = 1; stream < 6000; stream += 2) {
          send(frame(1, 0x5, stream, GET_A) + frame(3, 0, stream, '\0\0\0\x08'))
        }
      },
    ],
    [
      'CONTINUATION without an end',
      (send) => {
        send(frame(1, 0x1, 1, GET_A))
        for (let i = 0; i < 5000; i++) send(frame(9, 0, 1, `\0\x40\x7f\x89\x07${'x'.repeat(1000)}`.slice(0, 900)))
      },
    ],
    [
      'pings that are never read',
      (send) => {
        for (let i = 0; i < 50_000; i++) send(frame(6, 0, 0, '12345678'))
      },
    ],
    [
      'settings that are never read',
      (send) => {
        for (let i = 0; i < 50_000; i++) send(frame(4, 0, 0, ''))
      },
    ],
    [
      'a header list that grows out of a few bytes (HPACK bomb)',
      (send) => {
        const entry = `\x40\x01x\x7f\xe1\x1e${'y'.repeat(4000)}` // stored once, 4000 bytes
        send(frame(1, 0x1, 1, GET_A + entry))
        for (let i = 0; i < 200; i++) send(frame(9, i === 199 ? 0x4 : 0, 1, '\xbe'.repeat(16_000)))
      },
    ],
  ])('%s costs its own connection, and no other', async (_, attack) => {
    const { port, session, connections } = await serve(mirror)
    const other = session()
    await ask(other, '/')
    const client = await raw(port)
    client.socket.pause()
    const before = process.memoryUsage().rss
    attack((bytes) => client.socket.write(bytes, 'latin1'))
    for (let i = 0; i < 5; i++) {
      const started = performance.now()
      expect((await ask(other, '/')).status).toBe(200)
      expect(performance.now() - started).toBeLessThan(5000)
    }
    client.socket.resume()
    client.socket.destroy()
    await eventually(() => connections.open === 1)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  })

  it('no more streams than are allowed are open, and the others wait for their turn', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { session, connections } = await serve(async (_environ, start) => {
      await promise
      start('200 OK', PLAIN)
      return ''
    })
    const made = session()
    await new Promise((go) => made.once('remoteSettings', go))
    const asked = Array.from({ length: 300 }, () => ask(made, '/'))
    await eventually(() => connections.busy > 100)
    await new Promise((go) => setTimeout(go, 50))
    expect(connections.busy).toBeLessThanOrEqual(128)
    resolve()
    expect((await Promise.all(asked)).filter(({ status }) => status === 200)).toHaveLength(300)
  })
})

describe.each([
  ['nghttp', ['--version']],
  ['h2load', ['--version']],
  ['curl', ['--version']],
])('%s', (program, words) => {
  const has = spawnSync(program, words).status === 0
  it.skipIf(!has)(has ? 'agrees with us' : `is not installed: not tried`, async () => {
    const { port } = await serve((_environ, start) => {
      start('200 OK', PLAIN)
      return 'hello'
    })
    const arguments_ = {
      nghttp: [`http://127.0.0.1:${port}/`],
      h2load: ['-n', '500', '-c', '4', '-m', '16', `http://127.0.0.1:${port}/`],
      curl: ['-s', '--http2-prior-knowledge', '-w', ' %{http_version}', `http://127.0.0.1:${port}/`],
    }[program]
    const { spawn } = await import('node:child_process')
    const text = await new Promise<string>((resolve) => {
      const run = spawn(program, arguments_ ?? [])
      let printed = ''
      run.stdout.on('data', (piece) => {
        printed += piece
      })
      run.on('close', () => resolve(printed))
    })
    expect(text).toContain({ nghttp: 'hello', h2load: '500 2xx, 0 3xx, 0 4xx, 0 5xx', curl: 'hello 2' }[program] ?? '')
  })
})
