import type { HeaderList } from '@tsgi/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkHead, checkInterimHeaders } from '../../../packages/gateways/src/exchange/start-response.ts'

/** What an application without types may give. */
const loosely = checkHead as (status: unknown, headers: unknown) => ReturnType<typeof checkHead>

describe('a head that was found right before', () => {
  const list = (): [string, string][] => [
    ['Content-Type', 'text/plain'],
    ['X-A', '1'],
  ]

  it('is known again by what it says, not by its list', () => {
    const known = checkHead('200 OK', list())
    expect(checkHead('200 OK', list())).toBe(known)
    for (const [name, value] of [
      ['X-A', '2'],
      ['X-B', '1'],
    ] as const) {
      const [first = ['', '']] = list()
      expect(checkHead('200 OK', [first, [name, value]]).headers).toEqual(['Content-Type', 'text/plain', name, value])
    }
    expect(checkHead('201 Created', list())).toMatchObject({ code: 201 })
  })

  it('is not changed by what becomes of the list it was given', () => {
    const headers = list()
    checkHead('200 OK', headers)
    headers[1] = ['X-A', 'a\r\nb']
    expect(() => checkHead('200 OK', headers)).toThrow(TypeError)
    headers.pop()
    expect(checkHead('200 OK', headers).headers).toEqual(['Content-Type', 'text/plain'])
  })

  it('does not bring back a Content-Length that is not given again', () => {
    expect(checkHead('200 OK', [...list(), ['Content-Length', '3']]).contentLength).toBe(3)
    expect(checkHead('200 OK', list()).contentLength).toBeUndefined()
    expect(checkHead('200 OK', [...list(), ['Date', 'x']])).toMatchObject({ headers: list().flat() })
  })
})

describe('a status (C55, C56, RFC 9112 §4)', () => {
  it.each([
    ['200 OK', 200],
    ['204 ', 204],
    ['599 Odd', 599],
    ['404 Not  Found', 404],
    ['200 caf\xe9', 200],
    ['200 a\tb', 200],
  ])('%j is taken as it is', (status, code) => {
    expect(checkHead(status, [])).toMatchObject({ status, code })
    expect(checkHead(status, [])).toMatchObject({ status, code })
  })

  it.each([
    '',
    '200',
    '20 OK',
    '2000 OK',
    ' 200 OK',
    '200  OK',
    '200 OK ',
    '200 OK\r\nX: y',
    '200 OK\n',
    '200 \0',
    '200 \x7f',
    '200 \u4f60',
    '\uff12\uff10\uff10 OK',
    '100 Continue',
    '101 Switching Protocols',
    '103 Early Hints',
    '199 x',
    '600 x',
    '000 x',
    '+20 x',
    200,
    null,
    undefined,
    ['200 OK'],
    Object.create(null),
  ])('%j is refused', (status) => {
    expect(() => loosely(status, [])).toThrow(TypeError)
    expect(() => loosely(status, [])).toThrow('the status')
  })
})

describe('headers (C57–C62)', () => {
  it('keep their order, and repeated names stay apart (C66)', () => {
    const headers: HeaderList = [
      ['Set-Cookie', 'a=1'],
      ['X', ''],
      ['set-cookie', 'b=2'],
      ["!#$%&'*+-.^_`|~09azAZ", '\x21\x7e\x80\xff \t.'],
    ]
    expect(checkHead('200 OK', headers).headers).toEqual(headers.flat())
  })

  it('are copied: what is changed later is not sent', () => {
    const headers: [string, string][] = [['X', '1']]
    const checked = checkHead('200 OK', headers)
    headers[0] = ['X', 'evil\r\n']
    headers.push(['Y', '2'])
    expect(checked.headers).toEqual(['X', '1'])
  })

  it.each(['Connection', 'KEEP-ALIVE', 'proxy-connection', 'Te', 'Trailer', 'transfer-encoding', 'Upgrade'])(
    '%s is hop-by-hop and refused, again and again (C60, RFC 9110 §7.6.1)',
    (name) => {
      for (let i = 0; i < 2; i++) expect(() => checkHead('200 OK', [[name, 'x']])).toThrow('hop-by-hop')
    },
  )

  it('Status is refused (C62)', () => {
    expect(() => checkHead('200 OK', [['status', '200']])).toThrow('startResponse takes a status')
  })

  it("Date is dropped: it is the server's (C65)", () => {
    expect(
      checkHead('200 OK', [
        ['date', 'yesterday'],
        ['X', '1'],
        ['DATE', 'x'],
      ]).headers,
    ).toEqual(['X', '1'])
  })

  it.each(['', ' ', 'a b', 'a:', 'a\r\n', 'a\0', 'a"', 'a,b', '(a)', 'caf\xe9', '\u4f60', 'a/b', '\u212a'])(
    'a name %j is no token (C58, RFC 9110 §5.1)',
    (name) => {
      expect(() => checkHead('200 OK', [[name, 'x']])).toThrow('not a header name')
    },
  )

  it.each([
    'a\r',
    'a\n',
    'a\r\nSet-Cookie: x',
    '\0',
    'a\0b',
    '\x0b',
    '\x1b[0m',
    '\x7f',
    '\u010a',
    '\u4f60',
    '\u{1f600}',
    ' a',
    'a ',
    '\ta',
    'a\t',
  ])('a value %j is refused (C59, W-01)', (value) => {
    expect(() => checkHead('200 OK', [['X', value]])).toThrow('not latin-1 text')
  })

  it('never pass a character that could end a line, whatever the value', () => {
    fc.assert(
      fc.property(
        fc.uint16Array({ max: 0x110 }).map((units) => String.fromCharCode(...units)),
        (value) => {
          try {
            const [, sent = ''] = checkHead('200 OK', [['X', value]]).headers
            expect(sent).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/)
            expect(sent).toBe(sent.replace(/^[ \t]+|[ \t]+$/g, ''))
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError)
          }
        },
      ),
    )
  })

  it.each([
    undefined,
    null,
    'X: y',
    { X: 'y' },
    new Map([['X', 'y']]),
    ['X', 'y'],
    [['X']],
    [['X', 'y', 'z']],
    [['X', 1]],
    [[1, 'y']],
    [null],
    [{ 0: 'X', 1: 'y', length: 2 }],
  ])('%j is no list of pairs of strings (C57)', (headers) => {
    expect(() => loosely('200 OK', headers)).toThrow(TypeError)
  })

  it('many different names are all checked', () => {
    for (let i = 0; i < 1500; i++) expect(checkHead('200 OK', [[`X-${i}`, 'y']]).headers).toEqual([`X-${i}`, 'y'])
    expect(() => checkHead('200 OK', [['X 1', 'y']])).toThrow(TypeError)
  })
})

describe('Content-Length (C61, RFC 9110 §8.6)', () => {
  it.each([
    ['0', 0],
    ['12', 12],
    ['007', 7],
    ['999999999999999', 999_999_999_999_999],
  ])('%j is %i, and leaves the list', (value, length) => {
    expect(checkHead('200 OK', [['content-length', value]])).toMatchObject({ headers: [], contentLength: length })
  })

  it.each(['', '-1', '+1', '1.0', '1e3', '0x10', '1 2', '1, 1', '1_0', '\u0661', '9999999999999999'])(
    '%j is refused',
    (value) => {
      expect(() => checkHead('200 OK', [['Content-Length', value]])).toThrow(TypeError)
    },
  )

  it('is refused twice, even when equal', () => {
    expect(() =>
      checkHead('200 OK', [
        ['Content-Length', '1'],
        ['content-length', '1'],
      ]),
    ).toThrow('twice')
  })
})

describe('a list that cannot change', () => {
  it('is checked once', () => {
    const list = Object.freeze([Object.freeze(['X-A', '1'] as const), Object.freeze(['Content-Length', '3'] as const)])
    const first = checkHead('200 OK', list)
    expect(first).toMatchObject({ headers: ['X-A', '1'], contentLength: 3 })
    expect(checkHead('404 Not Found', list).headers).toBe(first.headers)
  })

  it('is none while a pair of it can, and then checked each time', () => {
    const pair: [string, string] = ['X-A', '1']
    const list = Object.freeze([pair])
    expect(checkHead('200 OK', list).headers).toEqual(['X-A', '1'])
    pair[1] = '2'
    expect(checkHead('200 OK', list).headers).toEqual(['X-A', '2'])
    pair[1] = 'a\r\nb'
    expect(() => checkHead('200 OK', list)).toThrow(TypeError)
  })

  it('is refused each time where it is wrong', () => {
    const list = Object.freeze([Object.freeze(['X-A', 'a\nb'] as const)])
    for (let i = 0; i < 2; i++) expect(() => checkHead('200 OK', list)).toThrow(TypeError)
  })
})

describe('headers of an interim response', () => {
  it('are checked like others (C32)', () => {
    expect(checkInterimHeaders([['Link', '</a>; rel=preload']])).toEqual(['Link', '</a>; rel=preload'])
    expect(() => checkInterimHeaders([['Link', 'a\r\nb']])).toThrow(TypeError)
    expect(() => checkInterimHeaders([['Connection', 'close']])).toThrow(TypeError)
  })
})
