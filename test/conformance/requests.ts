/**
 * One table of requests with what must come back, whatever server is in between. `bareRequests` are for
 * bare-application.ts, `breachRequests` for those of its ways that break the contract, `frameworkRequests` for
 * framework-application.ts.
 */
import type { ConformanceRequest, ExpectedAnswer } from './answer.ts'

const plainType = { 'content-type': 'text/plain; charset=utf-8' }

function ok(body: string, length: string | undefined): ExpectedAnswer {
  return { status: 200, reason: 'OK', headers: { ...plainType, 'content-length': length }, body }
}

function get(target: string, expected: ExpectedAnswer): ConformanceRequest {
  return { name: `GET ${target}`, target, expected }
}

function head(target: string, expected: ExpectedAnswer): ConformanceRequest {
  return { name: `HEAD ${target}`, method: 'HEAD', target, expected: { ...expected, body: '' } }
}

const failed: ExpectedAnswer = {
  status: 500,
  reason: 'Internal Server Error',
  headers: { ...plainType, 'content-length': '22', 'x-secret': undefined, 'set-cookie': undefined },
  body: 'Internal Server Error\n',
}

const echoed = (name: string, body: string | readonly string[]): ConformanceRequest => {
  const whole = typeof body === 'string' ? body : body.join('')
  return { name, method: 'POST', target: '/echo', body, expected: ok(whole, String(Buffer.byteLength(whole))) }
}

export const bareRequests: readonly ConformanceRequest[] = [
  // The kinds of a body
  get('/string', ok('one ñ two', '10')),
  get('/octets', ok('ok', '2')),
  get('/list', ok('abç', '4')),
  get('/generator', ok('añ', undefined)),
  get('/async-generator', ok('ab', undefined)),
  get('/stream', ok('st', undefined)),
  get('/file', ok('file', '4')),
  get('/large', ok('x'.repeat(300_000), '300000')),
  get('/large-list', ok('y'.repeat(300_000), '300000')),
  get('/large-generator', ok('z'.repeat(300_000), undefined)),
  get('/empty-string', ok('', '0')),
  get('/empty-list', ok('', '0')),
  get('/empty-generator', ok('', '0')),
  get('/empty-chunks', ok('', '0')),
  // The ways to begin
  get('/promise', ok('later', '5')),
  get('/late-start', { status: 202, reason: 'Accepted', body: 'started late' }),
  get('/write', ok('written and returned', undefined)),
  get('/restart', { status: 503, headers: { 'x-first': undefined }, body: 'second' }),
  get('/declared', ok('abc', '3')),
  get('/hints', ok('hinted', '6')),
  get('/after', ok('afterwards', '10')),
  get('/signal', ok('false', '5')),
  // The head
  get('/reason', { status: 299, reason: 'Perfectly f\xefne', body: 'r' }),
  get('/no-reason', { status: 200, reason: '', body: 'r' }),
  get('/headers', {
    status: 200,
    headers: {
      'x-empty': '',
      'x-latin': 'caf\xe9',
      'x-lower': '1',
      'x-twice': 'a, b',
      'set-cookie': ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT'],
      'content-length': '2',
    },
    body: 'ü',
  }),
  get('/no-type', { status: 200, headers: { 'content-type': undefined }, body: '' }),
  get('/204', { status: 204, headers: { 'content-length': undefined, 'content-type': undefined }, body: '' }),
  get('/205', { status: 205, headers: { 'content-length': '0' }, body: '' }),
  get('/304', { status: 304, headers: { etag: '"x"', 'content-length': undefined }, body: '' }),
  get('/404', { status: 404, reason: 'Not Found', body: 'no such thing' }),
  // HEAD (RFC 9110 §9.3.2)
  head('/string', ok('', '10')),
  head('/list', ok('', '4')),
  head('/generator', ok('', undefined)),
  head('/async-generator', ok('', undefined)),
  head('/file', ok('', '4')),
  head('/empty-string', ok('', undefined)),
  head('/declared', ok('', '3')),
  head('/write', ok('', undefined)),
  head('/204', { status: 204, headers: { 'content-length': undefined } }),
  head('/404', { status: 404, headers: { 'content-length': '13' } }),
  head('/throw', { ...failed }),
  // Request bodies
  echoed('POST with a length', 'hello ñ'),
  echoed('POST with no octets', ''),
  echoed('POST of a large body', 'b'.repeat(200_000)),
  echoed('POST in chunks', ['one ', 'two ', 'ñ']),
  echoed('POST with an empty chunked body', []),
  {
    name: 'POST read by lines',
    method: 'POST',
    target: '/lines',
    body: ['on', 'e\ntw', 'o\n\nend'],
    expected: ok('4;4;1;3;', undefined),
  },
  { name: 'PUT read by iteration', method: 'PUT', target: '/iterate', body: ['12', '345'], expected: ok('5', '1') },
  { name: 'POST read in part', method: 'POST', target: '/read-some', body: '0123456789', expected: ok('0123', '4') },
  {
    name: 'POST left unread',
    method: 'POST',
    target: '/unread',
    body: 'x'.repeat(1000),
    expected: ok('did not look', '12'),
  },
  { name: 'GET with a body', target: '/echo', body: 'asked', onWireOnly: true, expected: ok('asked', '5') },
  { name: 'DELETE with a body', method: 'DELETE', target: '/echo', body: 'gone', expected: ok('gone', '4') },
  get('/echo', ok('', '0')),
  // What the application is given
  environ('GET', '/a/b?c=d&e', { PATH_INFO: '/a/b', QUERY_STRING: 'c=d&e', REQUEST_URI: '/a/b?c=d&e' }),
  environ('GET', '/caf%C3%A9/%E4%BD%A0', { PATH_INFO: '/café/你', REQUEST_URI: '/caf%C3%A9/%E4%BD%A0' }),
  environ('GET', '/a%2Fb%20c+d;e', { PATH_INFO: '/a/b c+d;e' }),
  environ('GET', '/%ff%fe', { PATH_INFO: '/\ufffd\ufffd' }),
  environ('GET', '/double%2541', { PATH_INFO: '/double%41' }),
  environ('GET', '/empty-query?', { PATH_INFO: '/empty-query', QUERY_STRING: '', REQUEST_URI: '/empty-query?' }),
  environ('GET', '/two?marks?here', { QUERY_STRING: 'marks?here' }),
  environ('GET', '//double//slash', { PATH_INFO: '//double//slash' }),
  environ('QUERY', '/odd-method', { REQUEST_METHOD: 'QUERY' }),
  environ('PATCH', '/patch', { REQUEST_METHOD: 'PATCH' }),
  environ('GET', '/headers-in', { HTTP_X_Y: 'a, b', HTTP_COOKIE: 'c=1; d=2', CONTENT_TYPE: 'a/b' }, [
    ['X-Y', 'a'],
    ['Cookie', 'c=1'],
    ['X-y', 'b'],
    ['cookie', 'd=2'],
    ['X_Y', 'dropped'],
    ['Proxy', 'dropped'],
    ['Content-Type', 'a/b'],
  ]),
  environ('GET', '/latin-in', { HTTP_X: 'caf\xe9' }, [['X', 'caf\xe9']]),
  wire(environ('GET', '/a/../b/./c', { PATH_INFO: '/a/../b/./c' })),
  wire(environ('GET', '/%2e%2e/up', { PATH_INFO: '/../up' })),
  wire(
    environ('GET', 'http://other.test:81/abs?q', {
      PATH_INFO: '/abs',
      QUERY_STRING: 'q',
      HTTP_HOST: 'other.test:81',
      'wsgi.url_scheme': 'http',
    }),
  ),
  wire(environ('GET', 'http://other.test', { PATH_INFO: '/', HTTP_HOST: 'other.test' })),
  wire(environ('OPTIONS', '*', { PATH_INFO: '*' })),
  wire({ name: 'GET * ', target: '*', expected: { status: 400 } }),
  { ...get('/%zz', { status: 400, body: 'Bad Request\n' }), kitRefuses: true },
  { ...get('/%00', { status: 400, body: 'Bad Request\n' }), kitRefuses: true },
  // Failures
  get('/throw', failed),
  get('/reject', failed),
  get('/throw-started', failed),
  get('/throw-in-generator', failed),
  get('/throw-after-head', { status: 200, body: 'begun', complete: false }),
  get('/throw-after-declared', { status: 200, body: 'begun', complete: false }),
  get('/input-error', { status: 413, headers: plainType, body: 'Content Too Large\n' }),
  get('/status-error', failed),
]

export const breachRequests: readonly ConformanceRequest[] = [
  'hop-by-hop',
  'crlf',
  'nul',
  'beyond-latin-1',
  'name',
  'status',
  'interim',
  'twice',
  'no-start',
  'no-body',
  'chunk',
  'short',
].map((way) => ({ ...get(`/breaks/${way}`, failed), kitRefuses: true }))

export const frameworkRequests: readonly ConformanceRequest[] = [
  get('/', {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-length': '22' },
    body: '<h1>Graduation ñ</h1>',
  }),
  get('/mytime', { status: 200, body: 'bare |/mytime' }),
  get('/mounted/a/b', { status: 200, body: 'bare /mounted|/a/b' }),
  get('/mounted', { status: 200, body: 'bare /mounted|' }),
  get('/news/7', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"id":"7"}' }),
  get('/news/a%2Fb', { status: 200, body: '{"id":"a/b"}' }),
  get('/news/%E4%BD%A0', { status: 200, body: '{"id":"你"}' }),
  get('/files/a/b%20c', { status: 200, body: '["a","b c"]' }),
  get('/plain', { status: 200, body: 'just text' }),
  get('/data', { status: 200, body: '{"plain":"data","list":[1,2]}' }),
  get('/query?a=1&b=x%20y&a=2', { status: 200, body: 'a=1&b=x y&a=2' }),
  get('/old', { status: 302, headers: { location: '/news/1' } }),
  get('/moved', { status: 301, headers: { location: '/news/%C3%B1?a=b' } }),
  get('/cookies', { status: 200, headers: { 'set-cookie': ['a=1', 'b=2'] } }),
  get('/stream', { status: 200, headers: { 'content-length': undefined }, body: 'abc' }),
  get('/nothing', { status: 204, body: '' }),
  get('/missing', { status: 404 }),
  get('/nowhere', { status: 404 }),
  get('/news/', { status: 404 }),
  get('/forbidden', { status: 403 }),
  get('/bad', { status: 400, body: /say it better/ }),
  get('/broken', { status: 500, body: /^(?!.*secret)/s }),
  get('/broken-later', { status: 500, body: /^(?!.*secret)/s }),
  head('/', { status: 200, headers: { 'content-length': '22' } }),
  head('/news/7', { status: 200, headers: { 'content-length': '10' } }),
  head('/stream', { status: 200, headers: { 'content-length': undefined } }),
  head('/nowhere', { status: 404 }),
  head('/broken', { status: 500 }),
  {
    name: 'POST where there is only GET',
    method: 'POST',
    target: '/plain',
    body: 'x',
    expected: { status: 405, headers: { allow: /\bGET\b/ } },
  },
  { name: 'OPTIONS', method: 'OPTIONS', target: '/news/7', expected: { status: 204 } },
  {
    name: 'POST of JSON',
    method: 'POST',
    target: '/news',
    headers: [['Content-Type', 'application/json']],
    body: '{"title":"ñ"}',
    expected: { status: 201, body: '{"created":{"title":"ñ"}}' },
  },
  {
    name: 'POST of bad JSON',
    method: 'POST',
    target: '/news',
    headers: [['Content-Type', 'application/json']],
    body: '{',
    expected: { status: 400 },
  },
  {
    name: 'POST of something else',
    method: 'POST',
    target: '/news',
    headers: [['Content-Type', 'text/plain']],
    body: 'x',
    expected: { status: 415 },
  },
  {
    name: 'PUT of an upload',
    method: 'PUT',
    target: '/upload',
    body: 'u'.repeat(100_000),
    expected: { status: 200, body: 'u'.repeat(100_000) },
  },
  {
    name: 'PUT of a chunked upload',
    method: 'PUT',
    target: '/upload',
    body: ['u', 'v'],
    expected: { status: 200, body: 'uv' },
  },
  {
    name: 'PUT of too much',
    method: 'PUT',
    target: '/upload',
    body: 'u'.repeat(2 ** 20 + 1),
    expected: { status: 413 },
  },
  get('/static/index.html', {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-length': '16',
      'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
    },
    body: '<p>static ñ</p>',
  }),
  get('/static/style.css', { status: 200, body: 'p { color: green }' }),
  get('/static/', { status: 200, body: '<p>static ñ</p>' }),
  get('/static/none.html', { status: 404 }),
  get('/static/.secret', { status: 404 }),
  get('/static/..%2fsecret', { status: 404 }),
  wire(get('/static/../secret', { status: 404 })),
  head('/static/index.html', { status: 200, headers: { 'content-length': '16' } }),
  {
    name: 'a range of a file',
    target: '/static/data.bin',
    headers: [['Range', 'bytes=2-4']],
    expected: { status: 206, headers: { 'content-range': 'bytes 2-4/10', 'content-length': '3' }, body: '234' },
  },
  {
    name: 'a range beyond a file',
    target: '/static/data.bin',
    headers: [['Range', 'bytes=20-']],
    expected: { status: 416, headers: { 'content-range': 'bytes */10' } },
  },
  {
    name: 'a file that has not changed',
    target: '/static/data.bin',
    headers: [['If-Modified-Since', 'Fri, 02 Jan 2026 03:04:05 GMT']],
    expected: { status: 304, headers: { 'content-length': undefined }, body: '' },
  },
  { name: 'POST to a file', method: 'POST', target: '/static/data.bin', body: 'x', expected: { status: 405 } },
]

function environ(
  method: string,
  target: string,
  shown: Readonly<Record<string, unknown>>,
  headers: ConformanceRequest['headers'] = [],
): ConformanceRequest {
  return {
    name: `the environ of ${method} ${target}`,
    method,
    target,
    headers,
    expected: { status: 200, body: containing(shown) },
  }
}

/** JSON that has these members. */
function containing(members: Readonly<Record<string, unknown>>): RegExp {
  const lookaheads = Object.entries(members).map(([key, value]) => {
    const member = `${JSON.stringify(key)}:${JSON.stringify(value)}`
    return `(?=.*${member.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')})`
  })
  return new RegExp(`^${lookaheads.join('')}`, 's')
}

function wire(request: ConformanceRequest): ConformanceRequest {
  return { ...request, onWireOnly: true }
}
