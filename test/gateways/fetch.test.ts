import { type Application, type Environ, type HeaderList, type ValidatedApplication, validate } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Exchange } from '../../packages/gateways/src/exchange/exchange.ts'
import type { Sink } from '../../packages/gateways/src/exchange/sink.ts'
import { type FetchOptions, toFetchHandler } from '../../packages/gateways/src/fetch.ts'
import { Log, turn, until } from './exchange/recording-sink.ts'

const plain: HeaderList = [['Content-Type', 'text/plain']]
const validated: ValidatedApplication[] = []
let log: Log

beforeEach(() => {
  log = new Log()
})

afterEach(async () => {
  await turn()
  for (const application of validated.splice(0)) application.verify()
})

/** A handler for a validated application, whose log can be read. */
function handler(application: Application, lawless = false) {
  const checked = lawless ? application : validate(application, { strict: true })
  if ('verify' in checked) validated.push(checked as ValidatedApplication)
  const fetch = toFetchHandler(checked)
  return (request: Request, options?: FetchOptions) => fetch(request, { errors: log, ...options })
}

function answering(body: () => ReturnType<Application>, headers = plain, status = '200 OK'): Application {
  return (_environ, startResponse) => {
    startResponse(status, headers)
    return body()
  }
}

const request = (target = '/', init?: RequestInit) => new Request(new URL(target, 'http://example.org'), init)

/** The environ that an application is given. */
async function environOf(made: Request, options?: FetchOptions | object): Promise<Environ> {
  const seen: Environ[] = []
  const application: Application = (environ, startResponse) => {
    seen.push({ ...environ })
    startResponse('204 ', [])
    return ''
  }
  await handler(application)(made, options)
  const [environ] = seen
  if (environ === undefined) throw new Error('the application was not called')
  return environ
}

describe('the environ', () => {
  it('is made of the Request and what the platform knows', async () => {
    const made = new Request('https://example.org:8443/a%20b?c', {
      headers: { 'X-Y': '1', Cookie: 'a=1', X_Z: 'evil' },
    })
    expect(await environOf(made, { remoteAddr: '192.0.2.7' })).toMatchObject({
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
      PATH_INFO: '/a b',
      QUERY_STRING: 'c',
      REQUEST_URI: '/a%20b?c',
      SERVER_NAME: 'example.org',
      SERVER_PORT: '8443',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REMOTE_ADDR: '192.0.2.7',
      REMOTE_PORT: '',
      HTTP_HOST: 'example.org:8443',
      HTTP_X_Y: '1',
      HTTP_COOKIE: 'a=1',
      'wsgi.url_scheme': 'https',
    })
  })

  it.each([
    ['http://h/', '80'],
    ['https://h/', '443'],
  ])('of %s has the port %s', async (url, port) => {
    expect(await environOf(new Request(url))).toMatchObject({ SERVER_PORT: port, HTTP_HOST: 'h' })
  })

  it.each([
    ['http://h', '/', ''],
    ['http://h/a?', '/a?', ''],
    ['http://h/a?b#c', '/a?b', 'b'],
    ['http://h/#c', '/', ''],
    ['http://h/a%2Fb', '/a%2Fb', ''],
  ])('of %s has the target %s', async (url, target, query) => {
    expect(await environOf(new Request(url))).toMatchObject({ REQUEST_URI: target, QUERY_STRING: query })
  })

  it.each([
    ['Deno', { remoteAddr: { transport: 'tcp', hostname: '192.0.2.7', port: 5 } }, ['192.0.2.7', '5']],
    ['Deno over a unix socket', { remoteAddr: { transport: 'unix', path: '/run/x' } }, ['', '']],
    ['Bun', { requestIP: () => ({ address: '::ffff:192.0.2.7', port: 5, family: 'IPv6' }) }, ['192.0.2.7', '5']],
    ['Bun over a unix socket', { requestIP: () => null }, ['', '']],
    ['nothing', {}, ['', '']],
  ])('has the address that %s knows', async (_name, platform: object, expected) => {
    const environ = await environOf(request(), platform)
    expect([environ.REMOTE_ADDR, environ.REMOTE_PORT]).toEqual(expected)
  })

  it('has the env and the context of Workers, and takes no option out of env', async () => {
    const seen: Environ[] = []
    const kept: Promise<unknown>[] = []
    const env = { errors: 'a binding', remoteAddr: '203.0.113.9', waitUntil: 'another' }
    const context = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) }
    const ran: string[] = []
    const fetch = toFetchHandler((environ, startResponse) => {
      seen.push(environ)
      environ['tsgi.after_response']?.(async () => {
        await turn()
        ran.push('task')
      })
      startResponse('200 OK', plain)
      return 'x'
    })
    expect(await (await fetch(request(), env, context)).text()).toBe('x')
    await Promise.all(kept)
    expect(ran).toEqual(['task'])
    expect(seen[0]).toMatchObject({ 'workers.env': env, 'workers.ctx': context, REMOTE_ADDR: '' })
  })

  it.each(['/%zz', '/%00'])('%s is refused with 400 before the application', async (target) => {
    const response = await handler(() => {
      throw new Error('unreachable')
    })(request(target))
    expect([response.status, await response.text(), log.text]).toEqual([400, 'Bad Request\n', ''])
  })
})

describe('the response', () => {
  it.each<[string, () => ReturnType<Application>, string | null]>([
    ['a string', () => 'añ', '3'],
    ['octets', () => new TextEncoder().encode('añ'), '3'],
    ['a list', () => ['a', 'ñ'], '3'],
    [
      'a generator',
      function* () {
        yield 'a'
        yield 'ñ'
      },
      null,
    ],
    [
      'an async generator',
      async function* () {
        yield 'a'
        yield 'ñ'
      },
      null,
    ],
    ['a promise', async () => 'añ', '3'],
    ['a stream', () => ReadableStream.from(['a', 'ñ']), null],
  ])('to %s is the same octets', async (_name, body, length) => {
    const response = await handler(answering(body))(request())
    expect(response.headers.get('content-length')).toBe(length)
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(await response.text()).toBe('añ')
  })

  it('that is at hand needs no stream of ours', async () => {
    const Platform = globalThis.ReadableStream
    let made = 0
    globalThis.ReadableStream = new Proxy(Platform, {
      construct(target, given) {
        // Response makes byte streams of its own, for octets that it has.
        if (given[0]?.type !== 'bytes') made++
        return Reflect.construct(target, given)
      },
    })
    try {
      await handler(answering(() => 'x'))(request())
      await handler(answering(() => ''))(request())
      await handler(answering(() => ['x']))(request())
      expect(made).toBe(0)
      await handler(answering(() => ['x', 'y']))(request())
      expect(made).toBe(1)
    } finally {
      globalThis.ReadableStream = Platform
    }
  })

  it('has the Content-Type that the application gave, or none', async () => {
    const response = await handler(
      answering(() => 'x', []),
      true,
    )(request())
    expect([...response.headers]).toEqual([['content-length', '1']])
  })

  it('keeps several Set-Cookie apart, the reason phrase, and latin-1', async () => {
    const headers: HeaderList = [
      ['Set-Cookie', 'a=1'],
      ['X', 'caf\xe9'],
      ['Set-Cookie', 'b=2'],
    ]
    const response = await handler(answering(() => '', headers, '404 N\xf6'))(request())
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect([response.status, response.statusText, response.headers.get('x')]).toEqual([404, 'N\xf6', 'caf\xe9'])
  })

  it.each([
    ['HEAD', '200 OK', 'abc', '3'],
    ['GET', '204 No Content', '', null],
    ['GET', '205 Reset Content', '', '0'],
    ['GET', '304 Not Modified', '', null],
  ])('to %s with %s has no body', async (method, status, body, length) => {
    const headers = body === '' ? [] : plain
    const response = await handler(answering(() => body, headers, status))(request('/', { method }))
    expect([response.body, response.headers.get('content-length')]).toEqual([null, length])
  })

  it('of a failure is a 500 that tells nothing; the promise does not reject', async () => {
    const response = await handler(() => Promise.reject(new Error('secret')))(request())
    expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error\n'])
    expect(log.text).toContain('Error: secret')
  })

  it('that fails after its head errors for the reader, who is not told why (W-06)', async () => {
    const response = await handler(
      answering(async function* () {
        yield 'begun'
        throw new Error('secret')
      }),
    )(request())
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('the response was cut short')
  })

  it('that is shorter than its Content-Length errors for the reader', async () => {
    const short = answering(
      function* () {
        yield 'abc'
      },
      [...plain, ['Content-Length', '5']],
    )
    const response = await handler(short, true)(request())
    await expect(response.text()).rejects.toThrow('the response was cut short')
  })

  it('is pulled no faster than it is read, and to its end', async () => {
    let pulled = 0
    const chunk = new Uint8Array(16_384)
    const response = await handler(
      answering(async function* () {
        for (; pulled < 100; pulled++) yield chunk
      }),
    )(request())
    for (let i = 0; i < 50; i++) await turn()
    expect(pulled).toBeLessThan(10)
    expect((await response.arrayBuffer()).byteLength).toBe(100 * 16_384)
  })

  it('may be written by write(), which waits for the reader', async () => {
    let written = 0
    const response = await handler(async (_environ, startResponse) => {
      const write = startResponse('200 OK', plain)
      const all: Promise<void>[] = []
      for (let i = 0; i < 20; i++) all.push(write('x'.repeat(16_384)).then(() => void written++))
      await Promise.all(all)
      return ''
    })(request())
    for (let i = 0; i < 50; i++) await turn()
    expect(written).toBeLessThan(20)
    expect((await response.text()).length).toBe(20 * 16_384)
    expect(written).toBe(20)
  })
})

describe('the request body', () => {
  const echo: Application = async (environ, startResponse) => {
    const body = await environ['wsgi.input'].read()
    startResponse('200 OK', plain)
    return body
  }

  it.each<[string, RequestInit]>([
    ['text', { body: 'hello' }],
    [
      'a stream',
      {
        body: ReadableStream.from([new TextEncoder().encode('hel'), new Uint8Array(0), new TextEncoder().encode('lo')]),
        duplex: 'half',
      },
    ],
  ])('from %s is read whole', async (_name, init) => {
    expect(await (await handler(echo)(request('/', { method: 'POST', ...init }))).text()).toBe('hello')
  })

  it('is echoed while it comes', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const response = await (async () => {
      const pending = handler(async function* (environ, startResponse) {
        startResponse('200 OK', plain)
        yield* environ['wsgi.input']
      })(request('/', { method: 'POST', body: readable, duplex: 'half' }))
      await writer.write(new TextEncoder().encode('one'))
      return pending
    })()
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('one')
    void writer.write(new TextEncoder().encode('two'))
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('two')
    await writer.close()
    expect(await reader?.read()).toMatchObject({ done: true })
  })

  it('is pulled no faster than the application reads, and not at all when it does not', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (c) => {
          pulled++
          c.enqueue(new Uint8Array(10))
        },
      },
      { highWaterMark: 0 },
    )
    const made = request('/', { method: 'POST', body, duplex: 'half' })
    const response = await handler(async (environ, startResponse) => {
      await environ['wsgi.input'].read(25)
      startResponse('200 OK', plain)
      return 'x'
    })(made)
    expect([response.status, pulled]).toEqual([200, 3])
    const unread = request('/', { method: 'POST', body: 'x' })
    await handler(answering(() => 'x'))(unread)
    expect([unread.bodyUsed, unread.body?.locked]).toEqual([false, false])
  })

  it('that breaks off is a 400 (C40)', async () => {
    const body = new ReadableStream<Uint8Array>({ start: (c) => c.error(new Error('secret')) })
    const response = await handler(echo)(request('/', { method: 'POST', body, duplex: 'half' }))
    expect([response.status, await response.text(), log.text]).toEqual([400, 'Bad Request\n', ''])
  })

  it("that somebody has read already is the caller's fault, not the client's", async () => {
    const made = request('/', { method: 'POST', body: 'x' })
    await made.text()
    const response = await handler(echo)(made)
    expect(response.status).toBe(500)
    expect(log.text).toContain('TypeError')
  })
})

it('makes the Response before its body where the head is asked for (C91)', async () => {
  let go: (() => void) | undefined
  const response = await handler(async (environ, startResponse) => {
    startResponse('200 OK', plain)
    environ['tsgi.flush_head']?.()
    await new Promise<void>((resolve) => {
      go = resolve
    })
    return 'late'
  })(request())
  expect([response.status, response.headers.get('content-length')]).toEqual([200, null])
  go?.()
  expect(await response.text()).toBe('late')
})

it('hands on the signal of a platform that is about to end (C90)', async () => {
  const { signal } = new AbortController()
  let seen: unknown
  const looking: Application = (environ, startResponse) => {
    seen = environ['tsgi.leaving']
    startResponse('204 ', [])
    return ''
  }
  await toFetchHandler(looking, { leaving: signal })(request())
  expect(seen).toBe(signal)
  expect('tsgi.leaving' in (await environOf(request()))).toBe(false)
})

describe('a request body beyond the limit', () => {
  const reading = answering(() => 'read')
  const counting: Application = async (environ, startResponse) => {
    const { byteLength } = await environ['wsgi.input'].read()
    startResponse('200 OK', plain)
    return String(byteLength)
  }

  it('is 413 without a call of the application where its length is known', async () => {
    const sent = request('/', { method: 'POST', body: 'abcdef', headers: { 'Content-Length': '6' } })
    expect((await toFetchHandler(reading, { bodyLimit: 5, errors: log })(sent)).status).toBe(413)
  })

  it('is 413 where it is counted', async () => {
    const body = () => new Response('abcdef').body
    const made = (bodyLimit: number) =>
      toFetchHandler(counting, { bodyLimit, errors: log })(
        request('/', { method: 'POST', body: body(), duplex: 'half' } as RequestInit),
      )
    expect([(await made(5)).status, (await made(6)).status]).toEqual([413, 200])
  })

  it('is not taken from what a platform hands over under the name', async () => {
    const options = { bodyLimit: 'none' } as unknown as FetchOptions // as a platform might
    expect((await handler(counting)(request('/', { method: 'POST', body: 'abc' }), options)).status).toBe(200)
  })
})

describe('a client that leaves', () => {
  function streaming(seen: string[]): Application {
    return (environ, startResponse) => {
      environ['tsgi.signal'].addEventListener('abort', () => seen.push('aborted'))
      startResponse('200 OK', plain)
      return {
        async *[Symbol.asyncIterator]() {
          yield 'x'
          await new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', resolve))
        },
        close: () => void seen.push('closed'),
      }
    }
  }

  it('by cancelling the body aborts the signal and closes the body once', async () => {
    const seen: string[] = []
    const response = await handler(streaming(seen))(request())
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel('enough')
    await until(() => seen.length === 2)
    expect(seen).toEqual(['aborted', 'closed'])
  })

  it("by its request's signal does the same, and the reader learns of it", async () => {
    const seen: string[] = []
    const controller = new AbortController()
    const response = await handler(streaming(seen))(request('/', { signal: controller.signal }))
    controller.abort(new Error('left'))
    await expect(response.text()).rejects.toThrow('left')
    expect(seen).toEqual(['aborted', 'closed'])
  })

  it('before there is a Response makes the promise reject', async () => {
    const controller = new AbortController()
    const pending = handler(() => new Promise(() => undefined), true)(request('/', { signal: controller.signal }))
    controller.abort()
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('before the request was handled is never served', async () => {
    let called = 0
    const made = request('/', { signal: AbortSignal.abort() })
    await expect(handler(answering(() => String(called++)))(made)).rejects.toMatchObject({ name: 'AbortError' })
    expect(called).toBe(0)
  })

  it('leaves no listener behind on a signal that outlives the request', async () => {
    const made = request()
    let listeners = 0
    const { signal } = made
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners++
      add(...given)
    }
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners--
      remove(...given)
    }
    await (await handler(answering(() => ['a', 'b']))(made)).text()
    expect(listeners).toBe(0)
  })
})

it('has the platform wait for what comes after the response', async () => {
  const steps: string[] = []
  const waits: Promise<unknown>[] = []
  const response = await handler((environ, startResponse) => {
    environ['tsgi.after_response']?.(async () => {
      await turn()
      steps.push('task')
    })
    startResponse('200 OK', plain)
    return 'x'
  })(request(), { waitUntil: (promise) => waits.push(promise) })
  expect([await response.text(), steps, waits.length]).toEqual(['x', [], 1])
  await Promise.all(waits)
  expect(steps).toEqual(['task'])
})

it('offers no early hints: a Response cannot carry them', async () => {
  expect('tsgi.early_hints' in (await environOf(request()))).toBe(false)
})

describe('the limit of a body', () => {
  it.each([-1, 1.5, Number.NaN])('cannot be limited to %s', (bodyLimit) => {
    expect(() =>
      toFetchHandler(
        answering(() => ''),
        { bodyLimit },
      ),
    ).toThrow(`toFetchHandler: bodyLimit is ${bodyLimit}; it must be`)
  })
})

describe('a platform that cancels from within a write', () => {
  // As Deno and workerd do: a chunk goes straight to the socket, which has gone.
  const cancelsAtSecond = (response: Response): void => {
    const reader = response.body?.getReader()
    const take = (): void => void reader?.read().then(() => reader.cancel('gone'))
    take()
  }

  it('rejects the write that is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const application: Application = async (_environ, startResponse) => {
      const write = startResponse('200 OK', [['Content-Type', 'text/plain']])
      try {
        for (;;) await write('x'.repeat(65_536))
      } catch (error) {
        resolve(String(error))
      }
      return ''
    }
    const response = await toFetchHandler(application)(new Request('http://a.test/'))
    cancelsAtSecond(response)
    expect(await promise).toBe('Error: the client went away')
  })

  it('leaves no write pending behind a sink that aborts its exchange', async () => {
    const environ = environFor('/')
    const exchange: { abort?: (reason: Error) => void } = {}
    const sink: Sink = {
      writeHead: () => undefined,
      write: () => {
        exchange.abort?.(new Error('gone'))
        return false
      },
      drained: () => new Promise(() => undefined),
      end: () => undefined,
      abort: () => undefined,
    }
    const { promise, resolve } = Promise.withResolvers<string>()
    const running = new Exchange(
      async (_environ, startResponse) => {
        await startResponse('200 OK', [])('x').catch((error) => resolve(String(error)))
        return ''
      },
      environ,
      sink,
    )
    exchange.abort = (reason) => running.abort(reason)
    running.run()
    expect(await promise).toBe('Error: gone')
  })
})
