import { describe, expect, it } from 'vitest'
import {
  interimHead,
  ResponseOpenings,
  responseFraming,
  responseHead,
} from '../../../packages/server/src/http1/response.ts'

const NOW = 784_111_777_000
const DATE = 'Date: Sun, 06 Nov 1994 08:49:37 GMT'

function head(
  status: string,
  other: { contentLength?: number; bodyless?: boolean; headers?: string[]; minor?: number; persistent?: boolean },
): string[] {
  const { contentLength, bodyless = false, headers = [], minor = 1, persistent = true } = other
  const fields = { status, headers, contentLength, bodyless }
  const framing = responseFraming(fields, minor)
  const text = responseHead(fields, { minor, framing, persistent, openings: new ResponseOpenings(), now: NOW })
  expect(text.endsWith('\r\n\r\n')).toBe(true)
  return text.slice(0, -4).split('\r\n')
}

describe('a response head (RFC 9112 §4, §6)', () => {
  it('has the status line, Date, the fields in their order, and framing', () => {
    expect(head('200 OK', { headers: ['A', '1', 'Set-Cookie', 'a', 'Set-Cookie', 'b'], contentLength: 3 })).toEqual([
      'HTTP/1.1 200 OK',
      DATE,
      'A: 1',
      'Set-Cookie: a',
      'Set-Cookie: b',
      'Content-Length: 3',
    ])
  })

  it('keeps the space before an empty reason (§4)', () =>
    expect(head('299 ', { contentLength: 0 })[0]).toBe('HTTP/1.1 299 '))

  it.each([
    ['a known length', '200 OK', { contentLength: 0 }, ['Content-Length: 0']],
    ['an unknown length', '200 OK', {}, ['Transfer-Encoding: chunked']],
    ['an unknown length for HTTP/1.0 (§6.1)', '200 OK', { minor: 0 }, ['Connection: close']],
    [
      'an unknown length for HTTP/1.0 that asked to be kept',
      '200 OK',
      { minor: 0, persistent: true },
      ['Connection: close'],
    ],
    ['HEAD, length known', '200 OK', { bodyless: true, contentLength: 5 }, ['Content-Length: 5']],
    ['HEAD, length unknown', '200 OK', { bodyless: true }, []],
    ['204 (RFC 9110 §8.6)', '204 No Content', { bodyless: true, contentLength: 5 }, []],
    ['205 (RFC 9110 §15.3.6)', '205 Reset Content', { bodyless: true }, ['Content-Length: 0']],
    ['304', '304 Not Modified', { bodyless: true }, []],
    ['304 with the length of a 200', '304 Not Modified', { bodyless: true, contentLength: 5 }, ['Content-Length: 5']],
    [
      'the last on a connection (§9.6)',
      '200 OK',
      { contentLength: 1, persistent: false },
      ['Content-Length: 1', 'Connection: close'],
    ],
    ['HTTP/1.0 kept', '200 OK', { contentLength: 1, minor: 0 }, ['Content-Length: 1', 'Connection: keep-alive']],
    [
      'HTTP/1.0 not kept',
      '200 OK',
      { contentLength: 1, minor: 0, persistent: false },
      ['Content-Length: 1', 'Connection: close'],
    ],
  ])('frames %s', (_name, status, other, expected) => expect(head(status, other).slice(2)).toEqual(expected))

  it('of an interim response has no framing and no Date (RFC 9110 §15.2)', () => {
    expect(interimHead('103 Early Hints', ['Link', '</a>'])).toBe('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')
  })
})

describe('Date and Server (RFC 9110 §6.6.1)', () => {
  const EMPTY = { status: '200 OK', headers: [] }

  it('is IMF-fixdate, of the second', () => {
    const openings = new ResponseOpenings()
    const first = openings.of(EMPTY, NOW)
    expect(first).toBe(`HTTP/1.1 200 OK\r\n${DATE}\r\n`)
    expect(openings.of(EMPTY, NOW + 999)).toBe(first)
    expect(openings.of(EMPTY, NOW + 1000)).toBe('HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT\r\n')
  })

  it('names the server only where told to', () => {
    const text = 'HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: tsgi\r\n'
    expect(new ResponseOpenings('tsgi').of(EMPTY, 0)).toBe(text)
  })

  it('stands between the status and the fields of each response, whatever the one before was like', () => {
    const openings = new ResponseOpenings()
    const lists = [['A', '1'], ['A', '2'], []]
    const asked = ['200 OK', '201 Created', '200 OK'].flatMap((status) => lists.map((headers) => ({ status, headers })))
    for (const head of [...asked, ...asked.toReversed()]) {
      const fields = head.headers.length === 0 ? '' : `${head.headers.join(': ')}\r\n`
      expect(openings.of(head, NOW)).toBe(`HTTP/1.1 ${head.status}\r\n${DATE}\r\n${fields}`)
    }
  })
})
