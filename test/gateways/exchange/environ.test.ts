import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Environ, validate } from '@tsgi/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ConnectionFacts, environTemplate, makeEnviron } from '../../../packages/gateways/src/exchange/environ.ts'
import { Exchange } from '../../../packages/gateways/src/exchange/exchange.ts'
import { EMPTY_INPUT } from '../../../packages/gateways/src/exchange/input.ts'
import { Log, RecordingSink } from './recording-sink.ts'

const errors = new Log()

const facts: ConnectionFacts = {
  serverName: '192.0.2.1',
  serverPort: '8000',
  scheme: 'https',
  remoteAddr: '192.0.2.7',
  remotePort: '4711',
  multiprocess: true,
  errors,
}

function environ(target: string, headers: readonly string[] = [], method = 'GET'): Environ | undefined {
  return makeEnviron(environTemplate(headers, facts), { method, target, protocol: 'HTTP/1.1', input: EMPTY_INPUT })
}

function keysFromHeaders(headers: readonly string[]): Record<string, unknown> {
  const made = environ('/', headers)
  return Object.fromEntries(Object.entries(made ?? {}).filter(([key]) => /^(HTTP|CONTENT)_/.test(key)))
}

describe('the keys (C7, C24–C29)', () => {
  it('are these and no others', () => {
    const made = environ('/a/b?c=d', ['Host', 'example.org', 'Content-Length', '0'], 'PUT')
    expect(Object.fromEntries(Object.entries(made ?? {}))).toEqual({
      REQUEST_METHOD: 'PUT',
      SCRIPT_NAME: '',
      PATH_INFO: '/a/b',
      QUERY_STRING: 'c=d',
      CONTENT_LENGTH: '0',
      SERVER_NAME: '192.0.2.1',
      SERVER_PORT: '8000',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REMOTE_ADDR: '192.0.2.7',
      REMOTE_PORT: '4711',
      REQUEST_URI: '/a/b?c=d',
      HTTP_HOST: 'example.org',
      'wsgi.version': [1, 0],
      'wsgi.url_scheme': 'https',
      'wsgi.input': EMPTY_INPUT,
      'wsgi.errors': errors,
      'wsgi.multithread': false,
      'wsgi.multiprocess': true,
      'wsgi.run_once': false,
      'tsgi.version': [1, 0],
    })
  })

  it('pass the validator when the exchange has added its own', () => {
    const made = environ('/%E4%BD%A0?x', ['Host', 'h', 'Accept', '*/*', 'X.Y', 'z']) ?? ({} as Environ)
    const application = validate(
      (_environ, startResponse) => {
        startResponse('200 OK', [])
        return ''
      },
      { strict: true },
    )
    const sink = new RecordingSink()
    new Exchange(application, made, sink).run()
    expect(sink.calls).toEqual(['head 200 OK', 'end'])
    application.verify()
  })
})

describe('headers', () => {
  it.each([
    ['upper case, and _ for -', ['User-Agent', 'x'], { HTTP_USER_AGENT: 'x' }],
    [
      'Content-Type and Content-Length without HTTP_ (RFC 3875 §4.1.2, §4.1.3)',
      ['content-type', 'a/b', 'CONTENT-LENGTH', '3'],
      { CONTENT_TYPE: 'a/b', CONTENT_LENGTH: '3' },
    ],
    [
      'joined in order with a comma (RFC 9110 §5.3)',
      ['Accept', 'a', 'X', '1', 'accept', 'b', 'ACCEPT', 'c'],
      { HTTP_ACCEPT: 'a, b, c', HTTP_X: '1' },
    ],
    [
      'cookies joined with a semicolon (RFC 6265 §5.4)',
      ['Cookie', 'a=1', 'cookie', 'b=2'],
      { HTTP_COOKIE: 'a=1; b=2' },
    ],
    [
      'dropped with _ in the name: it would collide with - (CVE-2024-45614)',
      ['X_Forwarded_For', 'evil', 'Content_Length', '9', 'Content_Type', 'x'],
      {},
    ],
    ['dropped when named Proxy (httpoxy, CVE-2016-5385)', ['Proxy', 'http://evil', 'PROXY', 'x', 'proxy', 'y'], {}],
    ['kept when only similar to Proxy', ['Proxy-Authorization', 'x'], { HTTP_PROXY_AUTHORIZATION: 'x' }],
    ['not folded from . to _ (CVE-2024-45614)', ['X.Y', '1', 'X-Y', '2'], { 'HTTP_X.Y': '1', HTTP_X_Y: '2' }],
    ['latin-1, octet for octet (RFC 9110 §5.5)', ['X', 'caf\xe9 \xff'], { HTTP_X: 'caf\xe9 \xff' }],
    ['empty values stay, and join', ['X', '', 'X', 'a', 'Y', ''], { HTTP_X: ', a', HTTP_Y: '' }],
  ])('are %s', (_name, headers, expected) => {
    expect(keysFromHeaders(headers)).toEqual(expected)
  })

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('named %s are plain keys (J-01)', (name) => {
    expect(keysFromHeaders([name, 'x'])).toEqual({ [`HTTP_${name.toUpperCase()}`]: 'x' })
  })

  it('named __proto__ change nothing (J-01)', () => {
    const made = environ('/', ['__proto__', 'x', '__PROTO__', 'y'])
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype)
    expect(keysFromHeaders(['__proto__', 'x'])).toEqual({})
    expect(Reflect.get({}, 'x')).toBeUndefined()
  })

  it.each([
    'Request-Method',
    'Script-Name',
    'Path-Info',
    'Wsgi.input',
    'tsgi.signal',
    'Remote-Addr',
    'Server-Name',
    'Https',
  ])('named %s reach no key of the server (E-03, E-10)', (name) => {
    const before = environ('/') ?? {}
    const made = environ('/', [name, 'evil']) ?? {}
    const added = Object.keys(made).filter((key) => !Object.hasOwn(before, key))
    expect(added).toEqual([`HTTP_${name.toUpperCase().replaceAll('-', '_')}`])
    expect(made).toMatchObject(before)
  })

  it('map to names injectively: two different names never share a key', () => {
    const name = fc.stringMatching(/^[!#$%&'*+.^`|~0-9A-Za-z_-]{1,12}$/)
    fc.assert(
      fc.property(name, name, (a, b) => {
        fc.pre(a.toLowerCase() !== b.toLowerCase())
        const keysOfA = Object.keys(keysFromHeaders([a, '1']))
        expect(Object.keys(keysFromHeaders([b, '1'])).filter((key) => keysOfA.includes(key))).toEqual([])
      }),
    )
  })

  it('are read right after thousands of names that nobody will send again', () => {
    for (let i = 0; i < 2500; i++) environ('/', [`X-Made-Up-${i}`, 'x'])
    expect(keysFromHeaders(['Accept', 'a', 'X-Made-Up-7', 'b', 'X_Y', 'c'])).toEqual({
      HTTP_ACCEPT: 'a',
      HTTP_X_MADE_UP_7: 'b',
    })
  })
})

describe('names that clients make up', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')

  it('are not kept where they are long (L-01)', () => {
    // The shape of an object that is gone is kept over some collections.
    const settle = () => {
      for (let i = 0; i < 5; i++) collect()
    }
    settle()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 200; i++) environ('/', [`X-${String(i).padStart(60_000, 'a')}`, 'b'])
    settle()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4 * 1024 * 1024)
  })
})

describe('the target (RFC 9112 §3.2)', () => {
  it.each([
    ['/', '/', ''],
    ['/a/b', '/a/b', ''],
    ['/a?', '/a', ''],
    ['/a?b', '/a', 'b'],
    ['/a?b?c=%20&d', '/a', 'b?c=%20&d'],
    ['/?//://x', '/', '//://x'],
    ['//a//b', '//a//b', ''],
    ['/a://b', '/a://b', ''],
    ['/a;b=1/c+d', '/a;b=1/c+d', ''],
    ['/a/../b/./c', '/a/../b/./c', ''],
    ['/a|"<>^`{}\\b', '/a|"<>^`{}\\b', ''],
    ['http://example.org', '/', ''],
    ['http://example.org?x', '/', 'x'],
    ['http://example.org/a?b', '/a', 'b'],
    ['HTTPS://example.org:8443/a', '/a', ''],
    ['http://example.org/http://other/', '/http://other/', ''],
    ['http://[2001:db8::1]:80/a', '/a', ''],
  ])('%s has the path %s and the query %j', (target, path, query) => {
    expect(environ(target)).toMatchObject({ PATH_INFO: path, QUERY_STRING: query, REQUEST_URI: target })
  })

  it('* has itself for a path, with OPTIONS (RFC 9112 §3.2.4)', () => {
    expect(environ('*', [], 'OPTIONS')).toMatchObject({ PATH_INFO: '*', QUERY_STRING: '', REQUEST_URI: '*' })
  })

  it.each([
    ['http://example.org:81/a', 'example.org:81'],
    ['http://example.org?x', 'example.org'],
    ['/a', 'other'],
  ])('%s makes HTTP_HOST %s (RFC 9112 §3.2.2)', (target, host) => {
    expect(environ(target, ['Host', 'other'])?.HTTP_HOST).toBe(host)
  })

  it('never takes the scheme from an absolute-form (C28)', () => {
    expect(environ('http://example.org/')?.['wsgi.url_scheme']).toBe('https')
  })

  it.each([
    ['a * that is not for OPTIONS', '*', 'GET'],
    ['an authority', 'example.org:80', 'GET'],
    ['a relative path', 'a/b', 'GET'],
    ['nothing', '', 'GET'],
    ['a foreign scheme', 'ftp://example.org/', 'GET'],
    ['an absolute-form without a host', 'http:///a', 'GET'],
    ['userinfo (RFC 9110 §4.2.4)', 'http://user@example.org/', 'GET'],
    ['a fragment', '/a#b', 'GET'],
    ['a blank', '/a b', 'GET'],
    ['a raw 8-bit character', '/\xe9', 'GET'],
    ['a character beyond', '/\u4f60', 'GET'],
    ['a control character', '/\u0000', 'GET'],
  ])('is refused when it is %s', (_name, target, method) => {
    expect(environ(target, [], method)).toBeUndefined()
  })
})

describe('the path is percent-decoded once, as UTF-8 (C16)', () => {
  it.each([
    ['/%41%2f%2F', '/A//'],
    ['/a%20b+c', '/a b+c'],
    ['/%E4%BD%A0%e5%a5%bd', '/你好'],
    ['/%F0%9F%98%80', '/😀'],
    ['/%2541', '/%41'],
    ['/%2e%2e/x', '/../x'],
    ['/%ff', '/\ufffd'],
    ['/%E4%BD', '/\ufffd'],
    ['/%E4a', '/\ufffda'],
    ['/%C0%AF', '/\ufffd\ufffd'],
    ['/%ED%A0%80', '/\ufffd\ufffd\ufffd'],
    ['/%EF%BB%BFa', '/\ufeffa'],
    ['/%0d%0a', '/\r\n'],
    ['/%3Fa?b%3F', '/?a'],
  ])('%s is %j', (target, path) => {
    expect(environ(target)?.PATH_INFO).toBe(path)
  })

  it.each(['/%', '/a%2', '/%zz', '/%0x', '/%-1', '/%%41', '/%00', '/a%00b'])('%s is refused', (target) => {
    expect(environ(target)).toBeUndefined()
  })

  it.each(['/a?%', '/a?%00'])('the query is left alone: %s', (target) => {
    expect(environ(target)?.QUERY_STRING).toBe(target.slice(3))
  })

  it('comes back from encodeURIComponent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(text.isWellFormed() && !text.includes('\0'))
        expect(environ(`/${encodeURIComponent(text)}`)?.PATH_INFO).toBe(`/${text}`)
      }),
    )
  })

  it('is what the platform decodes, for any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, min: 1 }), (octets) => {
        const target = `/${[...octets].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('')}`
        expect(environ(target)?.PATH_INFO).toBe(`/${new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets)}`)
      }),
    )
  })
})

describe('a template', () => {
  const request = { method: 'GET', target: '/', protocol: 'HTTP/1.1', input: EMPTY_INPUT }

  it('lets nothing of one request reach the next (E-10)', () => {
    const template = environTemplate(['X-A', '1'], facts)
    const first = makeEnviron(template, { ...request, target: '/first?q', method: 'POST' })
    if (first === undefined) throw new Error('refused')
    new Exchange(() => '', first, new RecordingSink())
    Object.assign(first, { HTTP_X_A: 'changed', 'my.key': 1, SCRIPT_NAME: '/s', 'wsgiorg.routing_args': [[], {}] })
    const second = makeEnviron(template, request)
    expect(Object.entries(second ?? {})).toEqual(Object.entries(environ('/', ['X-A', '1']) ?? {}))
    expect(second).not.toBe(first)
  })

  it('lets an application change neither the version nor the input of another (E-10)', () => {
    const made = environ('/')
    expect(() => Reflect.apply(Array.prototype.push, made?.['wsgi.version'], [1])).toThrow(TypeError)
    expect(Object.isFrozen(made?.['wsgi.input'])).toBe(true)
  })

  it.each([0, 5, 12, 13, 20, 60, 100])('with %i headers is no dictionary to V8, nor are its copies', (count) => {
    setFlagsFromString('--allow-natives-syntax')
    const isFast = new Function('object', 'return %HasFastProperties(object)') as (object: unknown) => boolean
    const headers = Array.from({ length: count }, (_, i) => [`X-Count${count}-${i}`, 'x']).flat()
    const template = environTemplate(headers, facts)
    const made = makeEnviron(template, request)
    if (made === undefined) throw new Error('refused')
    new Exchange(() => '', made, new RecordingSink())
    expect([isFast(template), isFast(made)]).toEqual([true, true])
  })
})
