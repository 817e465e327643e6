/** Cookies in and out (RFC 6265bis). */
import { environFor } from '@tsgi/contract/testing'
import { deleteCookie, Request, SignedCookies, setCookie } from '@tsgi/framework'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCookies } from '../../../packages/framework/src/http/cookies.ts'
import { HttpError } from '../../../packages/framework/src/http/http-error.ts'
import { growth } from '../growth.ts'

const http = { environ: environFor('/') }
const https = { environ: environFor('/', { 'wsgi.url_scheme': 'https' }) }

describe('the cookies of a request', () => {
  it.each<[string | undefined, Record<string, string>]>([
    [undefined, {}],
    ['', {}],
    ['a=1; b=x%20y;c="q"', { a: '1', b: 'x y', c: '"q"' }],
    ['a=1; a=2', { a: '1' }],
    ['a=b=c; d', { a: 'b=c' }],
    [' a = 1 ;; ; =x', { a: '1', '': 'x' }],
    ['a=%zz; b=%ff', { a: '%zz', b: '%ff' }],
    // Raw UTF-8, as browsers send what document.cookie was set to; what is not UTF-8 stays latin-1.
    ['a=\xc3\xa9; \xc3\xbc=1; b=%C3%A9', { a: 'é', ü: '1', b: 'é' }],
    ['a=\xf0\x9f\x8d\xb5', { a: '🍵' }],
    ['a=\xe9', { a: '\xe9' }],
    ['a=é中', { a: 'é中' }],
  ])('of %j are %j', (header, cookies) => {
    expect({ ...parseCookies(header) }).toEqual(cookies)
  })

  it('have no prototype, and names of one are names (J-01)', () => {
    const cookies = parseCookies('__proto__=1; constructor=2; toString=3')
    expect([Object.getPrototypeOf(cookies), Object.keys(cookies)]).toEqual([
      null,
      ['__proto__', 'constructor', 'toString'],
    ])
    expect(parseCookies('a=1').hasOwnProperty).toBe(undefined)
    expect(Object.getPrototypeOf(new Request(environFor('/'), {}, 0).cookies)).toBe(null)
  })

  it('are at most 300', () => {
    expect(parseCookies('a=1;'.repeat(299))).toEqual({ a: '1' })
    expect(() => parseCookies('a=1;'.repeat(300))).toThrow(expect.objectContaining({ status: 400 }))
  })

  it('can be read from any header, or it is refused with 400', () => {
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('a', '=', ';', ' ', '\t', '%', '%C3%A9', '"', '__proto__', ','), { maxLength: 80 })
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(header, (text) => {
        for (const [name, value] of Object.entries(parseCookies(text)))
          expect([typeof name, typeof value]).toEqual(['string', 'string'])
      }),
    )
  })

  it.each(['a', '=', ';', ' ', '%', 'a;', ' ;', 'a=1;', '%41'])(
    'of nothing but %j are read in linear time, or refused',
    async (unit) => {
      const run = (size: number) => {
        const text = unit.repeat(size / unit.length)
        return () => {
          try {
            parseCookies(text)
          } catch (error) {
            if (!(error instanceof HttpError)) throw error
          }
        }
      }
      expect(await growth(run, 16 * 2 ** 10, 16)).toBeLessThan(120)
    },
  )
})

describe('a cookie that is set', () => {
  it.each<[string, ReturnType<typeof setCookie>, string]>([
    ['is kept from scripts and other sites', setCookie(http, 'a', '1'), 'a=1; Path=/; HttpOnly; SameSite=Lax'],
    ['is secure when the request was', setCookie(https, 'a', '1'), 'a=1; Path=/; HttpOnly; Secure; SameSite=Lax'],
    [
      'may say otherwise',
      setCookie(https, 'a', '1', {
        path: '/x',
        httpOnly: false,
        secure: false,
        sameSite: 'strict',
        maxAge: 60,
        domain: 'example.com',
      }),
      'a=1; Max-Age=60; Domain=example.com; Path=/x; SameSite=Strict',
    ],
    [
      'has an end',
      setCookie(http, 'a', '', { expires: new Date(0) }),
      'a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
    ],
    [
      'for other sites is secure',
      setCookie(http, 'a', '1', { sameSite: 'none', partitioned: true }),
      'a=1; Path=/; HttpOnly; Secure; Partitioned; SameSite=None',
    ],
    ['with a prefix is secure', setCookie(http, '__Host-a', '1'), '__Host-a=1; Path=/; HttpOnly; Secure; SameSite=Lax'],
    [
      'is encoded where it has to be',
      setCookie(http, 'a', 'ñ; b="c"\r\nX: y\ud800'),
      'a=%C3%B1%3B%20b%3D%22c%22%0D%0AX%3A%20y%EF%BF%BD; Path=/; HttpOnly; SameSite=Lax',
    ],
    [
      'is forgotten',
      deleteCookie(https, 'a'),
      'a=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
    ],
  ])('%s', (_, header, value) => {
    expect(header).toEqual(['Set-Cookie', value])
  })

  it.each<[string, () => unknown, RegExp]>([
    ['__Host- with a path (§4.1.3.2)', () => setCookie(https, '__Host-a', '1', { path: '/x' }), /__Host-/],
    ['__Host- with a domain', () => setCookie(https, '__host-a', '1', { domain: 'example.com' }), /no domain/],
    ['__Secure- that is not secure', () => setCookie(https, '__SECURE-a', '1', { secure: false }), /must be secure/],
    [
      "sameSite 'none' that is not secure",
      () => setCookie(https, 'a', '1', { secure: false, sameSite: 'none' }),
      /must be secure/,
    ],
    [
      'partitioned that is not secure',
      () => setCookie(https, 'a', '1', { secure: false, partitioned: true }),
      /must be secure/,
    ],
    ['an empty name', () => setCookie(http, '', '1'), /token/],
    ['a name with a blank', () => setCookie(http, 'a b', '1'), /token/],
    ['a name with CRLF', () => setCookie(http, 'a\r\nX', '1'), /token/],
    ['more than browsers keep', () => setCookie(http, 'a', 'é'.repeat(700)), /4201 bytes/],
    ['a path with a semicolon', () => setCookie(http, 'a', '1', { path: '/;' }), /path/],
    ['a domain that is none', () => setCookie(http, 'a', '1', { domain: 'a b' }), /domain/],
    ['an age that is no number', () => setCookie(http, 'a', '1', { maxAge: 1.5 }), /maxAge/],
    ['an end that is no date', () => setCookie(http, 'a', '1', { expires: new Date(Number.NaN) }), /expires/],
  ])('is refused with %s', (_, make, message) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it('comes back as it was, and is one header, whatever the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
        const [, header] = setCookie(http, 'a', value)
        expect(header).toMatch(/^[\x21-\x7e]*; Path=\/; HttpOnly; SameSite=Lax$/)
        expect(parseCookies(header.split(';', 1)[0]).a).toBe(value.toWellFormed())
      }),
    )
  })
})

describe('a signed cookie', () => {
  const [OLD, NEW] = ['an old secret of 24 octets', 'a new secret of 24 octets!']
  const signed = new SignedCookies([NEW, OLD])
  const before = new SignedCookies([OLD])
  const withCookie = (value: string) => ({ cookies: { sid: value } })

  it('is read if we signed it, with any key that is still there', async () => {
    for (const signer of [signed, before]) {
      const [, header] = await signer.set(http, 'sid', 'käse.1')
      expect(await signed.read({ cookies: parseCookies(header.split(';', 1)[0]) }, 'sid')).toBe('käse.1')
    }
    expect(await signed.read({ cookies: {} }, 'sid')).toBe(undefined)
  })

  it('is signed by the first key', async () => {
    const value = await signed.sign('sid', '1')
    expect(await before.verify('sid', value)).toBe(undefined)
    expect(await new SignedCookies([new TextEncoder().encode(NEW)]).verify('sid', value)).toBe('1')
  })

  it.each<[string, (value: string) => string]>([
    ['the value was changed', (value) => `2${value.slice(1)}`],
    ['the signature was changed', (value) => value.replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`)],
    ['the signature was cut', (value) => value.slice(0, -1)],
    ['the signature is too long', (value) => `${value}A`],
    ['there is no signature', () => '1'],
    ['the signature is empty', () => '1.'],
    ['it is empty', () => ''],
    ['the signature is no base64url', (value) => `${value.slice(0, -1)}=`],
  ])('is not read if %s', async (_, change) => {
    expect(await signed.read(withCookie(change(await signed.sign('sid', '1'))), 'sid')).toBe(undefined)
  })

  it('is of no use under another name', async () => {
    expect(await signed.verify('admin', await signed.sign('sid', '1'))).toBe(undefined)
  })

  it('can be any text, and any text can be verified', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), async (value, forged) => {
        expect(await signed.verify('a', await signed.sign('a', value))).toBe(value)
        expect(await signed.verify('a', forged)).toBe(undefined)
      }),
    )
  })

  it('needs secrets that are some', () => {
    expect(() => new SignedCookies([])).toThrow(TypeError)
    expect(() => new SignedCookies([NEW, 'short'])).toThrow(/openssl/)
  })
})
