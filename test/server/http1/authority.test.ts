import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAuthority } from '../../../packages/server/src/http1/authority.ts'

describe('an authority (RFC 3986 §3.2, RFC 9110 §7.2)', () => {
  it.each([
    'a.test',
    'A-b_c.test',
    'a.test:',
    'a.test:0',
    'a.test:65535',
    '127.0.0.1',
    '999.0.0.1',
    'a%2D',
    "!$&'()*+,;=",
    '[::]',
    '[::1]:80',
    '[1:2:3:4:5:6:7:8]',
    '[1::8]',
    '[1:2:3:4:5:6:7::]',
    '[::2:3:4:5:6:7:8]',
    '[::ffff:192.0.2.1]',
    '[1:2:3:4:5:6:192.0.2.1]',
  ])('takes %s', (text) => expect(isAuthority(text)).toBe(true))

  it.each([
    '',
    ':',
    ':80',
    'a b',
    'a/b',
    'a?b',
    'u@a',
    'a:b',
    'a:80:80',
    'a:-1',
    'a:+1',
    'a: 80',
    'a:65536',
    'a:000080',
    'a%',
    'a%2',
    'a%zz',
    'caf\xe9',
    'a"b',
    'a<b',
    'a\\b',
    '[',
    '[]',
    '[::1',
    '::1',
    '[::1]x',
    '[::1]]',
    '[:::]',
    '[1:2:3:4:5:6:7]',
    '[1:2:3:4:5:6:7:8:9]',
    '[1::2::3]',
    '[12345::]',
    '[g::]',
    '[192.0.2.1]',
    '[::1.2.3]',
    '[::1.2.3.256]',
    '[::01.2.3.4]',
    '[1.2.3.4::]',
    '[v1.a]',
    '[::1%25eth0]',
    '[1:2:3:4:5:6:7:192.0.2.1]',
    '[1:2:3:4:5:6:7:8::]',
  ])('refuses %j', (text) => expect(isAuthority(text)).toBe(false))

  it('agrees with the platform on what an IPv6 address is', () => {
    const part = fc.constantFrom('0', '1', 'ab', 'ffff', '12345', '', ':', '192.0.2.1', 'g')
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 9 }), (parts) => {
        const text = parts.join(':')
        expect(isAuthority(`[${text}]`), text).toBe(isIPv6(text))
      }),
      { numRuns: 2000 },
    )
  })
})
