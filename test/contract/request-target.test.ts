import fc from 'fast-check'
import { expect, test } from 'vitest'
import { authorityOf, decodePath, pathOf, queryOf } from '../../packages/contract/src/request-target.ts'

test.each<[target: string, path: string | undefined, query: string, authority: string | undefined]>([
  ['/', '/', '', undefined],
  ['/a/b?c=d', '/a/b', 'c=d', undefined],
  ['/a?b?c', '/a', 'b?c', undefined],
  ['/?', '/', '', undefined],
  ['//host/a', '//host/a', '', undefined],
  ['/http://host/a', '/http://host/a', '', undefined],
  ['*', '*', '', undefined],
  ['http://host', '/', '', 'host'],
  ['HTTPS://host:1?a', '/', 'a', 'host:1'],
  ['http://host/a?b', '/a', 'b', 'host'],
  ['http://host?/a', '/', '/a', 'host'],
  ['http:///a', undefined, '', undefined],
  ['host:443', undefined, '', undefined],
  ['a/b', undefined, '', undefined],
  ['', undefined, '', undefined],
])('takes %j apart (RFC 9112 §3.2)', (target, path, query, authority) => {
  expect([pathOf(target), queryOf(target), authorityOf(target)]).toEqual([path, query, authority])
})

test.each([
  ['/a%20b', '/a b'],
  ['/a+b', '/a+b'],
  ['/%2f%2F', '///'],
  ['/%25%34%31', '/%41'],
  ['/%c3%a9', '/é'],
  ['/%f0%9f%8e%93', '/🎓'],
  ['/%ef%bb%bfa', '/\ufeffa'],
  ['/%ff', '/\ufffd'],
  ['/%c3x', '/\ufffdx'],
  ['/%', undefined],
  ['/%4', undefined],
  ['/%4g', undefined],
  ['/%u0041', undefined],
  ['/%00', undefined],
  ['/%0a', '/\n'],
])('decodes %j once, to %j (RFC 3986 §2.1)', (raw, decoded) => expect(decodePath(raw)).toBe(decoded))

test('undoes encodeURIComponent', () => {
  const path = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
  fc.assert(fc.property(path, (text) => void expect(decodePath(encodeURIComponent(text))).toBe(text)))
})

test('agrees with decodeURIComponent wherever that does not throw', () => {
  const escapes = fc
    .array(fc.constantFrom('%', 'a', '/', '%41', '%c3', '%a9', '%e2%82%ac', '%F0', '%ed%a0%80'))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(escapes, (raw) => {
      let expected: string | undefined
      try {
        expected = decodeURIComponent(raw)
      } catch {
        return
      }
      expect(decodePath(raw)).toBe(expected)
    }),
  )
})
