/** `accessLog`: one line per request, true and harmless, whatever the application and the client do. */
import type { Application, Body, Environ } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { type AccessLogOptions, type AccessRecord, accessLog, requestId } from '@tsgi/framework/middleware'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ask, Ends, HEADERS, KINDS, leaveAfter, OCTETS, PARTS, TEXT } from './applications.ts'

/** What was logged. */
function log(options: AccessLogOptions = {}) {
  const lines: string[] = []
  const records: AccessRecord[] = []
  const middleware = accessLog({
    ...options,
    write: (line, record) => {
      lines.push(line)
      records.push(record)
    },
  })
  return { lines, records, middleware }
}

const plain: Application = (_environ, startResponse) => {
  startResponse('200 OK', HEADERS)
  return 'ä'
}

describe('a record', () => {
  it.each(KINDS)('has the octets of $name', async ({ make }) => {
    const { middleware, records } = log()
    await ask(middleware, make(new Ends()))
    expect(records).toMatchObject([
      { status: 200, bytes: OCTETS.length, outcome: 'complete', method: 'GET', target: '/' },
    ])
  })

  it.each(KINDS)('has no octets for HEAD with $name', async ({ make }) => {
    const { middleware, records } = log()
    await ask(middleware, make(new Ends()), '/', { method: 'HEAD' })
    expect(records).toMatchObject([{ status: 200, bytes: 0, outcome: 'complete', method: 'HEAD' }])
  })

  it('says how the request came, whatever the application made of the environ', async () => {
    const { middleware, records } = log()
    const shifting: Application = (environ, startResponse) => {
      Object.assign(environ, { SCRIPT_NAME: '/a', PATH_INFO: '/b', REMOTE_ADDR: 'x', REQUEST_METHOD: 'PUT' })
      return plain(environ, startResponse)
    }
    const headers = { Host: 'example.org', Referer: 'http://a/', 'User-Agent': 'curl/8' }
    await call(middleware(requestId({ generate: () => 'id-1' })(shifting)), '/a/b?c', {
      method: 'POST',
      body: 'x',
      headers,
    })
    expect(records).toMatchObject([
      {
        remoteAddr: '127.0.0.1',
        method: 'POST',
        target: '/a/b?c',
        protocol: 'HTTP/1.1',
        status: 200,
        bytes: 2,
        requestId: 'id-1',
        host: 'example.org',
        referer: 'http://a/',
        userAgent: 'curl/8',
      },
    ])
  })

  it('has a duration that covers the body', async () => {
    const { middleware, records } = log()
    let seen = 0
    const waiting: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      return (async function* () {
        const began = performance.now()
        while (performance.now() - began < 5) await new Promise(setImmediate)
        seen = performance.now() - began
        yield 'x'
      })()
    }
    await ask(middleware, waiting)
    expect(records[0]?.duration).toBeGreaterThanOrEqual(seen)
  })
})

describe('the end', () => {
  it('is logged once, when the response is over and not before', async () => {
    const { middleware, lines } = log()
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      return (async function* () {
        for (const part of PARTS) {
          expect(lines).toEqual([])
          yield part
        }
      })()
    }
    await ask(middleware, application)
    expect(lines).toHaveLength(1)
  })

  it.each([
    ['throws', new Error('no'), 500],
    ['throws what the client is at fault for', Object.assign(new Error('no'), { 'tsgi.status': 413 }), 413],
  ])('of an application that %s is logged with the status of the server', async (_how, error, status) => {
    const { middleware, records } = log()
    const failing: Application = () => {
      throw error
    }
    expect((await ask(middleware, failing)).status).toBe(status)
    expect((await ask(middleware, async () => failing({} as Environ, () => () => Promise.resolve()))).status).toBe(
      status,
    )
    expect(records).toMatchObject([
      { status, outcome: 'failed', bytes: 0 },
      { status, outcome: 'failed', bytes: 0 },
    ])
  })

  it('of a body that fails half way is logged as failed', async () => {
    const { middleware, records } = log()
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      return (function* () {
        yield 'abc'
        throw new Error('no')
      })()
    }
    await expect(ask(middleware, application)).rejects.toThrow('no')
    expect(records).toMatchObject([{ status: 200, bytes: 3, outcome: 'failed' }])
  })

  it.each([0, 1, 2])('of a client that left after %i chunks is logged as aborted', async (chunks) => {
    const { middleware, records } = log()
    const make = KINDS.find(({ name }) => name === 'an async generator')?.make
    await leaveAfter(middleware(make?.(new Ends()) ?? plain), chunks)
    const bytes = new TextEncoder().encode(PARTS.slice(0, chunks).join('')).length
    expect(records).toMatchObject([{ status: 200, bytes, outcome: 'aborted' }])
  })

  it('of a client that left while the application was at work is logged as aborted', async () => {
    const { middleware, records } = log()
    const controller = new AbortController()
    const application: Application = async (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      controller.abort(new Error('left'))
      return TEXT
    }
    await expect(call(middleware(application), '/', { 'tsgi.signal': controller.signal })).rejects.toThrow()
    expect(records).toMatchObject([{ outcome: 'aborted' }])
  })

  it('of a FileBody that a server sends from its descriptor has the octets of the span', async () => {
    const { middleware, records } = log()
    const make = KINDS.find(({ name }) => name === 'a FileBody')?.make
    const body = await middleware(make?.(new Ends()) ?? plain)(environFor('/'), () => () => Promise.resolve())
    if (typeof body !== 'object' || !('fd' in body)) throw new TypeError('it stays a FileBody')
    expect(body).toMatchObject({ start: 0, length: OCTETS.length })
    await body.close()
    expect(records).toMatchObject([{ bytes: OCTETS.length, outcome: 'complete' }])
  })

  it('is when the body is returned, where the server has no tsgi.after_response and the body no close()', () => {
    const { middleware, records } = log()
    const environ = environFor('/')
    delete environ['tsgi.after_response']
    expect(middleware(plain)(environ, () => () => Promise.resolve())).toBe('ä')
    expect(records).toMatchObject([{ status: 200, bytes: 2, outcome: 'complete' }])
  })
})

describe('a line', () => {
  it('is combined by default, and goes to wsgi.errors', async () => {
    const headers = { Referer: 'http://a/', 'User-Agent': 'curl/8' }
    const { errors } = await ask(accessLog(), plain, '/x?y', { headers })
    const time = String.raw`\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]`
    expect(errors).toMatch(
      new RegExp(`^127\\.0\\.0\\.1 - - ${time} "GET /x\\?y HTTP/1\\.1" 200 2 "http://a/" "curl/8"\n$`),
    )
  })

  it('has - for what there is not, and a word for what did not end as usual', async () => {
    const { middleware, lines } = log()
    await ask(middleware, () => {
      throw new Error('no')
    })
    expect(lines[0]).toMatch(/"GET \/ HTTP\/1\.1" 500 - "-" "-" failed\n$/)
  })

  it('is JSON if it is asked for, with the names of the server', async () => {
    const { middleware, lines } = log({ format: 'json' })
    await ask(middleware, plain)
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      remote_addr: '127.0.0.1',
      method: 'GET',
      target: '/',
      protocol: 'HTTP/1.1',
      status: 200,
      bytes: 2,
      duration_ms: expect.any(Number),
      host: 'localhost',
    })
  })

  it('escapes what could break out of its field (CVE-2009-4487)', async () => {
    const { middleware, lines } = log()
    const headers = { 'User-Agent': 'a" 200 1 "\\x \u00e9\u0085', Referer: '\x09x' }
    await ask(middleware, plain, '/', { headers })
    expect(lines[0]).toContain(String.raw`"x" "a\x22 200 1 \x22\x5Cx \xE9\x85"`)
  })

  it.each(['combined', 'json'] as const)('is one line of printable ASCII, whatever is in it (%s)', (format) => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constant('"\\\u{1f600}'.repeat(2000)),
    )
    fc.assert(
      fc.property(text, text, text, (agent, target, address) => {
        const { middleware, lines } = log({ format })
        const environ = environFor('/')
        Object.assign(environ, { HTTP_USER_AGENT: agent, REQUEST_URI: target, REMOTE_ADDR: address })
        middleware(plain)(environ, () => () => Promise.resolve())
        expect(lines).toHaveLength(1)
        expect(lines[0]).toMatch(/^[\x20-\x7e]*\n$/)
        expect((lines[0] ?? '').length).toBeLessThan(3 * 4096 + 500)
        if (format === 'json') expect(JSON.parse(lines[0] ?? '')).toMatchObject({ status: 200 })
      }),
    )
  })

  it.each([
    ['a', 4096, 'a'.repeat(4096)],
    ['a', 4097, `${'a'.repeat(4093)}...`],
    ['"', 1024, String.raw`\x22`.repeat(1024)],
    ['"', 1025, `${String.raw`\x22`.repeat(1023)}...`],
  ])('bounds a field of %j × %i to 4 KiB, and cuts no escape', (unit, count, expected) => {
    const { middleware, lines } = log()
    const environ = environFor('/')
    environ.HTTP_USER_AGENT = unit.repeat(count)
    middleware(plain)(environ, () => () => Promise.resolve())
    expect(lines[0]?.split(' "-" ')[1]).toBe(`"${expected}"\n`)
  })
})

it('does not cost the client its answer when the line cannot be written', async () => {
  const middleware = accessLog({
    write: () => {
      throw new Error('disk full')
    },
  })
  const response = await ask(middleware, plain)
  expect(response.status).toBe(200)
  expect(response.errors).toContain('accessLog: a line could not be written: disk full')
})

it('tells of a client that left rather than of the failure that this caused', async () => {
  const { middleware, records } = log()
  const controller = new AbortController()
  const application: Application = (): Promise<Body> => {
    controller.abort(new Error('left'))
    return Promise.reject(new Error('no'))
  }
  await expect(call(middleware(application), '/', { 'tsgi.signal': controller.signal })).rejects.toThrow()
  expect(records).toMatchObject([{ outcome: 'aborted' }])
})
