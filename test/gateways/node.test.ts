import { once } from 'node:events'
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Application, type Environ, type HeaderList, type ValidatedApplication, validate } from '@tsgi/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toNodeListener } from '../../packages/gateways/src/node.ts'
import { RawClient } from '../support/raw-client.ts'
import { Log, turn, until } from './exchange/recording-sink.ts'

const plain: HeaderList = [['Content-Type', 'text/plain']]
const servers: Server[] = []
const clients: RawClient[] = []
const validated: ValidatedApplication[] = []
let log: Log

beforeEach(() => {
  log = new Log()
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  for (const application of validated.splice(0)) application.verify()
})

async function serve(application: Application, lawless = false): Promise<number> {
  const checked = lawless ? application : validate(application, { strict: true })
  if ('verify' in checked) validated.push(checked as ValidatedApplication)
  return listen(toNodeListener(checked, { errors: log }))
}

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // it listens on TCP
}

function connectTo(port: number): RawClient {
  const client = new RawClient(port)
  clients.push(client)
  return client
}

function answering(body: () => ReturnType<Application>, headers = plain, status = '200 OK'): Application {
  return (_environ, startResponse) => {
    startResponse(status, headers)
    return body()
  }
}

const get = (target: string, ...headers: string[]) =>
  `GET ${target} HTTP/1.1\r\nHost: example.org\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`

describe('the environ', () => {
  it('is made of what node was sent', async () => {
    const seen: Environ[] = []
    const port = await serve((environ, startResponse) => {
      seen.push({ ...environ })
      startResponse('200 OK', plain)
      return 'x'
    })
    const client = connectTo(port).send(
      get('/a%20b?c', 'X-Y: 1', 'x-y: 2', 'X_Y: evil', 'Cookie: a', 'Cookie: b', 'Proxy: p'),
    )
    expect(await client.response()).toMatchObject({ status: 200, reason: 'OK', body: 'x' })
    expect(seen).toMatchObject([
      {
        REQUEST_METHOD: 'GET',
        SCRIPT_NAME: '',
        PATH_INFO: '/a b',
        QUERY_STRING: 'c',
        REQUEST_URI: '/a%20b?c',
        SERVER_NAME: '127.0.0.1',
        SERVER_PORT: String(port),
        SERVER_PROTOCOL: 'HTTP/1.1',
        REMOTE_ADDR: '127.0.0.1',
        REMOTE_PORT: String(client.socket.localPort),
        HTTP_HOST: 'example.org',
        HTTP_X_Y: '1, 2',
        HTTP_COOKIE: 'a; b',
        'wsgi.url_scheme': 'http',
        'wsgi.multiprocess': false,
      },
    ])
    expect(seen[0]).not.toHaveProperty('HTTP_PROXY')
  })

  it('takes Host from an absolute-form target (RFC 9112 §3.2.2)', async () => {
    const port = await serve((environ, startResponse) => {
      startResponse('200 OK', plain)
      return `${environ.HTTP_HOST} ${environ.PATH_INFO} ${environ['wsgi.url_scheme']}`
    })
    const client = connectTo(port).send(get('https://other.example:81/a'))
    expect((await client.response()).body).toBe('other.example:81 /a http')
  })

  it.each(['/%zz', '/%00', '*', 'ftp://example.org/', '/a#b'])(
    '%s is refused with 400 before the application',
    async (target) => {
      const port = await serve(() => {
        throw new Error('unreachable')
      })
      for (const method of ['GET', 'HEAD']) {
        const client = connectTo(port).send(get(target).replace('GET', method))
        expect(await client.response(method)).toMatchObject({
          status: 400,
          body: method === 'GET' ? 'Bad Request\n' : '',
        })
      }
      expect(log.text).toBe('')
    },
  )

  it('serves OPTIONS *', async () => {
    const port = await serve((environ, startResponse) => {
      startResponse('200 OK', plain)
      return environ.PATH_INFO
    })
    expect((await connectTo(port).send(get('*').replace('GET', 'OPTIONS')).response()).body).toBe('*')
  })
})

describe('the response', () => {
  it('is framed by Content-Length where the length is known, else in chunks', async () => {
    const port = await serve((environ, startResponse) => {
      startResponse('200 OK', plain)
      return environ.PATH_INFO === '/known'
        ? ['ab', 'c']
        : (function* () {
            yield 'ab'
            yield 'c'
          })()
    })
    const client = connectTo(port).send(get('/known'))
    const known = await client.response()
    const stream = await client.send(get('/stream')).response()
    expect([known.body, stream.body]).toEqual(['abc', 'abc'])
    expect(known.headers).toContainEqual(['content-length', '3'])
    expect(stream.headers).toContainEqual(['transfer-encoding', 'chunked'])
    for (const { headers } of [known, stream]) expect(headers.filter(([name]) => name === 'date')).toHaveLength(1)
  })

  it('keeps the order of headers, repeated ones apart, latin-1 and the reason phrase as they are', async () => {
    const headers: HeaderList = [
      ['Set-Cookie', 'a=1'],
      ['X-Latin', 'caf\xe9'],
      ['Set-Cookie', 'b=2'],
      ['Content-Type', 'a/b'],
    ]
    const port = await serve(answering(() => 'tëxt', headers, '200 S\xfcper'))
    const response = await connectTo(port).send(get('/')).response()
    expect(response.reason).toBe('S\xfcper')
    expect(response.headers.slice(0, 5)).toEqual([
      ['set-cookie', 'a=1'],
      ['x-latin', 'caf\xe9'],
      ['set-cookie', 'b=2'],
      ['content-type', 'a/b'],
      ['content-length', '5'],
    ])
    expect(response.body).toBe('t\xc3\xabxt')
  })

  it.each([
    ['HEAD', '200 OK', 'abc', 3],
    ['GET', '204 No Content', '', undefined],
    ['GET', '205 Reset Content', '', 0],
    ['GET', '304 Not Modified', '', undefined],
    ['HEAD', '404 Not Found', 'no', 2],
  ])('to %s with %s has no octets, and the next one follows (W-03)', async (method, status, body, length) => {
    const port = await serve(
      answering(() => body, status.startsWith('2') && body === '' ? [] : status.startsWith('304') ? [] : plain, status),
    )
    const client = connectTo(port)
    for (let i = 0; i < 2; i++) {
      const response = await client.send(get('/').replace('GET', method)).response(method)
      expect(`${response.status} ${response.reason}`).toBe(status)
      expect(response.headers.find(([name]) => name === 'content-length')?.[1]).toBe(length?.toString())
      expect(response.headers.map(([name]) => name)).not.toContain('transfer-encoding')
    }
    expect(client.received).toBe('')
  })

  it('of a failure is a 500 that tells nothing, and the connection goes on', async () => {
    const port = await serve(() => {
      throw new Error('secret')
    })
    const client = connectTo(port)
    for (let i = 0; i < 2; i++) {
      expect(await client.send(get('/')).response()).toMatchObject({ status: 500, body: 'Internal Server Error\n' })
    }
    expect(log.text.match(/GET \/: Error: secret/g)).toHaveLength(2)
  })

  it.each([
    ['in chunks (RFC 9112 §8)', '1.1', []],
    ['by length', '1.1', [['Content-Length', '9']] as const],
    ['by length to HTTP/1.0', '1.0', [['Content-Length', '9']] as const],
  ])('that fails after its head is seen to be incomplete, framed %s (W-06)', async (_name, version, length) => {
    const port = await serve(
      answering(
        async function* () {
          yield 'begun'
          await turn()
          throw new Error('secret')
        },
        [...plain, ...length],
      ),
    )
    const client = connectTo(port).send(get('/').replace('1.1', version))
    expect(await client.response()).toMatchObject({ status: 200, body: 'begun', complete: false })
    expect(client.received).not.toContain('secret')
  })

  it('that fails after its head is ended by a reset where only the connection ends it', async () => {
    const client = connectTo(
      await serve(
        answering(async function* () {
          yield 'begun'
          await client.until(/begun/)
          throw new Error('x')
        }),
      ),
    )
    const failed = once(client.socket, 'error')
    client.send('GET / HTTP/1.0\r\n\r\n')
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }])
  })

  it('is pulled no faster than the client reads', async () => {
    let pulled = 0
    let closed = 0
    const chunk = new Uint8Array(65_536)
    const body = {
      async *[Symbol.asyncIterator]() {
        for (; pulled < 4000; pulled++) yield chunk
      },
      close: () => void closed++,
    }
    const client = connectTo(await serve(answering(() => body)))
    client.socket.pause()
    client.send(get('/'))
    let before = -1
    // Stands still once all buffers on the way are full.
    while (pulled !== before || pulled === 0) {
      before = pulled
      for (let i = 0; i < 200; i++) await turn()
    }
    expect(pulled).toBeLessThan(2000)
    client.destroy()
    await until(() => closed === 1)
  })
})

describe('the request body', () => {
  const echo: Application = async (environ, startResponse) => {
    const body = await environ['wsgi.input'].read()
    startResponse('200 OK', plain)
    return body
  }

  it.each([
    ['of a known length', 'Content-Length: 5\r\n\r\nhello'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
  ])('%s is read whole', async (_name, rest) => {
    const client = connectTo(await serve(echo)).send(`POST / HTTP/1.1\r\nHost: x\r\n${rest}`)
    expect(await client.response()).toMatchObject({ status: 200, body: 'hello' })
  })

  it('is read while it comes, and answered while it comes', async () => {
    const client = connectTo(
      await serve(async function* (environ, startResponse) {
        startResponse('200 OK', plain)
        for (;;) {
          const line = await environ['wsgi.input'].readline()
          if (line.length === 0) return
          yield line
        }
      }),
    )
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\none\nt')
    await client.until(/one\n/)
    client.send('wo\n')
    expect((await client.response()).body).toBe('one\ntwo\n')
  })

  it('is taken no faster than the application reads', async () => {
    const size = 64 * 1024 * 1024
    const go = Promise.withResolvers<void>()
    const port = await serve(async (environ, startResponse) => {
      await environ['wsgi.input'].read(1)
      await go.promise
      let length = 1
      for await (const chunk of environ['wsgi.input']) length += chunk.length
      startResponse('200 OK', plain)
      return String(length)
    })
    const upload = httpRequest({ port, method: 'POST', headers: { 'Content-Length': size } })
    const chunk = Buffer.alloc(65_536)
    let sent = 0
    const more = () => {
      while (sent < size) {
        sent += chunk.length
        if (!upload.write(chunk)) return
      }
      upload.end()
    }
    upload.on('drain', more)
    more()
    let before = -1
    while (sent !== before) {
      before = sent
      for (let i = 0; i < 200; i++) await turn()
    }
    expect(sent).toBeLessThan(size)
    go.resolve()
    const [response] = await once(upload, 'response')
    expect(Buffer.concat(await response.toArray()).toString()).toBe(String(size))
  })

  it.each([
    ['all of it', async () => undefined],
    ['most of it', (environ: Environ) => environ['wsgi.input'].read(10)],
  ])('that is left unread, %s, does not stand in the way of the next request (C44)', async (_name, read) => {
    const port = await serve(async (environ, startResponse) => {
      if (environ.REQUEST_METHOD === 'POST') await read(environ)
      startResponse('200 OK', plain)
      return environ.REQUEST_METHOD
    })
    const client = connectTo(port)
    const size = 1_000_000
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}${get('/')}`)
    expect((await client.response()).body).toBe('POST')
    expect((await client.response()).body).toBe('GET')
  })

  it('that is cut off makes the read reject with 400, and aborts the signal (C40)', async () => {
    const seen: unknown[] = []
    const reading = Promise.withResolvers<void>()
    const port = await serve(async (environ, startResponse) => {
      environ['tsgi.signal'].addEventListener('abort', () => seen.push('aborted'))
      reading.resolve()
      await environ['wsgi.input'].read().catch((error) => {
        seen.push(error['tsgi.status'])
        throw error
      })
      startResponse('200 OK', plain)
      return ''
    }, true)
    const client = connectTo(port).send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc')
    await reading.promise
    client.destroy()
    await until(() => seen.length === 2)
    expect(seen.sort()).toEqual([400, 'aborted'])
    expect(log.text).toBe('')
  })

  it('after Expect: 100-continue comes when node has said so (RFC 9110 §10.1.1)', async () => {
    const client = connectTo(await serve(echo))
    client.send('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
    expect((await client.response()).status).toBe(100)
    expect((await client.send('ok').response()).body).toBe('ok')
  })
})

describe('the extensions of a process and of a head', () => {
  it('has the head leave before its body (C91), and says when the process leaves (C90)', async () => {
    const leaving = new AbortController()
    const application: Application = async (environ, startResponse) => {
      startResponse('200 OK', plain)
      environ['tsgi.flush_head']?.()
      await new Promise((resolve) => environ['tsgi.leaving']?.addEventListener('abort', resolve))
      return 'bye'
    }
    const port = await listen(toNodeListener(application, { leaving: leaving.signal, errors: log }))
    const client = connectTo(port)
    client.send(get('/', 'Connection: close'))
    await client.until(/200 OK.*\r\n\r\n/s)
    expect(client.received).not.toContain('bye')
    leaving.abort()
    expect((await client.response()).body).toContain('bye')
  })
})

describe('a request body beyond the limit', () => {
  const counting: Application = async (environ, startResponse) => {
    const { byteLength } = await environ['wsgi.input'].read()
    startResponse('200 OK', plain)
    return String(byteLength)
  }
  const LENGTH = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\nabcdef'
  const CHUNKED =
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n'

  it.each([
    ['declared', LENGTH],
    ['counted', CHUNKED],
  ])('is 413 where it is %s', async (_, text) => {
    const ask = async (bodyLimit: number) => {
      const port = await listen(toNodeListener(counting, { bodyLimit, errors: log }))
      const client = connectTo(port)
      client.send(text)
      return String((await client.response()).status)
    }
    expect([await ask(5), await ask(6)]).toEqual(['413', '200'])
  })
})

describe('a client that leaves', () => {
  it('aborts the signal and closes the body once', async () => {
    const seen: string[] = []
    const client = connectTo(
      await serve((environ, startResponse) => {
        environ['tsgi.signal'].addEventListener('abort', () => seen.push('aborted'))
        startResponse('200 OK', plain)
        return {
          async *[Symbol.asyncIterator]() {
            yield 'x'
            await new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', resolve))
          },
          close: () => void seen.push('closed'),
        }
      }),
    )
    client.send(get('/'))
    await client.until(/x/)
    client.destroy()
    await until(() => seen.length === 2)
    expect(seen).toEqual(['aborted', 'closed'])
  })

  it('is no error of a write that comes before node has told of it (W-12)', async () => {
    const uncaught: unknown[] = []
    const notice = (error: unknown) => uncaught.push(error)
    process.on('uncaughtException', notice)
    let leave = () => {}
    const listener = toNodeListener(
      answering(function* () {
        yield 'a'
        leave()
        yield 'b'
      }),
      { errors: log },
    )
    const port = await listen((request, response) => {
      leave = () => void response.destroy()
      listener(request, response)
    })
    await connectTo(port).send(get('/')).closed()
    for (let i = 0; i < 5; i++) await turn()
    process.off('uncaughtException', notice)
    expect(uncaught).toEqual([])
  })

  it('in the middle of many writes makes no error of them (W-12)', async () => {
    const uncaught: unknown[] = []
    const notice = (error: unknown) => uncaught.push(error)
    process.on('uncaughtException', notice)
    let over = 0
    const port = await serve(
      answering(() => ({
        *[Symbol.iterator]() {
          for (;;) yield 'x'.repeat(1000)
        },
        close: () => void over++,
      })),
    )
    for (let i = 0; i < 20; i++) {
      const client = connectTo(port).send(get('/'))
      await client.until(/x/)
      client.socket.resetAndDestroy()
    }
    await until(() => over === 20)
    await turn()
    process.off('uncaughtException', notice)
    expect(uncaught).toEqual([])
  })
})

describe('early hints (RFC 8297)', () => {
  const hinting: Application = (environ, startResponse) => {
    environ['tsgi.early_hints']?.([
      ['Link', '</a.css>; rel=preload'],
      ['link', '</b.js>; rel=preload'],
      ['X-More', '1'],
    ])
    startResponse('200 OK', plain)
    return 'x'
  }

  it('go before the response', async () => {
    const client = connectTo(await serve(hinting)).send(get('/'))
    expect(await client.response()).toMatchObject({
      status: 103,
      headers: [
        ['link', '</a.css>; rel=preload, </b.js>; rel=preload'],
        ['x-more', '1'],
      ],
    })
    expect((await client.response()).status).toBe(200)
  })

  it('are not sent to HTTP/1.0 (RFC 9110 §15.2)', async () => {
    const client = connectTo(await serve(hinting)).send('GET / HTTP/1.0\r\n\r\n')
    expect((await client.response()).status).toBe(200)
  })

  it('that node finds no link in are left out', async () => {
    const port = await serve((environ, startResponse) => {
      environ['tsgi.early_hints']?.([['Link', 'bogus']])
      environ['tsgi.early_hints']?.([['__proto__', 'x']])
      startResponse('200 OK', plain)
      return 'x'
    })
    expect((await connectTo(port).send(get('/')).response()).status).toBe(200)
  })
})

it('answers pipelined requests in order', async () => {
  const port = await serve(async (environ, startResponse) => {
    if (environ.PATH_INFO === '/slow') for (let i = 0; i < 20; i++) await turn()
    startResponse('200 OK', plain)
    return environ.PATH_INFO
  })
  const client = connectTo(port).send(get('/slow') + get('/fast') + get('/last'))
  const bodies = [await client.response(), await client.response(), await client.response()].map(({ body }) => body)
  expect(bodies).toEqual(['/slow', '/fast', '/last'])
})

it('tells of another process where there is one', async () => {
  const port = await listen(
    toNodeListener(
      (environ, startResponse) => {
        startResponse('200 OK', plain)
        return String(environ['wsgi.multiprocess'])
      },
      { multiprocess: true },
    ),
  )
  expect((await connectTo(port).send(get('/')).response()).body).toBe('true')
})

describe('a body that is made without I/O', () => {
  it('goes on after it has given other requests their turn', async () => {
    const port = await serve(
      answering(function* () {
        for (let i = 0; i < 200; i++) {
          const until = performance.now() + 0.2
          while (performance.now() < until);
          yield 'x'.repeat(100)
        }
      }),
    )
    const response = await fetch(`http://127.0.0.1:${port}/`)
    expect((await response.text()).length).toBe(20_000)
  })
})

describe('the limit of a body', () => {
  it('cannot be limited to less than nothing', () => {
    expect(() =>
      toNodeListener(
        answering(() => ''),
        { bodyLimit: -1 },
      ),
    ).toThrow('toNodeListener: bodyLimit is -1; it must be')
  })
})
