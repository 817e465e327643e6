/** `agent(application)`: cookies are kept and sent as a browser does (RFC 6265bis). */
import type { Application, HeaderList } from '@tsgi/contract'
import { agent } from '@tsgi/framework/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'

/** Sets the cookies that the header X-Set names, and answers with those that came. */
const site: Application = (environ, startResponse) => {
  const set = (environ.HTTP_X_SET ?? '').split('|').filter((cookie) => cookie !== '')
  const headers: HeaderList = set.map((cookie) => ['Set-Cookie', cookie])
  startResponse(environ.PATH_INFO === '/login' ? '303 See Other' : '200 OK', [
    ['Content-Type', 'text/plain'],
    ['Location', '/home'],
    ...headers,
  ])
  return environ.HTTP_COOKIE ?? 'none'
}

afterEach(() => void vi.useRealTimers())

it('keeps what it is given and sends it, over a redirect too', async () => {
  const client = agent(site)
  expect((await client.get('/')).text).toBe('none')
  const home = await client
    .post('/login')
    .header('X-Set', 'session=a%20b; HttpOnly; Path=/')
    .form({ name: 'Ada' })
    .follow()
  expect(home.text).toBe('session=a%20b')
  expect(client.cookies.get('session')).toBe('a%20b')
  client.cookies.clear()
  expect((await client.get('/')).text).toBe('none')
})

it('keeps nothing for another agent', async () => {
  await agent(site).get('/').header('X-Set', 'a=1')
  expect((await agent(site).get('/')).text).toBe('none')
})

it('sends a cookie of the request in the place of the one it kept', async () => {
  const client = agent(site)
  await client.get('/').header('X-Set', 'a=1|b=2')
  expect((await client.get('/').cookie('a', 'mine')).text).toBe('a=mine; b=2')
})

describe('a cookie', () => {
  it.each([
    ['Path=/a', '/a', true],
    ['Path=/a', '/a/b', true],
    ['Path=/a', '/ab', false],
    ['Path=/a/', '/a', false],
    ['Path=/a/', '/a/b', true],
    ['Path=a', '/x/z', true],
    ['', '/x/z', true],
    ['', '/z', false],
    ['Domain=example.org; Path=/', '/', true],
    ['Domain=.EXAMPLE.org; Path=/', '/', true],
    ['Domain=other.org; Path=/', '/', false],
    ['Domain=ample.org; Path=/', '/', false],
    ['Secure; Path=/', '/', false],
  ])('with %j, set at /x/y, is sent to %s: %s', async (attributes, target, sent) => {
    const client = agent(site, { origin: 'http://www.example.org' })
    await client.get('/x/y').header('X-Set', `a=1; ${attributes}`)
    expect((await client.get(target)).text).toBe(sent ? 'a=1' : 'none')
  })

  it.each(['https://example.org', 'http://localhost:3000', 'http://app.localhost', 'http://127.0.0.1'])(
    'that is secure is kept at %s',
    async (origin) => {
      const client = agent(site, { origin })
      await client.get('/').header('X-Set', 'a=1; Secure')
      expect((await client.get('/')).text).toBe('a=1')
    },
  )

  it.each([
    'Max-Age=0',
    'Max-Age=-1',
    'Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    'Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT',
  ])('is forgotten with %s', async (attributes) => {
    const client = agent(site)
    await client.get('/').header('X-Set', 'a=1')
    await client.get('/').header('X-Set', `a=1; ${attributes}`)
    expect((await client.get('/')).text).toBe('none')
  })

  it('expires by itself', async () => {
    vi.useFakeTimers({ now: 1_000_000_000_000, toFake: ['Date'] })
    const client = agent(site)
    await client.get('/').header('X-Set', 'a=1; Max-Age=60')
    vi.setSystemTime(1_000_000_059_000)
    expect(client.cookies.get('a')).toBe('1')
    vi.setSystemTime(1_000_000_060_000)
    expect(client.cookies.get('a')).toBeUndefined()
    expect((await client.get('/')).text).toBe('none')
  })

  it('with the longer path is sent first (RFC 6265bis §5.8.3)', async () => {
    const client = agent(site)
    await client.get('/').header('X-Set', 'a=1; Path=/|a=2; Path=/deep')
    expect((await client.get('/deep/er')).text).toBe('a=2; a=1')
  })
})
