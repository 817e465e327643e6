/** What each guard lets pass and what it refuses, between two validators; and the same round other frameworks. */
import { type Application as ContractApplication, type Middleware, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { Application, get, group, json, post, type RouteEntry } from '@tsgi/framework'
import {
  allowIps,
  basicAuth,
  cors,
  crossOriginProtection,
  cspNonce,
  httpsRedirect,
  language,
  methodOverride,
  securityHeaders,
  serverTiming,
  timeout,
  trailingSlash,
  trustedHosts,
} from '@tsgi/framework/middleware'
import { request } from '@tsgi/framework/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseBasic } from '../../../packages/framework/src/middleware/basic-auth.ts'
import { ask } from './applications.ts'

const hello: ContractApplication = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return `${environ.REQUEST_METHOD} ${environ.PATH_INFO}`
}

const PLAIN = [['Content-Type', 'text/plain']] as const

type Headers = Readonly<Record<string, string>>

describe('crossOriginProtection', () => {
  const guard = crossOriginProtection({ trustedOrigins: ['https://accounts.example.com'] })
  const status = async (method: string, headers: Headers) =>
    (await ask(guard, hello, '/', { method, headers: { Host: 'example.com', ...headers } })).status
  const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE']
  const SAFE = ['GET', 'HEAD', 'OPTIONS', 'QUERY']
  const SITES = [undefined, '', 'same-origin', 'none', 'same-site', 'cross-site', 'nonsense']
  type Cell = readonly [site: string | undefined, origin: string | undefined, isOwn: boolean, isTrusted: boolean]
  const ORIGINS: ReadonlyArray<[origin: string | undefined, isOwn: boolean, isTrusted?: boolean]> = [
    [undefined, true],
    ['http://example.com', true],
    ['https://example.com', true],
    ['https://EXAMPLE.com', true],
    ['https://example.com:443', true],
    ['http://example.com:80', true],
    ['https://example.com:8443', false],
    ['https://evil.com', false],
    ['https://example.com.evil.com', false],
    ['https://sub.example.com', false],
    ['null', false],
    ['', false],
    ['garbage', false],
    ['https://accounts.example.com', false, true],
    ['http://accounts.example.com', false],
  ]

  const CELLS: readonly Cell[] = SITES.flatMap((site) =>
    ORIGINS.map(([origin, isOwn, isTrusted = false]): Cell => [site, origin, isOwn, isTrusted]),
  )

  it.each(CELLS)('of Sec-Fetch-Site %s and Origin %s decides as Go does', async (site, origin, isOwn, isTrusted) => {
    const headers = {
      ...(site === undefined ? {} : { 'Sec-Fetch-Site': site }),
      ...(origin === undefined ? {} : { Origin: origin }),
    }
    const bySite = site === undefined || site === '' ? isOwn : site === 'same-origin' || site === 'none'
    for (const method of UNSAFE)
      expect([method, await status(method, headers)]).toEqual([method, isTrusted || bySite ? 200 : 403])
    for (const method of SAFE) expect([method, await status(method, headers)]).toEqual([method, 200])
  })

  it('lets pass what `bypass` names, and refuses origins that are none', async () => {
    const open = crossOriginProtection({ bypass: ({ PATH_INFO }) => PATH_INFO === '/hook' })
    const headers = { Origin: 'https://evil.com' }
    expect((await ask(open, hello, '/hook', { method: 'POST', headers })).status).toBe(200)
    expect((await ask(open, hello, '/other', { method: 'POST', headers }, false)).status).toBe(403)
    for (const origin of ['example.com', 'https://example.com/', 'https://a.b/c', '*'])
      expect(() => crossOriginProtection({ trustedOrigins: [origin] })).toThrow('is no origin')
  })

  it('never fails in another way, whatever the headers', async () => {
    const any = fc.option(fc.string({ unit: 'grapheme-ascii' }), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(any, any, any, async (site, origin, host) => {
        const headers = Object.entries({ 'Sec-Fetch-Site': site, Origin: origin, Host: host }).flatMap(
          ([name, value]) => (value === undefined ? [] : [[name, value] as const]),
        )
        expect([200, 403]).toContain((await call(guard(hello), environFor('/', { method: 'POST', headers }))).status)
      }),
    )
  })
})

describe('cors', () => {
  const APP = 'https://app.example.com'
  const preflight = (origin: string, headers: Headers = {}) => ({
    method: 'OPTIONS',
    headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT', ...headers },
  })
  const fields = (response: { headers: ReadonlyArray<readonly [string, string]> }) =>
    Object.fromEntries(response.headers.filter(([name]) => /^(?:Access-Control|Vary)/.test(name)))

  it.each<[string, Middleware, string, Record<string, string>]>([
    ['any site', cors({ origins: '*' }), 'https://a.b', { 'Access-Control-Allow-Origin': '*' }],
    ['a listed site', cors({ origins: [APP] }), APP, { 'Access-Control-Allow-Origin': APP, Vary: 'Origin' }],
    [
      'a listed site with cookies',
      cors({ origins: [APP], credentials: true, exposeHeaders: ['ETag', 'X-A'] }),
      APP,
      {
        'Access-Control-Allow-Origin': APP,
        'Access-Control-Allow-Credentials': 'true',
        'Access-Control-Expose-Headers': 'ETag, X-A',
        Vary: 'Origin',
      },
    ],
    ['another site', cors({ origins: [APP] }), 'https://evil.com', { Vary: 'Origin' }],
    [
      'a site by function',
      cors({ origins: (origin) => origin.endsWith('.b') }),
      'https://a.b',
      { 'Access-Control-Allow-Origin': 'https://a.b', Vary: 'Origin' },
    ],
    ['null', cors({ origins: [APP] }), 'null', { Vary: 'Origin' }],
  ])('says for %s', async (_, guard, origin, expected) => {
    const response = await ask(guard, hello, '/', { headers: { Origin: origin } })
    expect([response.status, fields(response)]).toEqual([200, expected])
  })

  it('answers a preflight itself, and leaves any other OPTIONS to the application', async () => {
    const guard = cors({ origins: [APP], credentials: true, privateNetwork: true })
    const headers = {
      'Access-Control-Request-Headers': 'content-type, x-a',
      'Access-Control-Request-Private-Network': 'true',
    }
    const allowed = await ask(guard, hello, '/', preflight(APP, headers), false)
    expect([allowed.status, fields(allowed)]).toEqual([
      204,
      {
        'Access-Control-Allow-Origin': APP,
        'Access-Control-Allow-Credentials': 'true',
        'Access-Control-Allow-Methods': 'PUT, PATCH, DELETE, QUERY',
        'Access-Control-Allow-Headers': 'content-type, x-a',
        'Access-Control-Allow-Private-Network': 'true',
        'Access-Control-Max-Age': '600',
        Vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      },
    ])
    const refused = await ask(guard, hello, '/', preflight('https://evil.com', headers), false)
    expect([refused.status, Object.keys(fields(refused))]).toEqual([204, ['Vary']])
    expect((await ask(guard, hello, '/', { method: 'OPTIONS', headers: { Origin: APP } })).text).toBe('OPTIONS /')
    expect((await ask(guard, hello, '/', { method: 'OPTIONS' })).text).toBe('OPTIONS /')
  })

  it('stands in place of what the application says, and keeps its Vary', async () => {
    const own: ContractApplication = (_environ, startResponse) => {
      startResponse('200 OK', [
        ['Access-Control-Allow-Origin', '*'],
        ['Vary', 'Accept, origin'],
      ])
      return ''
    }
    expect(fields(await ask(cors({ origins: [APP] }), own, '/', { headers: { Origin: APP } }))).toEqual({
      'Access-Control-Allow-Origin': APP,
      Vary: 'Accept, origin',
    })
  })

  it('refuses what would be unsafe or is no origin', () => {
    expect(() => cors({ origins: '*', credentials: true })).toThrow('would give every site the data')
    for (const origin of ['*', 'example.com', `${APP}/`, 'null'])
      expect(() => cors({ origins: [origin] })).toThrow('is no origin')
    expect(() => cors({ origins: [APP], header: [] } as object as { origins: '*' })).toThrow('unknown option')
  })

  it('sends back header names only', async () => {
    const guard = cors({ origins: '*' })
    for (const asked of ['a: b', '"x"', 'x'.repeat(3000), 'é']) {
      const response = await call(
        guard(hello),
        '/',
        preflight('https://a.b', { 'Access-Control-Request-Headers': asked }),
      )
      expect(fields(response)['Access-Control-Allow-Headers']).toBeUndefined()
    }
  })
})

describe('securityHeaders', () => {
  const of = async (guard: Middleware, scheme: 'http' | 'https' = 'https', application = hello) =>
    Object.fromEntries((await ask(guard, application, environFor('/', { 'wsgi.url_scheme': scheme }))).headers)

  it('adds what browsers are stricter by', async () => {
    expect(await of(securityHeaders())).toMatchObject({
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'SAMEORIGIN',
      'Referrer-Policy': 'strict-origin-when-cross-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
      'Content-Security-Policy':
        "default-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'; frame-ancestors 'self'",
    })
    expect(await of(securityHeaders(), 'http')).not.toHaveProperty('Strict-Transport-Security')
  })

  it('can be told otherwise, and leaves what the application says', async () => {
    const bare = await of(securityHeaders({ csp: false, hsts: false, frames: false, referrer: false }))
    expect(Object.keys(bare)).not.toEqual(expect.arrayContaining(['Content-Security-Policy']))
    expect(bare).not.toHaveProperty('X-Frame-Options')
    expect(
      (await of(securityHeaders({ frames: 'DENY', csp: { 'object-src': false } })))['Content-Security-Policy'],
    ).toBe("default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'")
    const own: ContractApplication = (_environ, startResponse) => {
      startResponse('200 OK', [['content-security-policy', "default-src 'none'"]])
      return ''
    }
    const kept = await of(securityHeaders(), 'https', own)
    expect([kept['content-security-policy'], kept['Content-Security-Policy']]).toEqual([
      "default-src 'none'",
      undefined,
    ])
    for (const source of ["'self'; script-src *", 'a b', 'a,b', 'é', ''])
      expect(() => securityHeaders({ csp: { 'img-src': [source] } })).toThrow('cannot stand in a policy')
    expect(() => securityHeaders({ hsts: -1 })).toThrow('hsts is -1')
  })

  it('makes a nonce for each response, the one that the view gets', async () => {
    const guard = securityHeaders({ csp: { 'script-src': ["'self'", "'nonce'"] } })
    const application = new Application([get('/', (from) => `<script nonce="${from.get(cspNonce)}">`)], {
      middleware: [guard],
    })
    const seen = new Set<string>()
    for (let i = 0; i < 3; i++) {
      const { text, header } = await request(application)
        .get('/')
        .then((response) => ({ text: response.text, header: response.header('Content-Security-Policy') }))
      const nonce = /nonce="(\w{32})"/.exec(text)?.[1] ?? ''
      expect(header).toContain(`script-src 'self' 'nonce-${nonce}'`)
      seen.add(nonce)
    }
    expect(seen.size).toBe(3)
    const without = new Application([get('/', (from) => String(from.get(cspNonce)))])
    expect((await request(without).get('/')).errors).toContain(
      'the key framework.csp_nonce has no value; put securityHeaders(',
    )
  })
})

describe('trustedHosts', () => {
  const guard = trustedHosts(['example.com', '*.Example.org', '[::1]'])
  it.each<[string | undefined, number]>([
    ['example.com', 200],
    ['EXAMPLE.com:8000', 200],
    ['example.com.', 200],
    ['a.example.org', 200],
    ['a.b.example.org:1', 200],
    ['[::1]:8000', 200],
    ['example.org', 400],
    ['evil.com', 400],
    ['evilexample.com', 400],
    ['example.com.evil.com', 400],
    ['example.com:80@evil.com', 400],
    ['example.com/evil', 400],
    ['.example.org', 400],
    ['', 400],
    [undefined, 400],
  ])('of %s is %i', async (host, status) => {
    const headers = host === undefined ? [] : [['Host', host] as const]
    expect((await ask(guard, hello, environFor('/', { headers }), {}, false)).status).toBe(status)
  })

  it.each([[[]], [['https://example.com']], [['example.com:80']], [['*']], [['a.*']], [['']]])(
    'cannot be %j',
    (hosts) => {
      expect(() => trustedHosts(hosts)).toThrow('trustedHosts: ')
    },
  )

  it('never fails in another way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (host) => {
        expect([200, 400]).toContain((await call(guard(hello), environFor('/', { headers: [['Host', host]] }))).status)
      }),
    )
  })
})

describe('allowIps', () => {
  const guard = allowIps({ allow: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1', 'unix'], deny: ['10.9.0.0/16'] })
  it.each([
    ['10.1.2.3', 200],
    ['10.9.2.3', 403],
    ['::ffff:10.1.2.3', 200],
    ['::ffff:10.9.2.3', 403],
    ['192.0.2.7', 200],
    ['192.0.2.8', 403],
    ['2001:db8:1::1', 200],
    ['2001:db9::1', 403],
    ['::1', 200],
    ['fe80::1%eth0', 403],
    ['', 200],
    ['unknown', 403],
  ])('of %s is %i', async (address, status) => {
    expect((await ask(guard, hello, environFor('/', { REMOTE_ADDR: address }), {}, false)).status).toBe(status)
  })

  it('is closed to clients without an address unless it names them', async () => {
    expect(
      (await ask(allowIps({ allow: ['0.0.0.0/0', '::/0'] }), hello, environFor('/', { REMOTE_ADDR: '' }), {}, false))
        .status,
    ).toBe(403)
  })

  it.each(['10.0.0.0/33', '::/129', '10.0.0', 'localhost', '10.0.0.0/', '10.0.0.0/8/8', '1.2.3.4/-1', ''])(
    'cannot allow %j',
    (entry) => {
      expect(() => allowIps({ allow: [entry] })).toThrow('is no address and no network')
    },
  )
})

describe('basicAuth', () => {
  const guard = basicAuth({ users: { ada: 'pässword:1', eve: 'x' }, realm: 'staff' })
  const header = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  const who: ContractApplication = (environ, startResponse) => {
    startResponse('200 OK', PLAIN)
    return guard.get(environ)
  }

  it.each([
    [header('ada:pässword:1'), 200],
    [header('ada:pässword:1').replace('Basic', 'bAsIc  '), 200],
    [header('eve:x'), 200],
    [header('ada:x'), 401],
    [header('ada:'), 401],
    [header('nobody:x'), 401],
    [header('__proto__:x'), 401],
    [header('ada'), 401],
    [header('ada:pässword:1\n'), 401],
    ['Basic ', 401],
    ['Basic !!!', 401],
    [`Basic ${Buffer.from('ada:\xff', 'latin1').toString('base64')}`, 401],
    ['Bearer abc', 401],
    [undefined, 401],
  ])('of %s is %i', async (authorization, status) => {
    const headers: Headers = authorization === undefined ? {} : { Authorization: authorization }
    const response = await ask(guard, who, '/', { headers }, false)
    expect(response.status).toBe(status)
    if (status === 401) expect(response.header('WWW-Authenticate')).toBe('Basic realm="staff", charset="UTF-8"')
    else expect(['ada', 'eve']).toContain(response.text)
  })

  it('asks a function, at once or later', async () => {
    for (const users of [(name: string) => name === 'ada', async (name: string) => name === 'ada']) {
      const asked = basicAuth({ users })
      expect((await ask(asked, hello, '/', { headers: { Authorization: header('ada:x') } })).status).toBe(200)
      expect((await ask(asked, hello, '/', { headers: { Authorization: header('eve:x') } }, false)).status).toBe(401)
    }
  })

  it('cannot have users without a password, or a realm that ends its quotes', () => {
    for (const users of [{}, { ada: '' }, { 'a:b': 'x' }]) expect(() => basicAuth({ users })).toThrow('basicAuth: ')
    expect(() => basicAuth({ users: { a: 'b' }, realm: '"' })).toThrow('realm')
  })

  it('reads any name without a colon and any password', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((each) => !/[\x00-\x1f\x7f]/.test(each))
    fc.assert(
      fc.property(
        text.filter((name) => !name.includes(':')),
        text,
        (name, password) => {
          expect(parseBasic(header(`${name}:${password}`))).toEqual({ name, password })
        },
      ),
    )
    fc.assert(
      fc.property(fc.string(), (any) => {
        const parsed = parseBasic(any)
        expect(parsed === undefined || !parsed.name.includes(':')).toBe(true)
      }),
    )
  })
})

describe('timeout', () => {
  const never = () => new Promise<never>(() => undefined)

  it('answers 503 for an application that does not begin, and aborts its signal', async () => {
    let aborted: unknown
    const application: ContractApplication = (environ) => {
      environ['tsgi.signal'].addEventListener('abort', () => {
        aborted = environ['tsgi.signal'].reason
      })
      return never()
    }
    const response = await ask(timeout(20), application, '/', {}, false)
    expect([response.status, response.header('Retry-After'), String(aborted)]).toEqual([
      503,
      '10',
      expect.stringContaining('TimeoutError'),
    ])
  })

  it('lets a response that has begun take its time, and throws a late one away', async () => {
    const begun: ContractApplication = async (_environ, startResponse) => {
      const write = startResponse('200 OK', PLAIN)
      await write('a')
      await new Promise((resolve) => setTimeout(resolve, 60))
      return 'b'
    }
    expect((await ask(timeout(20), begun)).text).toBe('ab')
    let failure: unknown
    const late: ContractApplication = async (_environ, startResponse) => {
      await new Promise((resolve) => setTimeout(resolve, 60))
      try {
        startResponse('200 OK', [])
      } catch (error) {
        failure = error
      }
      return 'late'
    }
    expect((await call(timeout(20)(late), '/')).status).toBe(503)
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(String(failure)).toContain('has been sent already')
  })

  it('still aborts when the client leaves, and makes no signal unless it is read', async () => {
    const controller = new AbortController()
    let signal: AbortSignal | undefined
    const application: ContractApplication = (environ, startResponse) => {
      signal = environ['tsgi.signal']
      startResponse('200 OK', [])
      return ''
    }
    await call(timeout(1000)(application), '/', { 'tsgi.signal': controller.signal })
    controller.abort(new Error('left'))
    expect(signal?.aborted).toBe(true)
  })

  it.each([0, -1, Number.NaN, 2 ** 31])('cannot be %s', (milliseconds) => {
    expect(() => timeout(milliseconds)).toThrow('is no time')
  })
})

describe('methodOverride', () => {
  const routes: readonly RouteEntry[] = [post('/', () => json('POST')), group('', [get('/', () => json('GET'))])]
  const echo: ContractApplication = async (environ, startResponse) => {
    startResponse('200 OK', PLAIN)
    return `${environ.REQUEST_METHOD} ${new TextDecoder().decode(await environ['wsgi.input'].read())}`
  }
  const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

  it.each<[string, string, string, Headers, string]>([
    ['a form', '/', '_method=DELETE&a=1', FORM, 'DELETE _method=DELETE&a=1'],
    ['a form, in lower case', '/', '_method=put', FORM, 'PUT _method=put'],
    ['the query', '/?_method=PATCH', 'a=1', FORM, 'PATCH a=1'],
    [
      'the query of a form with files',
      '/?_method=PUT',
      '--b--',
      { 'Content-Type': 'multipart/form-data; boundary=b' },
      'PUT --b--',
    ],
    ['a method that is not allowed', '/', '_method=GET', FORM, 'POST _method=GET'],
    ['a method of another kind', '/', '_method=CONNECT', FORM, 'POST _method=CONNECT'],
    ['no form', '/?_method=DELETE', '{}', { 'Content-Type': 'application/json' }, 'POST {}'],
    ['no field', '/', 'a=1', FORM, 'POST a=1'],
    ['a form that cannot be read', '/', '&'.repeat(2000), FORM, `POST ${'&'.repeat(2000)}`],
  ])('by %s', async (_, target, body, headers, expected) => {
    expect((await ask(methodOverride(), echo, target, { method: 'POST', body, headers })).text).toBe(expected)
  })

  it('is for POST only', async () => {
    expect((await ask(methodOverride(), echo, '/?_method=DELETE')).text).toBe('GET ')
    const application = new Application(routes, { middleware: [methodOverride()] })
    expect((await request(application).post('/').form({ _method: 'DELETE' })).status).toBe(405)
    expect(() => methodOverride({ methods: ['GET'] })).toThrow('cannot stand in place of POST')
  })
})

describe('trailingSlash', () => {
  it.each<['never' | 'always', string, string | undefined]>([
    ['never', '/', undefined],
    ['never', '/a', undefined],
    ['never', '/a/', '/a'],
    ['never', '/a//?x=/', '/a?x=/'],
    ['never', '//evil.com/', '/evil.com'],
    ['never', '/\\evil.com/', '/evil.com'],
    ['never', '/a%2F/', '/a%2F'],
    ['never', '///', '/'],
    ['always', '/', undefined],
    ['always', '/a', '/a/'],
    ['always', '/a?x', '/a/?x'],
    ['always', '/a.css', undefined],
    ['always', '//evil', '/evil/'],
  ])('%s: %s leads to %s', async (slash, target, location) => {
    const response = await ask(trailingSlash(slash), hello, environFor(target), {}, location === undefined)
    expect([response.status, response.header('Location')]).toEqual(
      location === undefined ? [200, undefined] : [308, location],
    )
  })

  it('never leads to another host', async () => {
    const path = fc
      .array(fc.constantFrom('/', '\\', '%2F', '.', 'a', '@', ':', '?', '%5C'), { maxLength: 12 })
      .map((parts) => `/${parts.join('')}`)
    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom('never' as const, 'always' as const), async (target, slash) => {
        const environ = environFor('/', { REQUEST_URI: target, QUERY_STRING: '' })
        const location = (await call(trailingSlash(slash)(hello), environ)).header('Location')
        if (location !== undefined) expect(new URL(location, 'http://own.example/').host).toBe('own.example')
      }),
    )
    expect(() => trailingSlash('no' as 'never')).toThrow('neither never nor always')
  })
})

describe('httpsRedirect', () => {
  it.each<[Headers, string, number, string | undefined]>([
    [{ Host: 'example.com' }, '/a%2F?x=1', 308, 'https://example.com/a%2F?x=1'],
    [{ Host: 'Example.com:80' }, '/', 308, 'https://example.com/'],
    [{ Host: '[::1]:80' }, '/', 308, 'https://[::1]/'],
    [{ Host: 'a@evil.com' }, '/', 400, undefined],
    [{ Host: 'a/evil.com' }, '/', 400, undefined],
    [{ Host: '' }, '/', 400, undefined],
  ])('of %j %s is %i', async (headers, target, status, location) => {
    const response = await ask(httpsRedirect(), hello, environFor(target, { headers }), {}, false)
    expect([response.status, response.header('Location')]).toEqual([status, location])
  })

  it('lets https pass, and what `except` names; writes a port', async () => {
    const https = environFor('/', { 'wsgi.url_scheme': 'https' })
    expect((await ask(httpsRedirect(), hello, https)).status).toBe(200)
    expect(
      (await ask(httpsRedirect({ except: ({ PATH_INFO }) => PATH_INFO === '/health' }), hello, '/health')).status,
    ).toBe(200)
    const other = await ask(
      httpsRedirect({ port: 8443 }),
      hello,
      environFor('/', { headers: { Host: 'a:8080' } }),
      {},
      false,
    )
    expect(other.header('Location')).toBe('https://a:8443/')
    expect(() => httpsRedirect({ port: 0 })).toThrow('is no port')
  })
})

describe('serverTiming', () => {
  it('says what a response took, and what views have noted', async () => {
    const timings = serverTiming()
    const application = new Application(
      [
        get('/', async (from) => {
          from.get(timings).add('cache', 1.25)
          return json(await from.get(timings).measure('db', async () => 7))
        }),
      ],
      { middleware: [timings] },
    )
    const response = await request(application).get('/')
    expect([response.json(), response.header('Server-Timing')]).toEqual([
      7,
      expect.stringMatching(/^total;dur=[\d.]+, cache;dur=1\.3, db;dur=[\d.]+$/),
    ])
  })

  it('takes tokens only', async () => {
    const timings = serverTiming()
    const application = new Application([get('/', (from) => String(from.get(timings).add('a b', 1)))], {
      middleware: [timings],
    })
    expect((await request(application).get('/')).errors).toContain('is no token')
  })
})

describe('language', () => {
  const locale = language({ supported: ['en', 'de', 'pt-BR'] })
  const application = new Application([get('/', (from) => json(from.get(locale)))], { middleware: [locale] })

  it.each<[string, Headers, string]>([
    ['/', {}, 'en'],
    ['/?lang=de', {}, 'de'],
    ['/?lang=PT-br', {}, 'pt-BR'],
    ['/?lang=xx', { 'Accept-Language': 'de' }, 'de'],
    ['/', { Cookie: 'lang=de', 'Accept-Language': 'pt-BR' }, 'de'],
    ['/', { 'Accept-Language': 'fr, de;q=0.5' }, 'de'],
    ['/', { 'Accept-Language': 'fr' }, 'en'],
    [`/?${'a&'.repeat(2000)}`, {}, 'en'],
    ['/', { Cookie: 'a=1;'.repeat(400) }, 'en'],
  ])('of %s %j is %s', async (target, headers, expected) => {
    const response = await call(validate(application), target, { headers })
    expect([response.text, response.header('Content-Language'), response.header('Vary')]).toEqual([
      JSON.stringify(expected),
      expected,
      'Cookie, Accept-Language',
    ])
  })

  it('has sources and tags that are some', () => {
    expect(() => language({ supported: ['e n'] })).toThrow('is no tag')
    expect(() => language({ supported: ['en'], from: ['path' as 'query'] })).toThrow('no source path')
  })
})

it('each guard is a file below 150 lines that stands alone', async () => {
  const { readdir, readFile } = await import('node:fs/promises')
  const folder = new URL('../../../packages/framework/src/middleware/', import.meta.url)
  for (const name of await readdir(folder)) {
    const lines = (await readFile(new URL(name, folder), 'utf8')).split('\n').length
    if (!['compress.ts', 'conditional-get.ts', 'access-log.ts'].includes(name))
      expect([name, lines < 160]).toEqual([name, true])
  }
})
