/** `Allow`, 405 and OPTIONS of routes, beside entries that take every method. */
import type { Application as ContractApplication } from '@tsgi/contract'
import {
  Application,
  cascade,
  get,
  group,
  host,
  json,
  mount,
  post,
  put,
  type RouteEntry,
  staticFiles,
} from '@tsgi/framework'
import { request } from '@tsgi/framework/testing'
import { describe, expect, it } from 'vitest'

const api = [get('/api/items', () => json([])), post('/api/items', () => json({}, 201))]
const files = staticFiles(import.meta.dirname, { fallback: 'router.test.ts' })
const inner = new Application([get('/y', () => 'inner'), put('/z', () => 'put')])
const callable: ContractApplication = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return `callable ${environ.REQUEST_METHOD}`
}

const BESIDE: readonly (readonly [string, readonly RouteEntry[]])[] = [
  ['a mount of files', [...api, mount('', files)]],
  ['a mounted application', [...api, mount('', inner)]],
  ['a mount below the same prefix', [...api, mount('/api', callable)]],
  ['a callable', [...api, ['/*rest', callable]]],
  ['a callable in a group', [...api, group('/api', [['/*rest', callable]])]],
  ['a host', [...api, host('localhost', [mount('', callable)])]],
  ['all in a host', [host('localhost', [...api, mount('', callable)]), mount('', inner)]],
  ['several', [...api, ['/api/*rest', callable], mount('', files)]],
]

describe.each(BESIDE)('beside %s', (_, entries) => {
  const application = new Application(entries)
  it('the table responds to what its routes do not take', async () => {
    const allow = 'GET, HEAD, POST, OPTIONS'
    const options = await request(application).options('/api/items')
    expect([options.status, options.header('Allow')]).toEqual([204, allow])
    for (const method of ['PUT', 'DELETE', 'BREW']) {
      const refused = await request(application).method(method, '/api/items')
      expect([refused.status, refused.header('Allow')]).toEqual([405, allow])
    }
    expect((await request(application).post('/api/items')).status).toBe(201)
    expect((await request(application).get('/api/items')).text).toBe('[]')
  })
})

it('a page of a site is served where a route takes the POST of its form', async () => {
  const application = new Application([post('/login', () => 'signed in'), mount('', files)])
  expect((await request(application).get('/login')).text).toContain('describe(')
  expect((await request(application).head('/login')).status).toBe(200)
  const refused = await request(application).put('/login')
  expect([refused.status, refused.header('Allow')]).toEqual([405, 'POST, GET, HEAD, OPTIONS'])
})

it('paths that no route has are wholly those of the other entry', async () => {
  const application = new Application([...api, mount('', inner)])
  expect((await request(application).put('/z')).text).toBe('put')
  expect((await request(application).options('/y')).header('Allow')).toBe('GET, HEAD, OPTIONS')
  const before = new Application([mount('/api', callable), get('/:a/:b', () => '')])
  expect((await request(before).method('BREW', '/api/items')).text).toBe('callable BREW')
})

it('a cascade is of whole applications: the first that has the path responds', async () => {
  for (const both of [cascade(new Application(api), files), cascade(inner, new Application(api))])
    expect((await request(both).put('/api/items')).header('Allow')).toBe('GET, HEAD, POST, OPTIONS')
})
