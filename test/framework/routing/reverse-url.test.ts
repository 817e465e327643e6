import { validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { Application, get, host, mount, path, Request, text } from '@tsgi/framework'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalPath } from '../../../packages/framework/src/http/canonical-path.ts'
import { readPattern } from '../../../packages/framework/src/routing/path-pattern.ts'
import { ReverseUrls } from '../../../packages/framework/src/routing/reverse-url.ts'
import { RouteIndex } from '../../../packages/framework/src/routing/route-index.ts'

const application = new Application([
  get('/search', { name: 'search' }, () => ''),
  get('/毕业/:id', { name: 'graduation' }, () => ''),
  get('/one/:a', { name: 'one' }, () => ''),
  get('/any/*path', { name: 'any' }, () => ''),
])

function urlOf(pattern: string, params: Readonly<Record<string, unknown>>): string {
  return new ReverseUrls(new Map([['it', { pattern: readPattern(pattern), params: undefined }]])).urlFor('it', params)
}

describe('urlFor', () => {
  it('percent-encodes parameters and pattern, so that a slash stays in its segment', () => {
    expect(application.urlFor('graduation', { id: 'a/b?c#d é%' })).toBe('/%E6%AF%95%E4%B8%9A/a%2Fb%3Fc%23d%20%C3%A9%25')
  })

  it('appends a query as a form', () => {
    const query = { q: 'a b&c', tag: ['x', 'y'], page: 2, none: undefined }
    expect(application.urlFor('search', {}, { query })).toBe('/search?q=a+b%26c&tag=x&tag=y&page=2')
    expect(application.urlFor('search', {}, { query: new URLSearchParams('a=1') })).toBe('/search?a=1')
    expect(application.urlFor('search', {}, { query: {} })).toBe('/search')
  })

  it('puts SCRIPT_NAME before the path, for the request it is given', () => {
    const environ = { ...environFor('/'), SCRIPT_NAME: '/tenant é' }
    expect(application.urlFor('one', { a: 1 }, { environ })).toBe('/tenant%20%C3%A9/one/1')
  })

  it.each(['.', '..', '%2e', ''])(
    'refuses %j as a segment where a client would resolve it away (RFC 3986 §5.2.4)',
    (a) => {
      if (a === '%2e') expect(application.urlFor('one', { a })).toBe('/one/%252e')
      else expect(() => application.urlFor('one', { a })).toThrow(/route "one"/)
    },
  )

  it('refuses a path that would name another host (RFC 3986 §4.2)', () => {
    expect(() => urlOf('/*rest', { rest: ['', 'evil.example'] })).toThrow('would name another host')
  })

  it.each([true, {}, [1], () => ''])('refuses %j as a parameter', (a) => {
    expect(() => urlOf('/x/:a', { a })).toThrow(TypeError)
  })

  it('reads own properties only', () => {
    expect(() => urlOf('/x/:constructor', {})).toThrow('Missing parameters: constructor')
  })

  it('is the inverse of matching, for any text', () => {
    const parameter = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => text.isWellFormed() && !/^\.{1,2}$|\0/.test(text))
    const pattern = readPattern('/a/:one/b/*many')
    const [alternative = []] = pattern.alternatives
    const rules = { caseSensitive: true, trailingSlash: 'strict' } as const
    const index = new RouteIndex([{ alternative, order: 0, mount: false, value: 'it' }], rules)
    fc.assert(
      fc.property(parameter, fc.array(parameter, { minLength: 1, maxLength: 4 }), (one, many) => {
        const url = urlOf(pattern.source, { one, many })
        expect(url).toMatch(/^[\x21-\x7e]+$/)
        expect({ ...index.find(canonicalPath(url) ?? '')?.params }).toEqual({ one, many })
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['/v/:from-:to', { from: 'a-b', to: 'c' }],
    ['/d/:name.:ext', { name: 'a.b', ext: 'txt' }],
    ['/m/*a/x/*b', { a: ['p', 'x', 'q'], b: ['r'] }],
    ['/o{/:a}{/:b}', { b: 'x' }],
    ['/o/:a{-:b}', { a: 'x-y' }],
  ])('refuses what %s would read as other parameters', (pattern, params) => {
    expect(() => urlOf(pattern, params)).toThrow(/would be read as \{.*a value may not hold the text that ends it/)
  })

  it('is refused or the inverse of matching, in whatever pattern', async () => {
    const value = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', '/', '%', 'é'), minLength: 1, maxLength: 4 })
    const patterns = ['/:a-:b', '/:a.:b', '/x-:a{-:b}', '/{:a/}:b', '/:a{.:b}.txt', '/:a/x{/:b}', '/v:a-:b/c']
    fc.assert(
      fc.property(fc.constantFrom(...patterns), value, fc.option(value, { nil: undefined }), (pattern, a, b) => {
        const read = readPattern(pattern)
        const entries = read.alternatives.map((alternative, order) => ({ alternative, order, mount: false, value: '' }))
        const index = new RouteIndex(entries, { caseSensitive: true, trailingSlash: 'strict' })
        let url: string
        try {
          url = urlOf(pattern, { a, b })
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          return
        }
        const given = Object.entries({ a, b }).filter(([, text]) => text !== undefined)
        expect({ ...index.find(canonicalPath(url) ?? '')?.params }).toEqual(Object.fromEntries(given))
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['a NUL', { a: '\0' }, 'the parameter a holds a NUL'],
    ['a NUL further on', { a: 'x\0y' }, 'the parameter a holds a NUL'],
    ['NaN', { a: Number.NaN }, 'the parameter a is NaN'],
    ['infinity', { a: Number.POSITIVE_INFINITY }, 'the parameter a is Infinity'],
    ['null', { a: null }, 'Missing parameters: a'],
  ])('refuses %s as a parameter', (_, params, message) => {
    expect(() => urlOf('/x/:a', params)).toThrow(message)
  })

  it('refuses in a query what would be sent as the name of nothing', () => {
    const query = (value: unknown) => ({ query: { a: value as string } })
    for (const value of [null, Number.NaN, {}, [null], () => ''])
      expect(() => application.urlFor('search', {}, query(value))).toThrow(/^the query's a is /)
    expect(application.urlFor('search', {}, query([1, true, 'x']))).toBe('/search?a=1&a=true&a=x')
  })

  it('is absolute with an origin, at the host of its route', () => {
    const hosts = new Application([
      get('/here', { name: 'here' }, () => ''),
      host('api.example.com', [get('/status', { name: 'status' }, () => '')]),
      host('*.example.net', [get('/shop', { name: 'shop' }, () => '')]),
    ])
    const origin = 'https://example.org:8443'
    expect(hosts.urlFor('here', {}, { origin, query: { a: 1 } })).toBe('https://example.org:8443/here?a=1')
    expect(hosts.urlFor('status', {}, { origin })).toBe('https://api.example.com:8443/status')
    expect(hosts.urlFor('shop', {}, { origin })).toBe('https://example.org:8443/shop')
    expect(path('/a/:b')({ b: 1 }, { origin: 'http://a.test/x?y#z' })).toBe('http://a.test/a/1')
    for (const bad of ['example.org', '', 'data:,x', '//example.org'])
      expect(() => hosts.urlFor('here', {}, { origin: bad })).toThrow('urlFor: the origin is')
  })
})

describe('request.urlFor', () => {
  const inner = new Application([get('/:id', { name: 'it' }, (request) => text(request.urlFor('it', { id: 'a b' })))])
  const outer = new Application(
    [
      get('/', { name: 'home' }, (request) => text(request.urlFor('home', {}, { query: { q: 1 } }))),
      mount('/in', inner),
      mount('/broken', () => {
        throw new Error('broken')
      }),
    ],
    { onError: (_, request) => text(request.urlFor('home')) },
  )

  it('writes a URL of its own application, wherever that is mounted', async () => {
    expect((await call(validate(outer), '/')).text).toBe('/?q=1')
    expect((await call(validate(outer), '/in/7')).text).toBe('/in/a%20b')
    expect((await call(validate(new Application([mount('/site', outer)])), '/site/in/7')).text).toBe('/site/in/a%20b')
  })

  it('is that of the application that answers an error, also of what is mounted', async () => {
    expect((await call(validate(outer), '/broken/x')).text).toBe('/')
    expect((await call(validate(outer), '/nowhere')).text).toBe('/')
  })

  it('knows no names but those of the list, and needs one', () => {
    expect(() => new Request(environFor('/'), {}, 0).urlFor('it')).toThrow('no application has this request')
  })
})

describe('path', () => {
  const note = path('/notes/:id{/:tab}')

  it('has the pattern of a route and makes its URLs, typed, without an application', async () => {
    expect(note({ id: 7 })).toBe('/notes/7')
    expect(note({ id: 'a b', tab: 'x' }, { query: { page: 2 } })).toBe('/notes/a%20b/x?page=2')
    expect(path('/notes')()).toBe('/notes')
    expect(path('/files/*path')({ path: ['a', 'b/c'] })).toBe('/files/a/b%2Fc')
    const mounted = new Application([
      get(note.pattern, ({ params, environ }) => text(note({ id: params.id }, { environ }))),
    ])
    expect((await call(validate(new Application([mount('/a', mounted)])), '/a/notes/7')).text).toBe('/a/notes/7')
  })

  it('takes what the pattern has, and nothing else', () => {
    // @ts-expect-error the id is missing
    expect(() => note()).toThrow('route "/notes/:id{/:tab}"')
    // @ts-expect-error the id is missing
    expect(() => note({ tab: 'x' })).toThrow('Missing parameters: id')
    // @ts-expect-error there is no such parameter
    note({ id: 1, name: 'x' })
    expect(() => note({ id: '..' })).toThrow('cannot be segments')
    expect(() => path('/:')).toThrow('bad pattern "/:"')
  })
})
