/** `conditionalGet`: tags for what has none, and 304 for what the client has. */
import type { Application, HeaderList } from '@tsgi/contract'
import { compress, conditionalGet } from '@tsgi/framework/middleware'
import { describe, expect, it } from 'vitest'
import { ask, Ends, HEADERS, KINDS, OCTETS, TEXT } from './applications.ts'

const TAGGED = new Set(['a string', 'octets', 'an array', 'an array with close()', 'a promise of a string'])
const DATE = 'Fri, 20 Nov 2026 10:00:00 GMT'
const LATER = 'Fri, 20 Nov 2026 10:00:01 GMT'
const BEFORE = 'Fri, 20 Nov 2026 09:59:59 GMT'

function answering(headers: HeaderList = HEADERS, status = '200 OK', body = TEXT): Application {
  return (_environ, startResponse) => {
    startResponse(status, headers)
    return body
  }
}

describe('a tag', () => {
  it.each(KINDS)('is made for $name only if it is all there', async ({ name, make }) => {
    const response = await ask(conditionalGet(), make(new Ends()))
    expect(response.header('etag') !== undefined).toBe(TAGGED.has(name))
  })

  it('is the same for the same octets, in whatever kind of body', async () => {
    const tags = new Set<string | undefined>()
    for (const { name, make } of KINDS) {
      if (TAGGED.has(name)) tags.add((await ask(conditionalGet(), make(new Ends()))).header('etag'))
    }
    expect([...tags]).toEqual([expect.stringMatching(/^"[\w-]{22}"$/)])
    const other = await ask(conditionalGet(), answering(HEADERS, '200 OK', `${TEXT}.`))
    expect(tags.has(other.header('etag'))).toBe(false)
  })

  it.each<[string, HeaderList, string?, string?]>([
    ['an answer that has one', [['ETag', 'W/"own"']]],
    ['an answer that nobody may store', [['Cache-Control', 'no-store']]],
    ['a 404', [], '404 Not Found'],
    ['a 201', [], '201 Created'],
    ['an empty answer', [], '200 OK', ''],
  ])('is not made for %s', async (_what, more, status, body) => {
    const own = more.find(([name]) => name === 'ETag')?.[1]
    expect((await ask(conditionalGet(), answering([...HEADERS, ...more], status, body))).header('etag')).toBe(own)
  })

  it('is not made for POST', async () => {
    expect((await ask(conditionalGet(), answering(), '/', { method: 'POST' })).header('etag')).toBeUndefined()
  })

  it('is not made for more octets than the limit', async () => {
    expect((await ask(conditionalGet({ limit: OCTETS.length }), answering())).header('etag')).toBeDefined()
    expect((await ask(conditionalGet({ limit: OCTETS.length - 1 }), answering())).header('etag')).toBeUndefined()
  })

  it('is not made for a HEAD whose content was left out', async () => {
    const application = answering([...HEADERS, ['Content-Length', String(OCTETS.length)]], '200 OK', '')
    expect((await ask(conditionalGet(), application, '/', { method: 'HEAD' })).header('etag')).toBeUndefined()
  })
})

describe.each(['GET', 'HEAD'])('a %s', (method) => {
  it('that names the tag that was made is answered with 304', async () => {
    const { headers } = await ask(conditionalGet(), answering())
    const etag = headers.find(([name]) => name === 'ETag')?.[1] ?? ''
    const condition = { method, headers: { 'If-None-Match': `"other", W/${etag}` } }
    const response = await ask(conditionalGet(), answering(), '/', condition)
    expect(response).toMatchObject({ status: 304, headers: [['ETag', etag]] })
    expect(response.bytes).toHaveLength(0)
  })

  it.each(KINDS)('that names the tag of $name is answered with 304, and each end is reached', async ({ make }) => {
    const headers: HeaderList = [...HEADERS, ['ETag', '"a"'], ['Cache-Control', 'max-age=1'], ['Last-Modified', DATE]]
    const ends = new Ends()
    const counted = new Ends()
    await ask((application) => application, make(counted))
    const response = await ask(
      conditionalGet(),
      make(ends, headers),
      '/',
      { method, headers: { 'If-None-Match': '"a"' } },
      false,
    )
    expect(response.statusLine).toBe('304 Not Modified')
    expect(response.headers).toEqual([
      ['ETag', '"a"'],
      ['Cache-Control', 'max-age=1'],
    ])
    expect(response.bytes).toHaveLength(0)
    expect(ends.closed).toBe(counted.closed)
  })

  // RFC 9110 §13.2.2, in its order.
  it.each<[string, HeaderList, Record<string, string>, number]>([
    ['no tag, and *', [], { 'If-None-Match': '*' }, 304],
    ['another tag', [['ETag', '"a"']], { 'If-None-Match': '"b"' }, 200],
    ['the same date', [['Last-Modified', DATE]], { 'If-Modified-Since': DATE }, 304],
    ['a later date', [['Last-Modified', DATE]], { 'If-Modified-Since': LATER }, 304],
    ['an earlier date', [['Last-Modified', DATE]], { 'If-Modified-Since': BEFORE }, 200],
    ['no date of its own', [['ETag', '"a"']], { 'If-Modified-Since': DATE }, 200],
    ['a date that is none', [['Last-Modified', DATE]], { 'If-Modified-Since': 'yesterday' }, 200],
    [
      'another tag and the same date',
      [
        ['ETag', '"a"'],
        ['Last-Modified', DATE],
      ],
      { 'If-None-Match': '"b"', 'If-Modified-Since': DATE },
      200,
    ],
    ['If-Match that matches', [['ETag', '"a"']], { 'If-Match': '"a"' }, 200],
    ['If-Match that does not', [['ETag', '"a"']], { 'If-Match': '"b"', 'If-None-Match': '"a"' }, 412],
    ['If-Unmodified-Since before', [['Last-Modified', DATE]], { 'If-Unmodified-Since': BEFORE }, 412],
    ['If-Unmodified-Since without a date of its own', [['ETag', '"a"']], { 'If-Unmodified-Since': BEFORE }, 200],
  ])('with %s', async (_which, more, headers, status) => {
    const response = await ask(conditionalGet(), answering([...HEADERS, ...more]), '/', { method, headers })
    expect(response.status).toBe(status)
    expect(response.bytes.length).toBe(status === 200 && method === 'GET' ? OCTETS.length : 0)
  })
})

it('keeps the date of an answer without a tag in its 304', async () => {
  const streamed: Application = (_environ, startResponse) => {
    startResponse('200 OK', [...HEADERS, ['Last-Modified', DATE], ['Content-Language', 'en'], ['Vary', 'Accept']])
    return (function* () {
      yield TEXT
    })()
  }
  const response = await ask(conditionalGet(), streamed, '/', { headers: { 'If-Modified-Since': DATE } }, false)
  expect(response).toMatchObject({
    status: 304,
    headers: [
      ['Last-Modified', DATE],
      ['Vary', 'Accept'],
    ],
  })
})

it('revalidates what compress has coded', async () => {
  const both = (application: Application) => compress()(conditionalGet()(application))
  const first = await ask(both, answering(), '/', { headers: { 'Accept-Encoding': 'br' } })
  const etag = first.header('etag') ?? ''
  expect(etag).toMatch(/^W\/"/)
  const second = await ask(both, answering(), '/', { headers: { 'Accept-Encoding': 'br', 'If-None-Match': etag } })
  expect(second).toMatchObject({
    status: 304,
    headers: [
      ['ETag', etag],
      ['Vary', 'Accept-Encoding'],
    ],
  })
})
