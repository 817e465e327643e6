import { validate } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { describe, expect, test } from 'vitest'
import { acceptAll, answering } from '../breaches/breach.ts'

test('makes a whole environ of a path', () => {
  const environ = environFor('/a%20b/%C3%A9?c=%20&d')
  expect(environ).toMatchObject({
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: '/a b/é',
    QUERY_STRING: 'c=%20&d',
    REQUEST_URI: '/a%20b/%C3%A9?c=%20&d',
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    HTTP_HOST: 'localhost',
    'wsgi.url_scheme': 'http',
  })
  expect(environ).not.toHaveProperty('CONTENT_LENGTH')
  expect(environ).not.toHaveProperty('CONTENT_TYPE')
  expect(validate(answering('x'))(environ, acceptAll)).toBe('x')
})

test('makes a new environ each time', () => {
  const [one, other] = [environFor('/'), environFor('/')]
  expect(one).not.toBe(other)
  expect(one['wsgi.input']).not.toBe(other['wsgi.input'])
  expect(one['tsgi.signal']).not.toBe(other['tsgi.signal'])
})

describe('takes headers as a server does (RFC 3875 §4.1.18)', () => {
  test.each<[title: string, headers: NonNullable<Parameters<typeof environFor>[1]>['headers'], expected: object]>([
    ['a record', { 'X-Tag': 'a', accept: '*/*' }, { HTTP_X_TAG: 'a', HTTP_ACCEPT: '*/*' }],
    [
      'a list',
      [
        ['X-Tag', 'a'],
        ['x-tag', 'b'],
      ],
      { HTTP_X_TAG: 'a, b' },
    ],
    ['an array as a value', { 'X-Tag': ['a', 'b'] }, { HTTP_X_TAG: 'a, b' }],
    [
      'cookies',
      [
        ['Cookie', 'a=b'],
        ['Cookie', 'c=d'],
      ],
      { HTTP_COOKIE: 'a=b; c=d' },
    ],
    [
      'the content’s own',
      { 'content-type': 'a/b', 'Content-Length': '0' },
      { CONTENT_TYPE: 'a/b', CONTENT_LENGTH: '0' },
    ],
    ['another host', { Host: 'example.com:8000' }, { HTTP_HOST: 'example.com:8000' }],
    ['blanks around a value', { X: '\t a b \t' }, { HTTP_X: 'a b' }],
    ['an empty value', { X: '' }, { HTTP_X: '' }],
    ['latin-1', { X: 'é' }, { HTTP_X: 'é' }],
  ])('%s', (_title, headers, expected) => expect(environFor('/', { headers })).toMatchObject(expected))

  test('drops names with _ and the header Proxy', () => {
    const environ = environFor('/', { headers: { X_Tag: 'a', Proxy: 'b', __proto__x: 'c' } })
    expect(Object.keys(environ).filter((key) => key.startsWith('HTTP_'))).toEqual(['HTTP_HOST'])
  })
})

describe('declares the length of a body that has one', () => {
  test.each<[body: NonNullable<Parameters<typeof environFor>[1]>['body'], length: string | undefined]>([
    ['é', '2'],
    ['', '0'],
    [new Uint8Array(3), '3'],
    [['a', 'b'], undefined],
    [undefined, undefined],
  ])('%j: %s', (body, length) => expect(environFor('/', { body }).CONTENT_LENGTH).toBe(length))

  test('unless a header says otherwise', () => {
    expect(environFor('/', { body: 'abc', headers: { 'Content-Length': '2' } }).CONTENT_LENGTH).toBe('2')
  })
})

test('puts every other option into the environ, and leaves out what is undefined', () => {
  const signal = AbortSignal.abort()
  const environ = environFor('/', {
    'wsgi.url_scheme': 'https',
    'tsgi.signal': signal,
    'acme.x': 1,
    HTTP_HOST: undefined,
  })
  expect(environ).toMatchObject({ 'wsgi.url_scheme': 'https', 'tsgi.signal': signal, 'acme.x': 1 })
  expect(environ).not.toHaveProperty('HTTP_HOST')
})

test('takes the host of an absolute-form target (RFC 9112 §3.2.2), and not its scheme', () => {
  const environ = environFor('https://example.com:1/a?b', { headers: { Host: 'other' } })
  expect(environ).toMatchObject({
    HTTP_HOST: 'example.com:1',
    PATH_INFO: '/a',
    QUERY_STRING: 'b',
    'wsgi.url_scheme': 'http',
  })
})

describe('refuses, and says why, what a server answers with 400', () => {
  test.each<[target: string, options: Parameters<typeof environFor>[1], why: RegExp]>([
    ['', {}, /target ""/],
    ['a', {}, /must begin with \//],
    ['/a b', {}, /encodeURI/],
    ['/é', {}, /encodeURI/],
    ['/#a', {}, /encodeURI/],
    ['/a\r\nX: y', {}, /encodeURI/],
    ['/%', {}, /malformed escape/],
    ['/%00', {}, /%00/],
    ['*', {}, /only for OPTIONS/],
    ['/', { method: '' }, /method ""/],
    ['/', { method: 'GET X' }, /not a token/],
    ['/', { headers: { 'A B': 'c' } }, /"A B" is not a token/],
    ['/', { headers: { A: 'b\nc' } }, /value of A/],
    ['/', { headers: { A: '€' } }, /latin-1/],
    ['/', { headers: { Host: ['a', 'b'] } }, /Host comes twice/],
    [
      '/',
      {
        headers: [
          ['Content-Length', '1'],
          ['content-length', '1'],
        ],
      },
      /comes twice/,
    ],
    ['/', { headers: { 'Content-Length': '+1' } }, /decimal digits/],
  ])('%j %j', (target, options, why) => {
    expect(() => environFor(target, options)).toThrow(TypeError)
    expect(() => environFor(target, options)).toThrow(why)
  })
})
