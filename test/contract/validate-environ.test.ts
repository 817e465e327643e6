import { type Environ, validate } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { acceptAll, answering, testBreaches } from './breaches/breach.ts'
import { environBreaches, lostKeyBreaches } from './breaches/environ-breaches.ts'

testBreaches(environBreaches)
testBreaches(lostKeyBreaches)

const accepts = (environ: Environ) => validate(answering('x'))(environ, acceptAll) === 'x'

describe('accepts', () => {
  test.each<[title: string, target: string, overrides: Record<string, unknown>]>([
    ['a mounted application', '/a/b', { SCRIPT_NAME: '/a', PATH_INFO: '/b' }],
    ['an application mounted at its whole path', '/a', { SCRIPT_NAME: '/a', PATH_INFO: '' }],
    ['SCRIPT_NAME without a second segment', '/a/', { SCRIPT_NAME: '/a', PATH_INFO: '/' }],
    ['a path of slashes', '//a//', {}],
    ['a query with a question mark', '/?a?b', {}],
    ['an absolute-form target (RFC 9112 §3.2.2)', 'http://example.com/a%20b?c', {}],
    ['an absolute-form target without a path (RFC 9112 §3.2.1)', 'http://example.com?c', {}],
    ['OPTIONS * (RFC 9112 §3.2.4)', '*', { method: 'OPTIONS' }],
    ['OPTIONS of a whole server in absolute-form', 'http://a', { method: 'OPTIONS', PATH_INFO: '*' }],
    ['CONNECT, which has no path', '/', { REQUEST_METHOD: 'CONNECT', PATH_INFO: '', REQUEST_URI: 'a:443' }],
    ['an unknown method', '/', { method: 'brew!' }],
    ['a method that names something of Object', '/', { method: 'constructor' }],
    ['UTF-8 in the path', '/%C3%A9%E2%82%AC', {}],
    ['bytes that are no UTF-8, as U+FFFD', '/%ff', { PATH_INFO: '/\ufffd' }],
    ['a byte order mark in the path', '/%EF%BB%BFa', { PATH_INFO: '/\ufeffa' }],
    ['an escaped percent sign, decoded once', '/%2541', { PATH_INFO: '/%41' }],
    ['an empty header', '/', { HTTP_X: '' }],
    ['latin-1 in a header', '/', { HTTP_X: 'caf\u00e9\tau lait' }],
    ['a header with every character of a token', '/', { "HTTP_!#$%&'*+.^_`|~0Z": 'x' }],
    ['other CGI variables', '/', { REMOTE_USER: 'me', HTTPS: 'on', CONTENT_TYPE: '', CONTENT_LENGTH: '007' }],
    ['keys of a vendor, of any type', '/', { 'acme.user': { id: 1 }, 'acme.Lower-Case': undefined }],
    ['a extension to another protocol, for who offers it', '/', { HTTP_UPGRADE: 'x', 'tsgi.upgrade': () => {} }],
    ['a peer without an address', '/', { REMOTE_ADDR: '', REMOTE_PORT: '' }],
    ['HTTP/1.0 and HTTP/2.0', '/', { SERVER_PROTOCOL: 'HTTP/2.0' }],
    ['what a router has set', '/a/b', { 'wsgiorg.routing_args': [[], { id: 'a', rest: ['a', 'b'] }] }],
    ['an optional key with nothing in it', '/', { 'tsgi.early_hints': undefined }],
  ])('%s', (_title, target, overrides) => {
    const environ = environFor(target, overrides)
    expect(accepts(environ)).toBe(true)
  })

  test('an environ without a prototype', () => {
    expect(accepts(Object.assign(Object.create(null), environFor('/')))).toBe(true)
  })

  test('a copy by spread, as a middleware makes', () => {
    expect(accepts({ ...environFor('/a/b'), SCRIPT_NAME: '/a', PATH_INFO: '/b' })).toBe(true)
  })
})

test('does not read tsgi.signal, which is made when it is first read', () => {
  const get = vi.fn(() => AbortSignal.abort())
  const environ = Object.defineProperty(environFor('/'), 'tsgi.signal', { get, enumerable: true, configurable: true })
  expect(accepts(environ)).toBe(true)
  expect(get).not.toHaveBeenCalled()
})

test('agrees with environFor on every target that environFor takes', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.webPath(), fc.string({ unit: 'grapheme-ascii' })),
      fc.webQueryParameters(),
      (path, query) => {
        const environ = environOrNot(`/${path}?${query}`)
        expect(environ === undefined || accepts(environ)).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})

function environOrNot(target: string): Environ | undefined {
  try {
    return environFor(target)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return undefined
  }
}
