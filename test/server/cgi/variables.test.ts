import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readVariables } from '../../../packages/server/src/cgi/variables.ts'
import { HttpError } from '../../../packages/server/src/http1/errors.ts'
import { DEFAULT_LIMITS } from '../../../packages/server/src/http1/limits.ts'
import { type Pairs, variablesFor } from '../../support/front-bytes.ts'

function read(pairs: Pairs, method = 'GET', target = '/a?b') {
  return readVariables(variablesFor(method, target, pairs).flat(), DEFAULT_LIMITS)
}

function statusOf(act: () => unknown): number {
  try {
    act()
  } catch (error) {
    if (error instanceof HttpError) return error.status
    throw error
  }
  return 200
}

describe('the variables of a front', () => {
  it('become what HTTP would have brought', () => {
    const more: Pairs = [
      ['HTTP_X_OWN', 'yes'],
      ['CONTENT_TYPE', 'text/plain'],
      ['CONTENT_LENGTH', '12'],
      ['HTTPS', 'on'],
    ]
    expect(read(more, 'POST')).toEqual({
      method: 'POST',
      target: '/a?b',
      protocol: 'HTTP/1.1',
      section: {
        headers: ['host', 'shop.example', 'x-own', 'yes', 'content-type', 'text/plain', 'content-length', '12'],
      },
      framing: { kind: 'length', length: 12 },
      isStreamed: false,
      scriptName: '',
      serverName: 'shop.example',
      serverPort: '80',
      scheme: 'https',
      remoteAddr: '203.0.113.9',
      remotePort: '4711',
    })
  })

  it.each([
    ['\ta b\t', ['x-blank', 'a b']],
    [' \t', []],
  ])('have no blanks around a value: %j', (value, field) => {
    expect(read([['HTTP_X_BLANK', value]]).section.headers).toEqual(['host', 'shop.example', ...field])
  })

  it('that are empty are absent', () => {
    const seen = read([
      ['CONTENT_LENGTH', ''],
      ['CONTENT_TYPE', ''],
      ['HTTP_X_EMPTY', ''],
      ['HTTPS', ''],
      ['SCRIPT_NAME', ''],
    ])
    expect(seen.section.headers).toEqual(['host', 'shop.example'])
    expect(seen).toMatchObject({ framing: { kind: 'none' }, scheme: 'http', scriptName: '' })
  })

  it.each([
    ['HTTP_PROXY', 'http://evil.example'],
    ['HTTP_CONTENT_LENGTH', '7'],
    ['HTTP_CONTENT_TYPE', 'text/evil'],
    ['HTTP_CONNECTION', 'upgrade'],
    ['HTTP_UPGRADE', 'websocket'],
    ['HTTP_EXPECT', '100-continue'],
    ['HTTP_TE', 'trailers'],
    ['PATH', '/usr/bin'],
    ['SERVER_ADMIN', 'root'],
    ['CONTEXT_PREFIX', '/'],
    ['http_x', 'lower case is no variable of a header'],
  ])('%s does not reach the application', (name, value) => {
    expect(read([[name, value]]).section.headers).toEqual(['host', 'shop.example'])
  })

  it('named twice stay in order, and of HTTP_HOST the last one counts', () => {
    const seen = read([
      ['HTTP_COOKIE', 'a=1'],
      ['HTTP_HOST', 'other.example:8080'],
      ['HTTP_COOKIE', 'b=2'],
    ])
    expect(seen.section.headers).toEqual(['host', 'other.example:8080', 'cookie', 'a=1', 'cookie', 'b=2'])
  })

  it.each<[string, string, string]>([
    ['', '', '/a'],
    ['/shop', '/x', '/shop'],
    ['/caf\xc3\xa9', '/x', '/café'],
    ['/', '/x', ''],
    ['/shop/', 'x', ''],
    ['shop', '/x', ''],
  ])('SCRIPT_NAME %j beside PATH_INFO %j mounts at %j', (scriptName, pathInfo, mounted) => {
    const seen = read([
      ['SCRIPT_NAME', scriptName],
      ['PATH_INFO', pathInfo],
    ])
    expect(seen.scriptName).toBe(mounted === '/a' ? '' : mounted)
  })

  it('SCRIPT_NAME alone is the whole path of nginx, and mounts nothing', () => {
    expect(read([['SCRIPT_NAME', '/shop']]).scriptName).toBe('')
  })

  it('without REQUEST_URI it is made again of the decoded path', () => {
    const pairs: Pairs = [
      ['SCRIPT_NAME', '/s'],
      ['PATH_INFO', '/caf\xc3\xa9 %?#'],
      ['QUERY_STRING', 'q=1'],
    ]
    expect(read(pairs, 'GET', '').target).toBe('/s/caf%c3%a9%20%25%3f%23?q=1')
  })

  it.each([
    ['shop.example:8080', 'shop.example'],
    ['[::1]:80', '::1'],
    ['[::1]', '::1'],
    ['::1', '::1'],
    ['', 'shop.example'],
    ['a b', 'localhost'],
  ])('SERVER_NAME %j is %j', (given, expected) => {
    expect(
      read([
        ['SERVER_NAME', given],
        ['HTTP_HOST', 'shop.example'],
      ]).serverName === expected || given === '',
    ).toBe(true)
  })

  it.each<[string, string]>([
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['unix:', ''],
    ['2001:db8::1', '2001:db8::1'],
  ])('REMOTE_ADDR %j is %j', (given, expected) => {
    expect(read([['REMOTE_ADDR', given]]).remoteAddr).toBe(expected)
  })

  it.each<[number, Pairs, string?, string?]>([
    [400, [['REMOTE_ADDR', 'evil']]],
    [400, [['SERVER_PROTOCOL', 'INCLUDED']]],
    [400, [['HTTP_HOST', 'a b']]],
    [400, [['HTTP_X', 'a\r\nb']]],
    [400, [['HTTP_X Y', 'a']]],
    [400, [['CONTENT_LENGTH', '-1']]],
    [400, [['CONTENT_LENGTH', '1, 1']]],
    [413, [['CONTENT_LENGTH', '99999999999999999999']]],
    [431, [['HTTP_X', 'y'.repeat(65_536)]]],
    [431, Array.from({ length: 1001 }, (_, i) => [`HTTP_X${i}`, 'y'] as const)],
    [400, [], 'G T'],
    [400, [], ''],
    [501, [], 'X'.repeat(65)],
    [501, [], 'CONNECT', 'a:1'],
    [400, [], 'GET', ''],
    [400, [], 'GET', '/a b'],
    [400, [], 'GET', '/a#b'],
    [400, [], 'GET', '*'],
    [400, [], 'GET', 'ftp://a/'],
    [414, [], 'GET', `/${'a'.repeat(16_384)}`],
    [200, [], 'OPTIONS', '*'],
    [200, [], 'GET', 'http://a.example/b'],
  ])('answers %i to %j %s %s', (status, pairs, method = 'GET', target = '/') => {
    expect(statusOf(() => read(pairs, method, target))).toBe(status)
  })

  it('are judged or refused, whatever they are', () => {
    const name = fc.oneof(
      fc.constantFrom('REQUEST_METHOD', 'REQUEST_URI', 'HTTP_HOST', 'SCRIPT_NAME', 'PATH_INFO'),
      fc.string(),
    )
    const value = fc.string({ unit: fc.constantFrom('/', ':', '[', ']', '%', 'a', '\0', '\r', '\xff', '1', '.') })
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        expect([200, 400, 413, 414, 431, 501]).toContain(statusOf(() => readVariables(pairs.flat(), DEFAULT_LIMITS)))
      }),
    )
  })
})
