/** What a client likes best (RFC 9110 §12.5). */
import { environFor } from '@tsgi/contract/testing'
import { Request } from '@tsgi/framework'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { preferredEncoding, preferredLanguage, preferredType } from '../../../packages/framework/src/http/accept.ts'
import { growth } from '../growth.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

describe('a media type (RFC 9110 §12.5.1)', () => {
  it.each<[string | undefined, readonly string[], string | undefined]>([
    [undefined, ['json', 'html'], 'json'],
    ['*/*', ['json', 'html'], 'json'],
    [BROWSER, ['json', 'html'], 'html'],
    ['application/json', ['html', 'json'], 'json'],
    ['application/json', ['html'], undefined],
    ['text/*;q=0.5, text/html', ['text', 'html'], 'html'],
    ['text/*, text/html;q=0', ['html', 'text'], 'text'],
    ['text/html;q=0, */*', ['html'], undefined],
    ['TEXT/HTML', ['html'], 'html'],
    ['text/html;level=1', ['text/html', 'text/html;level=1'], 'text/html;level=1'],
    ['application/problem+json', ['application/json', 'application/problem+json'], 'application/problem+json'],
    ['', ['html'], 'html'],
    [' , ', ['html'], 'html'],
    ['application/json;charset=utf-8', ['html', 'json'], 'json'],
    ['text/html;q=0.5, application/json; Charset="UTF-8" ;q=0.6', ['html', 'json'], 'json'],
    ['application/json;charset=utf-16', ['json'], undefined],
    ['nonsense', ['html'], undefined],
  ])('for %j of %j is %s', (header, types, best) => {
    expect(preferredType(header, types)).toBe(best)
  })

  it('that nobody knows is a mistake of the developer', () => {
    expect(() => preferredType('*/*', ['htm5'])).toThrow(/htm5 is no media type/)
  })
})

it.each<[string | undefined, readonly string[], string | undefined]>([
  [undefined, ['en', 'de'], 'en'],
  ['de, en;q=0.5', ['en', 'de'], 'de'],
  ['de-CH', ['en', 'de'], 'de'],
  ['en', ['de', 'en-GB'], 'en-GB'],
  ['fr', ['en', 'de'], undefined],
  ['fr, *;q=0.1', ['en', 'de'], 'en'],
  ['', ['en', 'de'], 'en'],
])('a language (RFC 9110 §12.5.4) for %j of %j is %s', (header, tags, best) => {
  expect(preferredLanguage(header, tags)).toBe(best)
})

it.each<[string | undefined, readonly string[], string | undefined]>([
  ['gzip, br', ['br', 'gzip', 'identity'], 'gzip'],
  ['gzip;q=0.5, br', ['gzip', 'br', 'identity'], 'br'],
  ['zstd', ['br', 'gzip', 'identity'], 'identity'],
  ['identity;q=0, br;q=0', ['br', 'identity'], undefined],
  ['*;q=0', ['identity'], undefined],
  ['', ['br', 'identity'], 'identity'],
])('a content coding (RFC 9110 §12.5.3) for %j of %j is %s', (header, codings, best) => {
  expect(preferredEncoding(header, codings)).toBe(best)
})

it('a request says what its client likes best', () => {
  const request = new Request(
    environFor('/', { headers: { Accept: BROWSER, 'Accept-Language': 'de', 'Accept-Encoding': 'br' } }),
    {},
    0,
  )
  expect([
    request.accepts('json', 'html'),
    request.acceptsLanguages('en', 'de'),
    request.acceptsEncodings('gzip', 'br'),
  ]).toEqual(['html', 'de', 'br'])
})

describe('any header', () => {
  const pieces = fc.constantFrom(
    'text/html',
    '*/*',
    '*',
    ',',
    ';',
    'q=',
    '0.5',
    '1e9',
    'Infinity',
    '-1',
    '"',
    '\\',
    '=',
    ' ',
    '\t',
    '__proto__',
    'constructor',
    'en',
    '-',
    '/',
  )
  const headers = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 80 }).map((parts) => parts.join('')),
  )

  it('is understood, or nothing of it is', () => {
    fc.assert(
      fc.property(headers, (header) => {
        expect(['html', 'json', undefined]).toContain(preferredType(header, ['html', 'json']))
        expect(['en', 'de', undefined]).toContain(preferredLanguage(header, ['en', 'de']))
        expect(['br', 'identity', undefined]).toContain(preferredEncoding(header, ['br', 'identity']))
      }),
    )
    expect(Object.prototype).not.toHaveProperty('q')
  })

  it.each(['a', ',', ';', 'a/b,', 'a/b;q=1,', ';a=1', '"', 'a/b;x="', '\\', ' ', 'en,', 'en-', '*,'])(
    'of nothing but %j is read in linear time',
    async (unit) => {
      const run = (size: number) => {
        const text = unit.repeat(size / unit.length)
        return () => [
          preferredType(text, ['html', 'json']),
          preferredLanguage(text, ['en', 'de']),
          preferredEncoding(text, ['br']),
        ]
      }
      expect(await growth(run, 4 * 2 ** 10, 16)).toBeLessThan(120)
    },
  )

  it('that is longer than any client sends is read as far as it goes', () => {
    expect(preferredType(`${'a/b,'.repeat(5000)}text/html`, ['html'])).toBe(undefined)
    expect(preferredType(`text/html,${'a/b,'.repeat(5000)}`, ['html'])).toBe('html')
    expect(preferredType('a'.repeat(10_000), ['html'])).toBe(undefined)
  })
})
