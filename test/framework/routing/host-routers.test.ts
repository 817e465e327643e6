import { type Application as ContractApplication, validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { Application, get, group, host, json, post, type RouteEntry, text } from '@tsgi/framework'
import { describe, expect, it } from 'vitest'

function ask(entries: readonly RouteEntry[], hostName: string, target = '/', method = 'GET') {
  return call(validate(new Application(entries)), target, { method, headers: { host: hostName } })
}

const entries = [
  get('/health', () => text('any')),
  host('api.example.com', [get('/', () => text('api')), post('/users', () => text('made'))]),
  host('*.example.com', [get('/', ({ url }) => text(`tenant ${url.hostname.split('.')[0]}`))]),
  host('[::1]', [get('/', () => text('loopback'))]),
  get('/', () => text('other')),
]

it.each([
  ['münchen.de', 'xn--mnchen-3ya.de'],
  ['*.münchen.de', 'shop.xn--mnchen-3ya.de'],
  ['日本.example', 'xn--wgv71a.example'],
  ['MÜNCHEN.de', 'xn--mnchen-3ya.de'],
])('%s is asked for as %s (RFC 5891)', async (name, asked) => {
  const application = new Application([host(name, [get('/', () => 'here')])])
  expect((await call(application, '/', { headers: { host: asked } })).text).toBe('here')
  expect((await call(application, '/', { headers: { host: 'munchen.de' } })).status).toBe(404)
})

it.each([
  'mün chen.de',
  'münchen.de:80',
  'http://münchen.de',
  'münchen.de/',
  'u@münchen.de',
  '*.*.münchen.de',
  'ü..de',
])('%s is no host', (name) => {
  expect(() => new Application([host(name, [get('/', () => '')])])).toThrow('a host is a name in lower case')
})

describe('host()', () => {
  it.each([
    ['api.example.com', 'api'],
    ['API.Example.COM', 'api'],
    ['api.example.com:8080', 'api'],
    ['api.example.com.', 'api'],
    ['shop.example.com', 'tenant shop'],
    ['example.com', 'other'],
    ['a.b.example.com', 'other'],
    ['api.example.com.evil.test', 'other'],
    ['xapi.example.org', 'other'],
    ['[::1]:80', 'loopback'],
    ['localhost', 'other'],
  ])('asked at %s answers %j', async (name, expected) => {
    expect((await ask(entries, name)).text).toBe(expected)
  })

  it('leaves entries outside of it to every host, by their place in the list', async () => {
    for (const name of ['api.example.com', 'shop.example.com', 'x.test']) {
      expect((await ask(entries, name, '/health')).text).toBe('any')
    }
  })

  it('keeps the methods of other hosts to itself', async () => {
    expect((await ask(entries, 'api.example.com', '/users')).status).toBe(405)
    expect((await ask(entries, 'x.test', '/users')).status).toBe(404)
    const response = await ask(entries, 'api.example.com', '*', 'OPTIONS')
    expect(response.header('allow')).toBe('GET, HEAD, POST, OPTIONS')
    expect((await ask(entries, 'x.test', '*', 'OPTIONS')).header('allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('takes the name of the server where the request has none (HTTP/1.0)', async () => {
    const application = validate(new Application([host('localhost', [get('/', () => 'here')])]))
    expect((await call(application, '/')).text).toBe('here')
  })

  it('takes an application in place of a list, which sees the path as it was', async () => {
    const echo: ContractApplication = (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'application/json']])
      return JSON.stringify([environ.SCRIPT_NAME, environ.PATH_INFO])
    }
    expect((await ask([host('a.test', echo)], 'a.test', '/x/y')).json()).toEqual(['', '/x/y'])
    expect((await ask([host('a.test', echo)], 'b.test', '/x/y')).status).toBe(404)
  })

  it('may stand in a group, and have names', async () => {
    const application = new Application([
      group('/v1', [host('a.test', [get('/u/:id', { name: 'u' }, ({ params }) => json(params))])]),
    ])
    expect(application.urlFor('u', { id: 1 })).toBe('/v1/u/1')
    expect((await call(validate(application), '/v1/u/1', { headers: { host: 'a.test' } })).json()).toEqual({ id: '1' })
    expect(application.routes).toMatchObject([{ place: 'routes[0][0][0]', host: 'a.test', pattern: '/v1/u/:id' }])
  })

  it.each<[string, RouteEntry[], string]>([
    ['a port', [host('a.test:80', [])], 'routes[0]: the host "a.test:80": a host is a name'],
    ['capitals', [host('A.test', [])], 'a host is a name in lower case'],
    ['a scheme', [host('http://a.test', [])], 'a host is a name'],
    ['a star inside', [host('a.*.test', [])], 'a host is a name'],
    [
      'a host inside',
      [host('a.test', [host('b.test', [])])],
      'routes[0][0]: the host "b.test": it stands inside of a.test',
    ],
  ])('with %s is named when the application is made', (_, list, message) => {
    expect(() => new Application(list)).toThrow(message)
  })

  it('is part of what hides a route, and of what does not', () => {
    expect(() => new Application([host('a.test', [get('/:x', () => '')]), get('/y', () => '')])).not.toThrow()
    expect(
      () => new Application([host('a.test', [get('/', () => '')]), host('b.test', [get('/', () => '')])]),
    ).not.toThrow()
    expect(() => new Application([get('/:x', () => ''), host('a.test', [get('/y', () => '')])])).toThrow(
      'routes[1][0] (GET "/y" at a.test) is never reached: routes[0] (GET "/:x") matches first',
    )
    expect(
      () => new Application([host('*.a.test', [get('/', () => '')]), host('b.a.test', [get('/', () => '')])]),
    ).toThrow('repeats')
  })
})
