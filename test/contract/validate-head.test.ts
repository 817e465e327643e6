import { validate } from '@tsgi/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findHeadBreach } from '../../packages/contract/src/validate-head.ts'
import { serveNaively, testBreaches } from './breaches/breach.ts'
import { entityBreaches, headersBreaches, statusBreaches } from './breaches/head-breaches.ts'

testBreaches(statusBreaches)
testBreaches(headersBreaches)
testBreaches(entityBreaches)

describe('accepts', () => {
  test.each(['200 OK', '204 ', '599 x', '418 I’m'.replace('’', "'"), '404 nicht gefunden\u00e4', '299 a\tb', '302 .'])(
    'the status %j (RFC 9112 §4)',
    (status) => expect(findHeadBreach(status, [])).toBeUndefined(),
  )

  test.each<[string, [string, string][]]>([
    ['no headers', []],
    ['an empty value (RFC 9110 §5.5)', [['X', '']]],
    ['latin-1 and HTAB in a value', [['X', 'caf\u00e9\tx']]],
    ['every character of a token', [["!#$%&'*+-.^_`|~09azAZ", 'x']]],
    [
      'several cookies',
      [
        ['Set-Cookie', 'a=b'],
        ['set-cookie', 'c=d'],
      ],
    ],
    ['a Content-Length with leading zeros', [['Content-Length', '007']]],
    ['a Date, which the server replaces', [['Date', 'now']]],
    [
      'names like those of Object',
      [
        ['constructor', 'x'],
        ['__proto__', 'y'],
      ],
    ],
  ])('%s', (_title, headers) => expect(findHeadBreach('200 OK', headers)).toBeUndefined())

  test('readonly and frozen lists', async () => {
    const headers = Object.freeze([Object.freeze(['X', 'y'] as const)])
    const checked = validate((_environ, startResponse) => {
      startResponse('204 ', headers)
      return ''
    })
    await serveNaively(checked)
    checked.verify()
  })
})

test('takes exactly the values whose every byte an HTTP/1.1 header may have (RFC 9110 §5.5)', () => {
  for (let code = 0; code <= 0x200; code += 1) {
    const allowed = code === 9 || (code >= 0x20 && code <= 0xff && code !== 0x7f)
    expect([code, findHeadBreach('200 OK', [['X', `a${String.fromCharCode(code)}b`]]) === undefined]).toEqual([
      code,
      allowed,
    ])
  }
})

test('never throws, whatever it is given', () => {
  fc.assert(fc.property(fc.anything(), fc.anything(), (status, headers) => void findHeadBreach(status, headers)))
  fc.assert(fc.property(fc.array(fc.array(fc.anything())), (headers) => void findHeadBreach('200 OK', headers)))
})
