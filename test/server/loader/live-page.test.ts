/** Pages that load themselves again, and 404 pages that name routes: only HTML is added to. */
import { type Application, type Body, type HeaderList, validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { describe, expect, it } from 'vitest'
import { livePage, nearestPatterns, openedPolicy } from '../../../packages/server/src/loader/live-page.ts'

const SCRIPT = '<script type="module" src="/-/tsgi-live/script.js"></script>\n'
const HTML: HeaderList = [['Content-Type', 'text/html; charset=utf-8']]

async function ask(body: () => Body | Promise<Body>, headers = HTML, status = '200 OK', path = '/', routes?: unknown) {
  const plain: Application = (_environ, startResponse) => {
    startResponse(status, headers)
    return body()
  }
  const outdated = Promise.resolve()
  return await call(validate(livePage(plain, { version: 'v1', routes, outdated })), path)
}

async function* pieces(closed: { count: number }) {
  try {
    yield 'a'
    yield new Uint8Array([98])
  } finally {
    closed.count++
  }
}

describe('an HTML page', () => {
  it.each<[string, () => Body | Promise<Body>]>([
    ['a string', () => 'ab'],
    ['bytes', () => Buffer.from('ab')],
    ['a promise', async () => 'ab'],
    ['an iterable', () => ['a', 'b']],
    ['a stream', () => pieces({ count: 0 })],
  ])('of %s gets the script at its end', async (_what, body) => {
    const response = await ask(body, [...HTML, ['Content-Length', '2']])
    expect(response.text).toBe(`ab${SCRIPT}`)
  })

  it('has its stream ended and its body closed as before', async () => {
    const closed = { count: 0, calls: 0 }
    const body = Object.assign(pieces(closed), { close: () => void closed.calls++ })
    await ask(() => body)
    expect(closed).toEqual({ count: 1, calls: 1 })
  })

  it('that was not found names the routes nearest to it, and nothing of the client as markup', async () => {
    const routes = ['/notes', '/notes/:id', '/about', '/x'].map((pattern) => ({ pattern, methods: ['GET'] }))
    const { text } = await ask(() => 'sorry', HTML, '404 Not Found', '/notse/%3Cb%3E', routes)
    expect(text).toMatch(/^sorry<section>.*<code>\/notse\/&#60;b&#62;<\/code>/)
    expect(text).toContain('<li><code>GET /notes</code></li>')
    expect(text).not.toContain('<b>')
  })
})

describe('is left as it is:', () => {
  it.each<[string, HeaderList, string]>([
    ['JSON', [['Content-Type', 'application/json']], '200 OK'],
    ['text', [['Content-Type', 'text/plain']], '404 Not Found'],
    ['a page that is compressed', [...HTML, ['Content-Encoding', 'gzip']], '200 OK'],
    ['a part of a page', [...HTML, ['Content-Range', 'bytes 0-1/9']], '206 Partial Content'],
  ])('%s', async (_what, headers, status) => {
    const response = await ask(() => 'ab', headers, status, '/', [{ pattern: '/a' }])
    expect(response.text).toBe('ab')
    expect(response.headers).toEqual(headers)
  })
})

it('streams the version of the code, and ends once there is another', async () => {
  const never = new Promise<void>(() => undefined)
  const outdated = Promise.withResolvers<void>()
  const application = livePage(() => '', { version: 'v7', outdated: Promise.race([outdated.promise, never]) })
  const asked = call(application, '/-/tsgi-live/events')
  outdated.resolve()
  expect((await asked).text).toBe('retry: 250\ndata: v7\n\n')
  expect((await call(application, '/-/tsgi-live/script.js')).text).toContain('location.reload()')
})

it.each([
  ['/users', ['GET /user', 'GET /a', 'POST /b'], 'GET /user'],
  ['/notes/7/x', ['GET /', 'GET /notes/:id', 'GET /about'], 'GET /notes/:id'],
])('%s is nearest to', (path, patterns, first) => {
  expect(nearestPatterns(path, patterns)[0]).toBe(first)
})

it.each([
  [
    "default-src 'none'; style-src 'self'",
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'",
  ],
  ["script-src 'nonce-a'", "script-src 'nonce-a' 'self'"],
  [
    "Default-Src 'self' x.example;",
    "Default-Src 'self' x.example; script-src 'self' x.example; connect-src 'self' x.example",
  ],
  ["img-src 'none'", "img-src 'none'"],
  ["script-src 'NONE', default-src a", "script-src 'self',default-src a; script-src a 'self'; connect-src a 'self'"],
  ['', ''],
])('the policy %s lets the script of the page run', (policy, opened) => {
  expect(openedPolicy(policy)).toBe(opened)
})
