/** What holds for each of the middleware, whatever it does: the contract on both sides, and nothing lost between. */
import { brotliDecompressSync } from 'node:zlib'
import { type Application, type Environ, type Middleware, validate } from '@tsgi/contract'
import { call, environFor, ResponseCutError } from '@tsgi/contract/testing'
import {
  accessLog,
  allowIps,
  compress,
  conditionalGet,
  cors,
  crossOriginProtection,
  httpsRedirect,
  language,
  methodOverride,
  requestId,
  securityHeaders,
  serverTiming,
  timeout,
  trailingSlash,
  trustedHosts,
} from '@tsgi/framework/middleware'
import { sessions } from '@tsgi/framework/sessions'
import { describe, expect, it } from 'vitest'
import { ask, between, Ends, HEADERS, KINDS, leaveAfter, PARTS, TEXT } from './applications.ts'

const ALL: readonly (readonly [name: string, middleware: Middleware])[] = [
  ['accessLog', accessLog({ write: () => undefined })],
  ['requestId', requestId()],
  ['compress', compress()],
  ['conditionalGet', conditionalGet()],
  // Guards, each with a request that it lets pass.
  ['allowIps', allowIps({ allow: ['127.0.0.1', 'unix'] })],
  ['cors', cors({ origins: ['https://app.example.com'] })],
  ['crossOriginProtection', crossOriginProtection()],
  ['httpsRedirect', httpsRedirect({ except: () => true })],
  ['language', language({ supported: ['en', 'de'] })],
  ['methodOverride', methodOverride()],
  ['securityHeaders', securityHeaders({ csp: { 'script-src': ["'self'"] } })],
  ['serverTiming', serverTiming()],
  ['timeout', timeout(60_000)],
  ['trailingSlash', trailingSlash('never')],
  ['trustedHosts', trustedHosts(['*.example', 'localhost', '127.0.0.1'])],
  ['sessions', sessions({ keys: ['a key of thirty-two bytes or more'] })],
  ['all of them', (application) => accessLog()(requestId()(compress()(conditionalGet()(application))))],
]

const asText = (bytes: Uint8Array, coding: string | undefined) =>
  new TextDecoder().decode(coding === 'br' ? brotliDecompressSync(bytes) : bytes)

describe.each(ALL)('%s', (_name, middleware) => {
  describe.each(KINDS)('with $name', ({ make }) => {
    it.each([undefined, 'br'])(
      'gives the same octets, and reaches each end once (Accept-Encoding: %s)',
      async (coding) => {
        const headers = coding === undefined ? [] : [['Accept-Encoding', coding] as const]
        const [bare, wrapped] = [new Ends(), new Ends()]
        await call(make(bare), '/', { headers })
        const response = await ask(middleware, make(wrapped), '/', { headers })
        expect(response.status).toBe(200)
        expect(asText(response.bytes, response.header('content-encoding'))).toBe(TEXT)
        expect(wrapped).toEqual(bare)
      },
    )

    it('answers HEAD without octets, with the headers of GET', async () => {
      const headers = [['Accept-Encoding', 'br'] as const]
      const ends = new Ends()
      const head = await ask(middleware, make(ends), '/', { method: 'HEAD', headers })
      const get = await ask(middleware, make(new Ends()), '/', { headers })
      const named = (response: typeof get) =>
        response.headers.filter(([name]) => name !== 'X-Request-Id' && name !== 'Server-Timing')
      expect(head.bytes).toHaveLength(0)
      expect(named(head)).toEqual(named(get))
    })

    it.each([0, 1, 2])('ends once what a client leaves after %i chunks', async (chunks) => {
      const [bare, wrapped] = [new Ends(), new Ends()]
      await leaveAfter(make(bare), chunks)
      const { application, verify } = between(middleware, make(wrapped))
      await leaveAfter(application, chunks)
      verify()
      expect(wrapped).toEqual(bare)
    })
  })

  it.each(['204 No Content', '304 Not Modified'])('passes a %s on without octets', async (status) => {
    const bare: Application = (_environ, startResponse) => {
      startResponse(status, [['ETag', '"a"']])
      return ''
    }
    const response = await ask(middleware, bare, '/', { headers: { 'Accept-Encoding': 'br' } })
    expect(response.statusLine).toBe(status)
    expect(response.bytes).toHaveLength(0)
    expect(response.header('content-encoding')).toBeUndefined()
    expect(response.header('etag')).toBe('"a"')
  })

  it.each<[string, Application]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws after startResponse',
      (_environ, startResponse) => {
        startResponse('200 OK', HEADERS)
        throw new Error('no')
      },
    ],
    [
      'has a body that fails before its first chunk',
      (_environ, startResponse) => {
        startResponse('200 OK', HEADERS)
        // biome-ignore lint/correctness/useYield: it fails before it comes to that
        return (async function* () {
          throw new Error('no')
        })()
      },
    ],
  ])('lets the server answer for an application that %s', async (_how, application) => {
    const response = await ask(middleware, application, '/', { headers: { 'Accept-Encoding': 'br' } })
    expect(response.status).toBe(500)
    expect(response.failure).toMatchObject({ message: 'no' })
  })

  it('lets a response that fails half way be seen as cut', async () => {
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      return (function* () {
        yield PARTS[0] ?? ''
        throw new Error('half way')
      })()
    }
    const { application: checked, verify } = between(middleware, application)
    const failing = call(checked, '/', { headers: { 'Accept-Encoding': 'br' } })
    await expect(failing).rejects.toThrow(ResponseCutError)
    await expect(failing).rejects.toThrow('half way')
    verify()
  })

  it.each([
    ['before a chunk', 0, '503 Service Unavailable'],
    ['after one', 1, undefined],
  ] as const)('takes a second head with an error %s (C51)', async (_when, chunks, status) => {
    const reason = new Error('instead')
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      return (async function* () {
        for (let i = 0; i < chunks; i++) yield PARTS[0] ?? ''
        startResponse('503 Service Unavailable', [['Content-Type', 'image/png']], reason)
        yield 'sorry'
      })()
    }
    const { application: checked } = between(middleware, application)
    const answer = call(checked, '/', { headers: { 'Accept-Encoding': 'br' } })
    if (status === undefined) await expect(answer).rejects.toMatchObject({ cause: reason })
    else expect(await answer).toMatchObject({ statusLine: status, text: 'sorry' })
  })

  it('refuses a second head without an error (C49)', async () => {
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      startResponse('200 OK', HEADERS)
      return ''
    }
    const outcome = await call(middleware(application), '/').catch((error: unknown) => ({ failure: error }))
    expect(outcome.failure).toMatchObject({ message: expect.stringContaining('startResponse was called') })
  })

  it('does not wait for a chunk that never comes when the client leaves', async () => {
    const ends = new Ends()
    const controller = new AbortController()
    const body = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          queueMicrotask(() => controller.abort(new Error('left')))
          return new Promise<never>(() => undefined)
        },
        return: async () => {
          ends.returned += 1
          return { done: true as const, value: undefined }
        },
      }),
      close: () => {
        ends.closed += 1
      },
    }
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      return body
    }
    const { application: checked, verify } = between(middleware, application)
    const options = { headers: { 'Accept-Encoding': 'br' }, 'tsgi.signal': controller.signal }
    await expect(call(checked, '/', options)).rejects.toThrow(ResponseCutError)
    verify()
    expect(ends).toEqual({ returned: 1, closed: 1 })
  })

  it('passes on the start and the close of what it wraps (C88)', async () => {
    const life: string[] = []
    const inner: Application = Object.assign((() => '') as Application, {
      start: async () => void life.push('start'),
      close: async () => void life.push('close'),
    })
    const outer = middleware(inner)
    await outer.start?.()
    await outer.close?.()
    expect(life).toEqual(['start', 'close'])
  })

  it('leaves what is no body to the server (C3)', async () => {
    const application = ((_environ: Environ, startResponse: Parameters<Application>[1]) => {
      startResponse('200 OK', HEADERS)
      return 7
    }) as unknown as Application // what an application without types may do
    await expect(call(middleware(application), '/')).rejects.toMatchObject({ clause: 'C3' })
  })
})

describe('an answer that is there at once', () => {
  it.each([
    ['accessLog', accessLog({ write: () => undefined })],
    ['requestId', requestId()],
    ['conditionalGet', conditionalGet()],
    ['cors', cors({ origins: '*' })],
    ['crossOriginProtection', crossOriginProtection()],
    ['language', language({ supported: ['en'] })],
    ['methodOverride', methodOverride()],
    ['securityHeaders', securityHeaders()],
    ['serverTiming', serverTiming()],
    ['timeout', timeout(60_000)],
    ['trailingSlash', trailingSlash('never')],
  ] as const)('stays so through %s', (_name, middleware) => {
    for (const { make, isSync } of KINDS.filter((each) => each.isSync)) {
      const body = middleware(validate(make(new Ends())))(environFor('/'), () => () => Promise.resolve())
      expect(body instanceof Promise).toBe(!isSync)
      void (typeof body === 'object' && 'close' in body && body.close?.())
    }
  })

  it('stays so through compress where nothing is coded', () => {
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'image/png']])
      return TEXT
    }
    const environ = environFor('/', { headers: { 'Accept-Encoding': 'br' } })
    expect(compress()(application)(environ, () => () => Promise.resolve())).toBe(TEXT)
  })

  it('is the same string through accessLog and conditionalGet, not a copy', () => {
    const middleware: Middleware = (application) => accessLog({ write: () => undefined })(conditionalGet()(application))
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      return TEXT
    }
    expect(middleware(application)(environFor('/'), () => () => Promise.resolve())).toBe(TEXT)
  })
})
