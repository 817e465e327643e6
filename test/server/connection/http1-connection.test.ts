import type { Application, Chunk } from '@tsgi/contract'
import { describe, expect, it } from 'vitest'
import type { AccessRecord } from '../../../packages/server/src/connection/access-record.ts'
import { serveHttp1 } from '../../../packages/server/src/connection/http1-connection.ts'
import { ForwardedTrust } from '../../../packages/server/src/proxy/forwarded-trust.ts'
import { FakeSocket } from '../../support/fake-socket.ts'
import { eventually, get, Harness, post } from '../../support/harness.ts'
import { mirror } from '../../wire/mirror-application.ts'
import { contextFor, NO_CLOCKS } from '../../wire/replay.ts'
import { field, readResponses } from '../../wire/responses.ts'

const hello: Application = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'hello'
}

/** So much that it waits for the client, chunk by chunk. */
const large: Application = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
  return Array.from({ length: 100 }, () => Buffer.alloc(100_000)).values()
}

/** A client that reads nothing. */
class DeafSocket extends FakeSocket {
  override _write(): void {}
}

const echo: Application = async (environ, startResponse) => {
  const body = await environ['wsgi.input'].read()
  startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
  return body
}

function statuses(received: string): number[] {
  return readResponses(received, () => false).map(({ status }) => status)
}

/** A stream of chunks that tells whether it was closed, and how often. */
function watched(next: (index: number) => Chunk | undefined | Promise<Chunk | undefined>) {
  const stream = {
    made: 0,
    closed: 0,
    close() {
      stream.closed++
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<Chunk> {
      for (;;) {
        const chunk = await next(stream.made)
        if (chunk === undefined) return
        stream.made++
        yield chunk
      }
    },
  }
  return stream
}

describe('writes', () => {
  class CountingSocket extends FakeSocket {
    writes: string[] = []
    override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
      this.writes.push(chunk.toString('latin1'))
      super._write(chunk, encoding, done)
    }
  }

  async function writesFor(application: Application, octets: string): Promise<string[]> {
    const socket = new CountingSocket()
    const connection = serveHttp1(socket, contextFor(application))
    await new Promise((resolve) => setImmediate(resolve))
    socket.feed(Buffer.from(octets))
    await eventually(() => connection.state === 'idle')
    connection.destroy()
    return socket.writes
  }

  it('head and body leave in one write', async () => {
    expect(await writesFor(hello, get('/'))).toHaveLength(1)
    expect(await writesFor(echo, post('abc'))).toHaveLength(1)
    const umlaut: Application = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']])
      return 'ä\u20ac'
    }
    const [write] = await writesFor(umlaut, get('/'))
    expect(Buffer.from(write ?? '', 'latin1').toString()).toMatch(/Content-Length: 5\r\n\r\nä€$/)
  })

  it('a chunk leaves with its size and its line end (RFC 9112 §7.1)', async () => {
    for (const length of [10, 10_000]) {
      const stream: Application = (_environ, startResponse) => {
        startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
        return [Buffer.alloc(length, 'a')].values()
      }
      // The head and a large body may be a vector of buffers: what counts is that they are handed over at once.
      expect((await writesFor(stream, get('/'))).join('')).toMatch(/\r\n\r\n(a|2710)\r\na+\r\n0\r\n\r\n$/)
    }
  })

  it('answers to pipelined requests that are ready at once leave in one write (RFC 9112 §9.3.2)', async () => {
    const [write, ...more] = await writesFor(hello, get('/').repeat(20))
    expect(more).toEqual([])
    expect(statuses(write ?? '')).toHaveLength(20)
  })

  it('keep text and octets of all sizes in order', async () => {
    const chunks: Chunk[] = []
    for (let index = 0; index < 60; index++) {
      const length = [1, 100, 4096, 4097, 70_000, 300_000][index % 6] ?? 1
      const text = String.fromCharCode(97 + (index % 26)).repeat(length)
      chunks.push(index % 2 === 0 ? text : Buffer.from(text))
    }
    const whole = chunks.map(String).join('')
    await using harness = await Harness.start((_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return chunks.values()
    })
    const client = await harness.client()
    client.send(get('/', 'Connection: close\r\n'))
    const [response] = readResponses(await client.rest(), () => false)
    expect(response?.complete).toBe(true)
    expect(response?.body === whole).toBe(true)
  })
})

describe('an application that takes back octets that it gave to be sent (W-05, RFC 9112 §8)', () => {
  const taking: Application = (environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
    if (environ.PATH_INFO !== '/take') return 'kept'
    const octets = new Uint8Array(10_000)
    queueMicrotask(() => octets.buffer.transfer())
    return octets
  }

  it('loses that connection: the answer is seen to be incomplete, the operator is told, and nobody else is cut', async () => {
    const log: string[] = []
    const errors = { write: (text: string) => void log.push(text), writelines: () => {}, flush: () => {} }
    await using harness = await Harness.start(taking, { errors })
    const [taken, kept] = [await harness.client(), await harness.client()]
    taken.send(get('/take') + get('/'))
    kept.send(get('/'))
    expect(await taken.ended).toBe('reset')
    expect(readResponses(taken.received, () => false)).toEqual([])
    await kept.until('kept')
    kept.send(get('/', 'Connection: close\r\n'))
    expect(statuses(await kept.rest())).toEqual([200, 200])
    expect(log.join('')).toMatch(/^the application took back bytes .* 127\.0\.0\.1 is cut\n$/)
  })
})

describe('the client ends its side (C-06, RFC 9112 §9.6)', () => {
  it.each([
    ['over TLS, where that may be all there is to see of a RST, it is cut soon', true, 'closed'],
    ['over TCP it has all the time of --write-timeout', false, 'exchange'],
  ])('and reads nothing of a large answer: %s (L-12)', async (_name, encrypted, state) => {
    const socket = Object.assign(new DeafSocket(), { encrypted })
    const context = contextFor(large, { clocks: { ...NO_CLOCKS, write: 60_000 } })
    const connection = serveHttp1(socket, context)
    socket.feed(Buffer.from(get('/')))
    socket.halfClose()
    await eventually(() => socket.writableNeedDrain && socket.readableEnded)
    context.timeouts.now += 4_000
    connection.check(context.timeouts.now)
    expect(connection.state).toBe('exchange')
    context.timeouts.now += 2_000
    connection.check(context.timeouts.now)
    expect(connection.state).toBe(state)
    connection.destroy()
  })

  it('what it asked for is answered, in order, then the connection ends', async () => {
    await using harness = await Harness.start(mirror)
    const client = await harness.client()
    client.send(get('/slow') + get('/b') + post('abc'))
    client.halfClose()
    expect(statuses(await client.rest())).toEqual([200, 200, 200])
  })

  it.each(['\r\n', '\r\n\r'])('blank lines alone are met by silence (RFC 9112 §2.2): %j', async (blanks) => {
    await using harness = await Harness.start(hello)
    const client = await harness.client()
    client.send(blanks)
    client.halfClose()
    expect(await client.rest()).toBe('')
  })

  it('an empty connection is closed silently', async () => {
    await using harness = await Harness.start(hello)
    const client = await harness.client()
    client.halfClose()
    expect(await client.rest()).toBe('')
  })

  it('a cut head is a 400, and never dispatched', async () => {
    let calls = 0
    await using harness = await Harness.start((environ, startResponse) => {
      calls++
      return hello(environ, startResponse)
    })
    const client = await harness.client()
    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n')
    client.halfClose()
    expect(statuses(await client.rest())).toEqual([400])
    expect(calls).toBe(0)
  })

  it('a cut body is an error to its reader, never an end (F-17)', async () => {
    const errors: unknown[] = []
    await using harness = await Harness.start(async (environ, startResponse) => {
      await environ['wsgi.input'].read().catch((error) => {
        errors.push(error)
        throw error
      })
      return hello(environ, startResponse)
    })
    const client = await harness.client()
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')
    client.halfClose()
    expect(statuses(await client.rest())).toEqual([400])
    expect(errors).toEqual([expect.objectContaining({ 'tsgi.status': 400 })])
  })
})

describe('the client goes away', () => {
  it.each(['FIN', 'RST'] as const)('tsgi.signal aborts, and the body is closed once (%s)', async (how) => {
    const stream = watched(() => 'x'.repeat(1000))
    let aborted = false
    await using harness = await Harness.start((environ, startResponse) => {
      environ['tsgi.signal'].addEventListener('abort', () => {
        aborted = true
      })
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return stream
    })
    const client = await harness.client()
    client.send(get('/'))
    await client.until('xxx')
    if (how === 'FIN') client.socket.destroy()
    else client.socket.resetAndDestroy()
    await eventually(() => aborted && stream.closed > 0 && harness.connections.size === 0)
    expect(stream.closed).toBe(1)
  })

  it('tsgi.signal aborts while the application is still at work, and its answer goes nowhere', async () => {
    let aborted = false
    await using harness = await Harness.start(async (environ, startResponse) => {
      await new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', resolve))
      aborted = true
      return hello(environ, startResponse)
    })
    const client = await harness.client()
    client.send(get('/'))
    await eventually(() => harness.connections.size === 1)
    client.socket.destroy()
    await eventually(() => aborted && harness.connections.size === 0)
  })

  it('a reader of the body gets an error', async () => {
    let failed: unknown
    await using harness = await Harness.start(async (environ, startResponse) => {
      await environ['wsgi.input'].read().catch((error) => {
        failed = error
      })
      return hello(environ, startResponse)
    })
    const client = await harness.client()
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nabc')
    await eventually(() => harness.connections.size === 1)
    client.socket.resetAndDestroy()
    await eventually(() => failed !== undefined)
    expect(failed).toBeInstanceOf(Error)
  })

  it('a write after it rejects', async () => {
    let rejected: unknown
    await using harness = await Harness.start(async (_environ, startResponse) => {
      const write = startResponse('200 OK', [['Content-Type', 'text/plain']])
      while (rejected === undefined) {
        await write('x'.repeat(10_000)).catch((error) => {
          rejected = error
        })
        await new Promise((resolve) => setImmediate(resolve))
      }
      return ''
    })
    const client = await harness.client()
    client.send(get('/'))
    await client.until('xxx')
    client.socket.resetAndDestroy()
    await eventually(() => rejected !== undefined)
    expect(rejected).toBeInstanceOf(Error)
  })
})

describe('request bodies', () => {
  it('are read as they come, 100-continue being sent on the first read only (RFC 9110 §10.1.1)', async () => {
    await using harness = await Harness.start(async (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      const first = await environ['wsgi.input'].read(3)
      const rest = await environ['wsgi.input'].read()
      return Buffer.concat([first, rest])
    })
    const client = await harness.client()
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n')
    await client.until('100 Continue\r\n\r\n')
    client.send('abc')
    client.send('def')
    await client.until('abcdef')
    expect(statuses(client.received)).toEqual([100, 200])
  })

  it('that break while they are read are answered by the status of the fault, and the connection ends', async () => {
    await using harness = await Harness.start(echo)
    const client = await harness.client()
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n')
    client.send('3\r\nabcXX')
    const [response] = readResponses(await client.rest(), () => false)
    expect(response?.status).toBe(400)
    expect(response?.fields).toContainEqual(['connection', 'close'])
  })

  it('left unread are dropped up to a bound, then the connection ends (RFC 9112 §9.3)', async () => {
    await using harness = await Harness.start(hello)
    const client = await harness.client()
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`
    const flood = setInterval(() => client.send(chunk.repeat(4)), 1)
    await client.ended
    clearInterval(flood)
    expect(statuses(client.received)).toEqual([200])
  })
})

describe('interim responses', () => {
  const hinting: Application = (environ, startResponse) => {
    environ['tsgi.early_hints']?.([['Link', '</a.css>; rel=preload']])
    return hello(environ, startResponse)
  }

  it.each([
    ['HTTP/1.1', true, [103, 200]],
    ['HTTP/1.0', true, [200]],
    ['HTTP/1.1', false, [200]],
  ])('go to %s, where early hints are on (%s), as %j (RFC 9110 §15.2)', async (protocol, earlyHints, expected) => {
    await using harness = await Harness.start(hinting, { earlyHints })
    const client = await harness.client()
    client.send(`GET / ${protocol}\r\nHost: a.test\r\nConnection: close\r\n\r\n`)
    expect(statuses(await client.rest())).toEqual(expected)
  })
})

describe('a head that is asked for before its body (C91)', () => {
  it('leaves at once, and the body follows', async () => {
    let go: (() => void) | undefined
    await using harness = await Harness.start(async (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      environ['tsgi.flush_head']?.()
      await new Promise<void>((resolve) => (go = resolve))
      return 'late'
    })
    const client = await harness.client()
    client.send(get('/', 'Connection: close\r\n'))
    await client.until('\r\n\r\n')
    expect(client.received).not.toContain('late')
    go?.()
    expect(await client.rest()).toContain('late')
  })
})

describe('a worker that begins to leave (C90)', () => {
  it('aborts one signal for all requests, and cuts none', async () => {
    const signals: unknown[] = []
    await using harness = await Harness.start(async (environ, startResponse) => {
      const { 'tsgi.leaving': leaving } = environ
      signals.push(leaving)
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      await new Promise((resolve) => leaving?.addEventListener('abort', resolve))
      return `bye ${environ['tsgi.signal'].aborted}`
    })
    const clients = [await harness.client(), await harness.client()]
    for (const client of clients) client.send(get('/'))
    await eventually(() => signals.length === 2)
    expect(signals[0]).toBe(signals[1])
    harness.context.drain()
    for (const client of clients) expect(await client.rest()).toMatch(/Connection: close.*bye false$/s)
  })
})

describe('a response that cannot be completed (RFC 9112 §8)', () => {
  const failing: Application = (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    return watched((index) => {
      if (index === 3) throw new Error('a secret')
      return 'abc'
    })
  }

  it('has no last chunk in HTTP/1.1', async () => {
    await using harness = await Harness.start(failing)
    const client = await harness.client()
    client.send(get('/'))
    const [response] = readResponses(await client.rest(), () => false)
    expect(response).toMatchObject({ status: 200, body: 'abcabcabc', complete: false })
  })

  it('is reset in HTTP/1.0, where FIN would look like its end', async () => {
    await using harness = await Harness.start(failing)
    const client = await harness.client()
    client.send('GET / HTTP/1.0\r\nHost: a.test\r\n\r\n')
    expect(await client.ended).toBe('reset')
  })
})

describe('retire', () => {
  it('ends an idle connection', async () => {
    await using harness = await Harness.start(hello)
    const client = await harness.client()
    client.send(get('/'))
    await client.until('hello')
    for (const connection of harness.connections) connection.retire()
    expect(await client.ended).toBe('fin')
    expect(statuses(client.received)).toEqual([200])
  })

  it('answers a request that was on its way, on a connection that had been busy a moment ago', async () => {
    await using harness = await Harness.start(hello)
    const client = await harness.client()
    client.send(get('/'))
    await client.until('hello')
    for (const connection of harness.connections) connection.retire()
    client.send(get('/'))
    const responses = readResponses(await client.rest(), () => false)
    expect(responses.map(({ status }) => status)).toEqual([200, 200])
    expect(responses[1]?.fields).toContainEqual(['connection', 'close'])
  })

  it('lets a request be answered, which then says Connection: close', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await using harness = await Harness.start(async (environ, startResponse) => {
      await promise
      return hello(environ, startResponse)
    })
    const client = await harness.client()
    client.send(get('/') + get('/never'))
    await eventually(() => [...harness.connections].some(({ state }) => state === 'exchange'))
    for (const connection of harness.connections) connection.retire()
    resolve()
    const responses = readResponses(await client.rest(), () => false)
    expect(responses.map(({ status }) => status)).toEqual([200])
    expect(responses[0]?.fields).toContainEqual(['connection', 'close'])
  })

  it('waits for the first request of a connection that has just come, and ends one that sends none', async () => {
    await using harness = await Harness.start(hello)
    const [early, silent] = [await harness.client(), await harness.client()]
    await eventually(() => harness.connections.size === 2)
    for (const connection of harness.connections) connection.retire()
    early.send(get('/'))
    const responses = readResponses(await early.rest(), () => false)
    expect(responses.map(({ status }) => status)).toEqual([200])
    expect(responses[0]?.fields).toContainEqual(['connection', 'close'])
    expect(await silent.ended).toBe('fin')
  })

  it('has the same effect as a worker that is stopping', async () => {
    await using harness = await Harness.start(hello)
    harness.context.draining = true
    const client = await harness.client()
    client.send(get('/'))
    expect(await client.rest()).toContain('Connection: close')
  })
})

describe('a cap on the requests of a connection (L-07)', () => {
  it('makes its last answer say so, with no regard to what follows in the same segment', async () => {
    await using harness = await Harness.start(hello, { keepAliveRequests: 2 })
    const client = await harness.client()
    client.send(get('/a') + get('/b') + get('/c'))
    const responses = readResponses(await client.rest(), () => false)
    expect(responses.map((response) => [response.status, field(response, 'connection')])).toEqual([
      [200, undefined],
      [200, 'close'],
    ])
    expect(await client.ended).toBe('fin')
  })
})

describe('what the worker is told', () => {
  it('one record for each request, refused ones too, with what is known of them', async () => {
    const records: unknown[] = []
    await using harness = await Harness.start(hello, {
      log: (record) => records.push(record),
    })
    const client = await harness.client()
    client.send(get('/a', 'User-Agent: test\r\nReferer: /b\r\n'))
    client.send('HEAD /c HTTP/1.1\r\nHost: a b\r\n\r\n')
    await client.ended
    const early = await harness.client()
    early.send('\x16\x03')
    await early.ended
    expect(records).toMatchObject([
      {
        method: 'GET',
        target: '/a',
        protocol: 'HTTP/1.1',
        status: 200,
        bytes: 5,
        userAgent: 'test',
        referer: '/b',
        host: 'a.test',
      },
      {
        method: 'HEAD',
        target: '/c',
        protocol: 'HTTP/1.1',
        status: 400,
        bytes: 0,
        reason: expect.stringContaining('Host'),
      },
      { method: undefined, target: undefined, status: 400, remoteAddr: '127.0.0.1' },
    ])
    expect([harness.context.requestsEnded, harness.context.requestsUnderWay]).toEqual([3, 0])
  })

  it('a record with the request line, and no octet of a body for HEAD, where what a trusted proxy said was refused', async () => {
    const records: AccessRecord[] = []
    const settings = {
      trustedProxies: new ForwardedTrust({ peers: ['127.0.0.1'] }),
      log: (record: AccessRecord) => records.push(record),
    }
    await using harness = await Harness.start(hello, settings)
    const client = await harness.client()
    client.send('HEAD /a HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-Proto: gopher\r\n\r\n')
    expect(await client.rest()).toMatch(/^HTTP\/1\.1 400 .*\r\n\r\n$/s)
    expect(records).toMatchObject([{ method: 'HEAD', target: '/a', status: 400, bytes: 0 }])
  })

  it('a record with what was wrong with a body, whatever the application made of it (G-02)', async () => {
    const records: { status: number; reason?: string | undefined }[] = []
    const forgiving: Application = async (environ, startResponse) => {
      await environ['wsgi.input'].read().catch(() => undefined)
      return hello(environ, startResponse)
    }
    const chunked = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n'
    for (const application of [echo, forgiving]) {
      await using harness = await Harness.start(application, { log: (record) => records.push(record) })
      const client = await harness.client()
      client.send(chunked)
      await client.ended
    }
    const reason = 'a chunk-size is not a hexadecimal number'
    expect(records).toMatchObject([
      { status: 400, reason },
      { status: 200, reason },
    ])
  })

  it('a record with status 0 for a client that left before its answer', async () => {
    const records: { status: number; reason?: string | undefined }[] = []
    await using harness = await Harness.start(
      async (environ, startResponse) => {
        await new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', resolve))
        await new Promise((resolve) => setImmediate(resolve))
        return hello(environ, startResponse)
      },
      { log: (record) => records.push(record) },
    )
    const client = await harness.client()
    client.send(get('/'))
    await eventually(() => [...harness.connections].some(({ state }) => state === 'exchange'))
    client.socket.resetAndDestroy()
    await eventually(() => records.length === 1)
    expect(records[0]).toMatchObject({ status: 0, reason: 'the client went away' })
  })
})
