/**
 * The examples answer as on their home server: status, headers and body of every request in a table, beside gunicorn's,
 * octet for octet. What differs is listed here, and argued in docs/python.md.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, type RawAnswer, type Running, startGunicorn, startTsgi } from './compared-servers.ts'
import { findPython, skipReason } from './python-server.ts'
import { type Case, get, post, postChunks, shown, withMethod } from './raw-requests.ts'

const EXAMPLES = new URL('../../../examples', import.meta.url).pathname

const big = 'b'.repeat(200_000)

/** The same for the three hello applications: they have the same pages. */
const CASES: readonly Case[] = [
  get('/'),
  get('/?a=1'),
  get('/hello/World'),
  get('/hello/caf%C3%A9'),
  get('/hello/%E4%B8%AD%E6%96%87'),
  get('/hello/%FF'),
  get('/hello/a%20b'),
  get('/hello/a+b'),
  get('/hello/a;b=c'),
  get('/hello/a%2Fb'),
  get('/hello/%2e%2e'),
  get('/hello/x?a=1&b=2&a=3'),
  get('/hello/x?q=%E4%B8%AD'),
  get('/hello/x?q=%zz'),
  get('/hello/x?'),
  get('/hello/x??'),
  get('/hello/x?a=b?c'),
  get('//hello/x'),
  get('/hello//x'),
  get('/hello/'),
  get('/hello'),
  get('/nowhere'),
  get('/nowhere', 'Accept: application/json'),
  get('/old'),
  get('/old', 'Cookie: a=1; b=2'),
  get('/stream'),
  get('/', 'If-None-Match: *'),
  get('/', 'Range: bytes=0-1'),
  get('/', 'Accept-Encoding: gzip'),
  get('/', 'X-Tag: a', 'X-Tag: b'),
  get('/', 'X-Tag: \xe9\xff'),
  get('/', `X-Long: ${'x'.repeat(4000)}`),
  get('http://localhost/hello/absolute'),
  withMethod('HEAD', '/'),
  withMethod('HEAD', '/hello/World'),
  withMethod('HEAD', '/nowhere'),
  withMethod('HEAD', '/old'),
  withMethod('OPTIONS', '/'),
  withMethod('OPTIONS', '/echo'),
  withMethod('DELETE', '/'),
  withMethod('DELETE', '/nowhere'),
  withMethod('PROPFIND', '/hello/x'),
  get('/echo'),
  post('/echo', 'text/plain', 'abc'),
  post('/echo', 'text/plain', ''),
  post('/echo', 'application/json', '{"a": [1, 2]}'),
  post('/echo', 'application/x-www-form-urlencoded', 'a=1&b=%C3%A9'),
  post('/echo', 'application/octet-stream', '\x00\x01\xfe\xff\r\n'),
  post('/echo', 'text/plain', big),
  post('/', 'text/plain', 'not taken'),
  post('/', 'text/plain', big, 'PUT'),
  postChunks('/echo', 'one', ' and ', 'two'),
  { title: 'GET / HTTP/1.0', request: 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' },
  { title: 'GET /stream HTTP/1.0', request: 'GET /stream HTTP/1.0\r\nHost: localhost\r\n\r\n' },
  get('/fails'),
]

type Difference = (ours: RawAnswer, theirs: RawAnswer) => void

/** A page that the framework leaves to the server is in the server's words. */
const serverPage: Difference = (ours, theirs) => {
  expect(ours.status).toBe(theirs.status)
  expect(ours.body).toBe('Internal Server Error\n')
}

/** gunicorn sends what Django made for HEAD; there must be no content (RFC 9110 §9.3.2). */
const noContentForHead: Difference = (ours, theirs) => {
  expect(shown(ours)).toEqual({ ...shown(theirs), body: '' })
}

/** Django reads no more than CONTENT_LENGTH says, which gunicorn does not know of a body in chunks. */
const wholeUpload: Difference = (ours, theirs) => {
  expect([theirs.status, theirs.body]).toEqual(['200 OK', ''])
  expect([ours.status, ours.body]).toEqual(['200 OK', 'one and two'])
}

/** Where ours is not gunicorn's answer, and what it is instead; argued in docs/python.md. */
const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, Difference>>>> = {
  flask: {},
  django: {
    'HEAD / ': noContentForHead,
    'HEAD /hello/World ': noContentForHead,
    'HEAD /nowhere ': noContentForHead,
    'POST /echo in 3 chunks': wholeUpload,
  },
  pyramid: { 'GET /fails ': serverPage, 'GET /hello/%FF ': serverPage },
}

describe.each([
  ['flask', 'flaskapp:app'],
  ['django', 'djangoapp:application'],
  ['pyramid', 'pyramidapp:application'],
])('%s beside gunicorn', (framework, spec) => {
  const python = findPython(framework, 'gunicorn')
  const reason = skipReason(framework, 'gunicorn')
  if (python === undefined) console.warn(reason)

  describe.skipIf(python === undefined)(
    `answers ${CASES.length} requests alike${python === undefined ? ` — ${reason}` : ''}`,
    () => {
      let ours: Running
      let theirs: Running

      beforeAll(async () => {
        const guest = { spec, chdir: `${EXAMPLES}/${framework}`, python: python ?? '', env: { PYTHONHASHSEED: '0' } }
        ;[ours, theirs] = await Promise.all([startTsgi(guest), startGunicorn(guest)])
      })

      afterAll(async () => {
        await Promise.all([ours?.stop(), theirs?.stop()])
      })

      it.each(CASES)('$title', async ({ title, request }) => {
        const [our, their] = await Promise.all([ask(ours.port, request), ask(theirs.port, request)])
        const difference = DIFFERENCES[framework]?.[title]
        if (difference === undefined) expect(shown(our)).toEqual(shown(their))
        else difference(our, their)
      })
    },
  )
})
