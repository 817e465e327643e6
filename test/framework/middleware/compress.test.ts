/** `compress`: which answers are coded, what their headers say, and that no handle of zlib is left behind. */
import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createZstdDecompress,
  gunzipSync,
  zstdDecompressSync,
} from 'node:zlib'
import type { Application, Chunk, HeaderList } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { type CompressOptions, compress, isCompressible } from '@tsgi/framework/middleware'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ask, Ends, HEADERS, KINDS, leaveAfter, OCTETS, TEXT } from './applications.ts'

const DECODE: Readonly<Record<string, (octets: Uint8Array) => Uint8Array>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
}

function answering(headers: HeaderList, body: string | Uint8Array = TEXT, status = '200 OK'): Application {
  return (_environ, startResponse) => {
    startResponse(status, headers)
    return body
  }
}

const accepting = (coding: string, more: HeaderList = []) => ({
  headers: [['Accept-Encoding', coding] as const, ...more],
})

describe('the coding', () => {
  it.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['zstd', 'zstd'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, zstd', 'zstd'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0, *', 'zstd'],
    ['*', 'br'],
    ['x-gzip', 'gzip'],
    ['BR', 'br'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
    ['deflate', undefined],
    ['', undefined],
    ['identity', undefined],
    ['identity;q=1, gzip;q=0.5', undefined],
    ['br;q=0, gzip;q=0.000', undefined],
    ['identity;q=0', undefined],
    ['*;q=0', undefined],
    ['gzip;q=2, ;;,', undefined],
  ])('for %j is %s (RFC 9110 §12.5.3)', async (accept, coding) => {
    const response = await ask(compress(), answering(HEADERS), '/', accepting(accept))
    expect(response.status).toBe(200)
    expect(response.header('content-encoding')).toBe(coding)
    expect(response.header('vary')).toBe('Accept-Encoding')
    expect(new TextDecoder().decode(DECODE[coding ?? '']?.(response.bytes) ?? response.bytes)).toBe(TEXT)
  })

  it.each(KINDS)('of $name is read back, whichever it is', async ({ make }) => {
    for (const [coding, decode] of Object.entries(DECODE)) {
      const response = await ask(compress(), make(new Ends()), '/', accepting(coding))
      expect(response.header('content-encoding')).toBe(coding)
      expect(new Uint8Array(decode(response.bytes))).toEqual(OCTETS)
      expect(response.bytes.length).toBeLessThan(OCTETS.length / 4)
    }
  })

  it('is one of those that were chosen', async () => {
    const response = await ask(compress({ codings: ['gzip'] }), answering(HEADERS), '/', accepting('br, gzip;q=0.1'))
    expect(response.header('content-encoding')).toBe('gzip')
  })

  it('is read back for any chunks', async () => {
    const chunk = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 5000 }))
    await fc.assert(
      fc.asyncProperty(fc.array(chunk), fc.constantFrom(...Object.keys(DECODE)), async (chunks: Chunk[], coding) => {
        const application: Application = (_environ, startResponse) => {
          startResponse('200 OK', HEADERS)
          return (async function* () {
            yield* chunks
          })()
        }
        const response = await ask(compress(), application, '/', accepting(coding))
        const octets = Buffer.concat(chunks.map((each) => Buffer.from(each as Uint8Array)))
        const decode = DECODE[response.header('content-encoding') ?? '']
        expect(Buffer.from(decode?.(response.bytes) ?? response.bytes).equals(octets)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})

const RANGE = ['Content-Range', `bytes 0-${OCTETS.length - 1}/99999`] as const

describe('what is left as it is', () => {
  it('is a part too, which says Vary as the whole would (RFC 9110 §15.3.7)', async () => {
    const headers: HeaderList = [...HEADERS, RANGE, ['Vary', 'Accept']]
    const part = answering(headers, OCTETS, '206 Partial Content')
    const response = await ask(compress(), part, '/', accepting('br'))
    expect(response.headers).toEqual([...HEADERS, RANGE, ['Vary', 'Accept, Accept-Encoding']])
  })

  it.each<[string, HeaderList, string?]>([
    ['has no type', []],
    ['is an image', [['Content-Type', 'image/png']]],
    ['is an event stream', [['Content-Type', 'text/event-stream']]],
    ['is coded already', [...HEADERS, ['Content-Encoding', 'gzip']]],
    ['must not be transformed', [...HEADERS, ['Cache-Control', 'public, no-transform, max-age=1']]],
    ['is a part of a picture', [['Content-Type', 'image/png'], RANGE], '206 Partial Content'],
    ['is a part of what is coded', [...HEADERS, RANGE, ['Content-Encoding', 'gzip']], '206 Partial Content'],
    ['has a digest', [...HEADERS, ['Repr-Digest', 'sha-256=:AA==:']]],
    ['has an MD5', [...HEADERS, ['Content-MD5', 'Q2hlY2sgSW50ZWdyaXR5IQ==']]],
  ])('an answer that %s', async (_what, headers, status) => {
    const named: HeaderList = [...headers, ['ETag', '"a"'], ['Accept-Ranges', 'bytes']]
    const middleware = compress()
    const plain: Application = (_environ, startResponse) => {
      startResponse(status ?? '200 OK', named)
      return TEXT
    }
    // Not strict: an answer without a type is one of the cases.
    const heads: HeaderList[] = []
    const environ = environFor('/', accepting('br'))
    const body = middleware(plain)(environ, (_status, sent) => {
      heads.push(sent)
      return () => Promise.resolve()
    })
    expect(body).toBe(TEXT)
    expect(heads).toEqual([named])
  })

  it.each([
    [1023, undefined],
    [1024, 'br'],
  ])('%i octets: %s', async (size, coding) => {
    for (const body of ['a'.repeat(size), new Uint8Array(size).fill(97)]) {
      const response = await ask(compress(), answering(HEADERS, body), '/', accepting('br'))
      expect(response.header('content-encoding')).toBe(coding)
      expect(response.header('vary')).toBe('Accept-Encoding')
    }
  })

  it('counts octets, not characters', async () => {
    const response = await ask(compress({ threshold: 6 }), answering(HEADERS, 'äöü'), '/', accepting('br'))
    expect(response.header('content-encoding')).toBe('br')
  })

  it('a stream that declares a small length', async () => {
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', [...HEADERS, ['Content-Length', '3']])
      return (function* () {
        yield 'abc'
      })()
    }
    const response = await ask(compress(), application, '/', accepting('br'))
    expect(response).toMatchObject({ text: 'abc' })
    expect(response.header('content-length')).toBe('3')
  })

  it('but not a small answer to a client that refuses it plain', async () => {
    const response = await ask(compress(), answering(HEADERS, 'small'), '/', accepting('br, identity;q=0'))
    expect(response.header('content-encoding')).toBe('br')
  })
})

describe('the headers', () => {
  const coded = async (more: HeaderList, options?: CompressOptions) =>
    ask(compress(options), answering([...HEADERS, ...more]), '/', accepting('gzip'))

  it.each<[string, HeaderList, string]>([
    ['is added', [], 'Accept-Encoding'],
    ['is merged', [['Vary', 'Accept, Cookie']], 'Accept, Cookie, Accept-Encoding'],
    ['is not repeated', [['Vary', 'Cookie, accept-encoding']], 'Cookie, accept-encoding'],
    ['stays *', [['Vary', '*']], '*'],
    [
      'in several fields is merged into one of them',
      [
        ['Vary', 'A'],
        ['Vary', 'B'],
      ],
      'A, Accept-Encoding, B',
    ],
    ['that is empty is filled', [['Vary', '']], 'Accept-Encoding'],
  ])('Vary %s (RFC 9110 §12.5.5)', async (_how, more, vary) => {
    expect((await coded(more)).header('vary')).toBe(vary)
  })

  it.each([
    ['"a"', 'W/"a"'],
    ['W/"a"', 'W/"a"'],
  ])('ETag %s becomes %s (RFC 9110 §8.8.1)', async (tag, weak) => {
    expect((await coded([['ETag', tag]])).header('etag')).toBe(weak)
  })

  it('have no length and no ranges of the plain form', async () => {
    const response = await coded([
      ['Content-Length', String(OCTETS.length)],
      ['Accept-Ranges', 'bytes'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ])
    expect(response.headers.map(([name]) => name)).toEqual([
      'Content-Type',
      'Set-Cookie',
      'Set-Cookie',
      'Content-Encoding',
      'Vary',
    ])
  })

  it('of a HEAD whose content was left out are those of GET', async () => {
    const application: Application = (environ, startResponse) => {
      startResponse('200 OK', [...HEADERS, ['Content-Length', String(OCTETS.length)], ['ETag', '"a"']])
      return environ.REQUEST_METHOD === 'HEAD' ? '' : TEXT
    }
    const get = await ask(compress(), application, '/', accepting('br'))
    const head = await ask(compress(), application, '/', { ...accepting('br'), method: 'HEAD' })
    expect(head.headers).toEqual(get.headers)
    expect(get.header('content-encoding')).toBe('br')
  })

  it.each([
    ['the coded one', 'W/"a"', 'W/"a"'],
    ['another coded one too', '"x", W/"a"', 'W/"a"'],
    ['the plain one', '"a"', '"a"'],
  ])('of a 304 are those of what the client has: %s (RFC 9110 §15.4.5)', async (_which, condition, tag) => {
    const application = answering([['ETag', '"a"']], '', '304 Not Modified')
    const response = await ask(compress(), application, '/', accepting('br', [['If-None-Match', condition]]))
    expect(response.header('etag')).toBe(tag)
    expect(response.header('vary')).toBe('Accept-Encoding')
  })

  it.each<[string, HeaderList]>([
    ['coded by somebody else', [['Content-Encoding', 'gzip']]],
    ['not to be transformed', [['Cache-Control', 'no-transform']]],
  ])('of a 304 about what is %s are left alone', async (_, more) => {
    const headers: HeaderList = [['ETag', '"a"'], ...more]
    const condition = accepting('br', [['If-None-Match', 'W/"a"']])
    expect((await ask(compress(), answering(headers, '', '304 Not Modified'), '/', condition)).headers).toEqual(headers)
  })

  it('say nothing of a coding that an error replaced', async () => {
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', [...HEADERS, ['ETag', '"a"']])
      startResponse('500 Internal Server Error', [['Content-Type', 'image/png']], new Error('no'))
      return TEXT
    }
    const response = await ask(compress(), application, '/', accepting('br'))
    expect(response.headers).toEqual([['Content-Type', 'image/png']])
  })
})

/** 1,000 coders that nobody freed hold more than 200 MiB; what is kept of freed ones, and the heap, is far less. */
const MOST_KEPT = 128 * 2 ** 20

describe('a stream', () => {
  it.each([
    ['br', createBrotliDecompress],
    ['gzip', createGunzip],
    ['zstd', createZstdDecompress],
  ])('reaches the client chunk by chunk as %s, before the next one is made', async (coding, decompress) => {
    let made = 0
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/event-stream']])
      return (async function* () {
        for (made = 1; made <= 3; made++) yield `data: ${made}\n\n`
      })()
    }
    const middleware = compress({ compressible: () => true })
    const body = await middleware(application)(environFor('/', accepting(coding)), () => () => Promise.resolve())
    if (typeof body === 'string' || !(Symbol.asyncIterator in body)) throw new TypeError('it is streamed')
    const decoder = decompress()
    const iterator = body[Symbol.asyncIterator]()
    for (let i = 1; i <= 3; i++) {
      const { value } = await iterator.next()
      expect(made).toBe(i)
      const decoded = new Promise((resolve) => decoder.once('data', (octets) => resolve(String(octets))))
      decoder.write(value)
      expect(await decoded).toBe(`data: ${i}\n\n`)
    }
    await iterator.return?.()
    decoder.destroy()
  })

  it('is pulled no faster than the server asks', async () => {
    let pulled = 0
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            pulled += 1
            return { done: false, value: TEXT }
          },
        }),
      }
    }
    const body = await compress()(application)(environFor('/', accepting('br')), () => () => Promise.resolve())
    if (typeof body === 'string' || !(Symbol.asyncIterator in body)) throw new TypeError('it is streamed')
    const iterator = body[Symbol.asyncIterator]()
    expect(pulled).toBe(0)
    await iterator.next()
    expect(pulled).toBe(1)
    await iterator.next()
    expect(pulled).toBe(2)
    await iterator.return?.()
  })

  it('leaves the memory of a coder with nobody, after 1,000 clients that left', async () => {
    const endless: Application = (_environ, startResponse) => {
      startResponse('200 OK', HEADERS)
      return (async function* () {
        for (;;) yield TEXT
      })()
    }
    const application = compress()(endless)
    const headers = [['Accept-Encoding', 'gzip']] as const
    await leaveAfter(application, 2, 'GET', headers)
    const before = process.memoryUsage().rss
    // Kept, so that it is not the garbage collector who frees.
    const kept: unknown[] = []
    for (let i = 0; i < 1000; i++) kept.push(await leaveAfter(application, 1 + (i % 2), 'GET', headers))
    expect(kept).toHaveLength(1000)
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_KEPT)
  })

  it('leaves none with an application that wrote and then failed', async () => {
    // Kept, so that it is not the garbage collector who frees.
    const kept: unknown[] = []
    const application: Application = async (_environ, startResponse) => {
      const write = startResponse('200 OK', HEADERS)
      kept.push(write)
      await write(TEXT)
      throw new Error('half way')
    }
    const wrapped = compress()(application)
    const run = async () => {
      const environ = environFor('/', accepting('gzip'))
      await Promise.resolve(wrapped(environ, () => () => Promise.resolve())).catch(() => undefined)
    }
    await run()
    const before = process.memoryUsage().rss
    for (let i = 0; i < 1000; i++) await run()
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_KEPT)
  })
})

it.each([
  ['text/html', true],
  ['application/json', true],
  ['application/problem+json', true],
  ['image/svg+xml', true],
  ['application/wasm', true],
  ['font/ttf', true],
  ['font/woff2', false],
  ['image/jpeg', false],
  ['video/mp4', false],
  ['application/zip', false],
  ['application/octet-stream', false],
  ['text/event-stream', false],
  ['', false],
])('%s is worth a coding: %s', (type, expected) => {
  expect(isCompressible(type)).toBe(expected)
})
