/** The call, the request line and the target in the environ (sections A and B). */
import { field, text } from '../client/message.ts'
import { check, equal, oneOf } from '../expectation.ts'
import type { Probe } from '../probe.ts'
import type { Row } from '../row.ts'

/** The environ has these values. */
function environ(question: Parameters<Probe['environ']>[0], expected: Readonly<Record<string, string>>): Row['run'] {
  return async (probe) => {
    const given = await probe.environ(question)
    for (const [key, value] of Object.entries(expected)) equal(given[key], value, key)
  }
}

/** The server refuses the head; the application is not called. */
function refused(requestLine: string, lines: readonly string[] = []): Row['run'] {
  return async (probe) => {
    const answer = await probe.connect().send(probe.head(requestLine, lines)).response()
    equal(answer.status, 400, 'status')
    equal((await probe.seen()).calls, 0, 'calls of the application')
  }
}

export const callRows: readonly Row[] = [
  {
    id: 'C1-1',
    title: 'the application is called once with an object and a function',
    asks: ['notes'],
    async run(probe) {
      equal(await probe.json({ way: 'arguments' }), { environ: 'object', startResponse: 'function' }, 'arguments')
      equal((await probe.seen()).calls, 1, 'calls')
    },
  },
  {
    id: 'C1-2',
    title: 'two requests on one connection get two environs',
    asks: ['wire', 'notes'],
    needs: ['keep-alive'],
    async run(probe) {
      const connection = probe.connect()
      for (let i = 0; i < 2; i++)
        equal((await connection.send(probe.bytes({ way: 'arguments' })).response()).status, 200, 'status')
      const { calls, said } = await probe.seen()
      equal([calls, said.sameObject], [2, false], 'calls, same object')
    },
  },
  {
    id: 'C4-1',
    title: 'an application is called again before an earlier response has ended',
    asks: ['notes'],
    async run(probe) {
      const [one, two] = [`${probe.token}1`, `${probe.token}2`]
      const answers = await Promise.all([
        probe.ask({ way: 'meet', argument: `${one}/${two}` }),
        probe.ask({ way: 'meet', argument: `${two}/${one}` }),
      ])
      equal(answers.map(text), ['true', 'true'], 'met')
    },
  },
  {
    id: 'C6-1',
    title: 'the environ is an ordinary object whose keys are its own',
    async run(probe) {
      equal(
        await probe.json({ way: 'shape' }),
        { isOrdinary: true, sameKeys: true, signalIsOwn: true, keepsOwnKeys: true },
        'environ',
      )
    },
  },
  {
    id: 'C6-3',
    title: 'a change of the environ does not reach the next request',
    asks: ['wire'],
    needs: ['keep-alive'],
    async run(probe) {
      const connection = probe.connect()
      for (let i = 0; i < 2; i++) {
        const answer = await connection.send(probe.bytes({ way: 'change' })).response()
        equal(JSON.parse(text(answer)), { key: 'none', host: 'conformance.test' }, `request ${i + 1}`)
      }
    },
  },
  {
    id: 'C7-1',
    title: 'no required key is missing',
    run: async (probe) => equal(await probe.json({ way: 'missing' }), [], 'missing keys'),
  },
  {
    id: 'C7-2',
    title: 'no required key is missing for OPTIONS *',
    asks: ['wire'],
    needs: ['asterisk-form'],
    run: async (probe) => equal(await probe.json({ way: 'missing', method: 'OPTIONS', path: '*' }), [], 'missing keys'),
  },
  {
    id: 'C10-1',
    title: 'no key under tsgi. is unknown',
    run: async (probe) => equal(await probe.json({ way: 'unknown' }), [], 'unknown keys'),
  },
  {
    id: 'C10-2',
    title: 'tsgi.request_id, where there is one, is visible ASCII',
    async run(probe) {
      const id = (await probe.environ())['tsgi.request_id']
      check(id === undefined || /^[\x21-\x7e]{1,200}$/.test(id), `tsgi.request_id is ${JSON.stringify(id)}`)
    },
  },
  {
    id: 'C10-3',
    title: 'tsgi.traceparent, where there is one, is a traceparent of version 00',
    async run(probe) {
      const place = (await probe.environ({ headers: [['traceparent', '00-zz-1-01']] }))['tsgi.traceparent']
      const isOne = place === undefined || /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(place)
      check(isOne, `tsgi.traceparent is ${JSON.stringify(place)}`)
    },
  },
]

export const requestLineRows: readonly Row[] = [
  { id: 'C11-1', title: 'REQUEST_METHOD is GET', run: environ({ path: '/a' }, { REQUEST_METHOD: 'GET' }) },
  {
    id: 'C11-2',
    title: 'REQUEST_METHOD is QUERY',
    needs: ['any-method'],
    run: environ({ path: '/a', method: 'QUERY' }, { REQUEST_METHOD: 'QUERY' }),
  },
  {
    id: 'C11-3',
    title: 'a method in lower case keeps its case, or is refused',
    asks: ['wire'],
    async run(probe) {
      const answer = await probe.connect().send(probe.head('get /a HTTP/1.1')).response()
      if (answer.status === 200) equal(JSON.parse(text(answer)).REQUEST_METHOD, 'get', 'REQUEST_METHOD')
      else check(answer.status >= 400 && answer.status <= 501, `status ${answer.status}`)
    },
  },
  {
    id: 'C12-1',
    title: 'SCRIPT_NAME is empty at the root',
    run: environ({ path: '/a' }, { SCRIPT_NAME: '', PATH_INFO: '/a' }),
  },
  ...mounted(),
  { id: 'C13-1', title: 'PATH_INFO is / at the root', run: environ({}, { PATH_INFO: '/' }) },
  {
    id: 'C13-2',
    title: 'OPTIONS * has PATH_INFO *',
    asks: ['wire'],
    needs: ['asterisk-form'],
    run: environ({ method: 'OPTIONS', path: '*' }, { PATH_INFO: '*', REQUEST_URI: '*' }),
  },
  {
    id: 'C13-3',
    title: 'GET * is refused',
    asks: ['wire', 'notes'],
    needs: ['refused-target'],
    run: refused('GET * HTTP/1.1'),
  },
  {
    id: 'C15-1',
    title: 'REQUEST_URI is the raw target',
    run: environ({ path: '/a/b?c=d&e' }, { REQUEST_URI: '/a/b?c=d&e', PATH_INFO: '/a/b', QUERY_STRING: 'c=d&e' }),
  },
  {
    id: 'C15-2',
    title: 'dot segments stay as they were sent',
    asks: ['wire'],
    needs: ['raw-target'],
    run: environ({ path: '/a/../b/./c' }, { REQUEST_URI: '/a/../b/./c', PATH_INFO: '/a/../b/./c' }),
  },
  {
    id: 'C15-3',
    title: 'double slashes stay',
    run: environ({ path: '//double//slash' }, { PATH_INFO: '//double//slash' }),
  },
  {
    id: 'C15-4',
    title: 'a target in absolute form names the host, never the scheme',
    asks: ['wire', 'clear'],
    needs: ['absolute-form'],
    run: environ(
      { path: 'http://other.test:81/abs?q' },
      { REQUEST_URI: 'http://other.test:81/abs?q', PATH_INFO: '/abs', HTTP_HOST: 'other.test:81', QUERY_STRING: 'q' },
    ),
  },
  {
    id: 'C15-5',
    title: 'a target in absolute form without a path is /',
    asks: ['wire', 'clear'],
    needs: ['absolute-form'],
    run: environ({ path: 'http://other.test' }, { PATH_INFO: '/', HTTP_HOST: 'other.test' }),
  },
  {
    id: 'C15-6',
    title: 'a fragment in the target is refused',
    asks: ['wire', 'notes'],
    needs: ['refused-target'],
    run: refused('GET /a#b HTTP/1.1'),
  },
  {
    id: 'C15-7',
    title: 'raw bytes beyond ASCII in the target are refused, or normalised',
    asks: ['wire'],
    async run(probe) {
      const answer = await probe.connect().send(probe.head('GET /\xc3\xa9 HTTP/1.1')).response()
      if (answer.status === 400) return
      const { PATH_INFO, REQUEST_URI } = JSON.parse(text(answer))
      equal(PATH_INFO, '/é', 'PATH_INFO')
      check(/^[\x00-\x7f]*$/.test(REQUEST_URI), `REQUEST_URI is ${JSON.stringify(REQUEST_URI)}`)
    },
  },
  {
    id: 'C16-1',
    title: 'escapes are decoded as UTF-8',
    run: environ({ path: '/caf%C3%A9/%E4%BD%A0' }, { PATH_INFO: '/café/你', REQUEST_URI: '/caf%C3%A9/%E4%BD%A0' }),
  },
  {
    id: 'C16-2',
    title: 'an escaped slash, a space, + and ; are decoded as such',
    run: environ({ path: '/a%2Fb%20c+d;e' }, { PATH_INFO: '/a/b c+d;e' }),
  },
  {
    id: 'C16-3',
    title: 'escapes are decoded once',
    run: environ({ path: '/double%2541' }, { PATH_INFO: '/double%41' }),
  },
  {
    id: 'C16-4',
    title: 'bytes that are not UTF-8 become U+FFFD',
    run: environ({ path: '/%ff%fe' }, { PATH_INFO: '/\ufffd\ufffd' }),
  },
  ...['/%zz', '/%4', '/%00'].map(
    (path, i): Row => ({
      id: `C16-${['5', '5b', '6'][i]}`,
      title: `${path} is refused`,
      asks: ['notes'],
      needs: ['refused-target'],
      async run(probe) {
        equal((await probe.ask({ path })).status, 400, 'status')
        equal((await probe.seen()).calls, 0, 'calls of the application')
      },
    }),
  ),
  {
    id: 'C16-7',
    title: 'escaped dot segments are decoded and stay',
    asks: ['wire'],
    needs: ['raw-target'],
    run: environ({ path: '/%2e%2e/up' }, { PATH_INFO: '/../up' }),
  },
  {
    id: 'C16-8',
    title: 'an escaped byte order mark stays',
    run: environ({ path: '/%EF%BB%BFx' }, { PATH_INFO: '/\ufeffx' }),
  },
  {
    id: 'C17-1',
    title: 'an empty query',
    needs: ['empty-query'],
    run: environ({ path: '/x?' }, { QUERY_STRING: '', REQUEST_URI: '/x?' }),
  },
  {
    id: 'C17-2',
    title: 'the query is what follows the first ?',
    run: environ({ path: '/x?two?marks&a=%20+' }, { QUERY_STRING: 'two?marks&a=%20+' }),
  },
  {
    id: 'C24-1',
    title: 'SERVER_NAME is a name, SERVER_PORT digits',
    async run(probe) {
      const { SERVER_NAME = '', SERVER_PORT = '' } = await probe.environ({ host: 'conformance.test:81' })
      check(
        SERVER_NAME !== '' && (!SERVER_NAME.includes(':') || SERVER_NAME.startsWith('[')),
        `SERVER_NAME is ${JSON.stringify(SERVER_NAME)}`,
      )
      check(/^\d+$/.test(SERVER_PORT), `SERVER_PORT is ${JSON.stringify(SERVER_PORT)}`)
    },
  },
  {
    id: 'C25-1',
    title: 'SERVER_PROTOCOL is that of the request',
    async run(probe) {
      const { SERVER_PROTOCOL } = await probe.environ()
      oneOf(SERVER_PROTOCOL, probe.target.protocol === 'h2' ? ['HTTP/2.0', 'HTTP/2'] : ['HTTP/1.1'], 'SERVER_PROTOCOL')
    },
  },
  {
    id: 'C25-2',
    title: 'HTTP/1.0 is HTTP/1.0, and its response is not chunked',
    asks: ['wire'],
    needs: ['http-1.0'],
    async run(probe) {
      equal((await probe.environ({ protocol: 'HTTP/1.0' })).SERVER_PROTOCOL, 'HTTP/1.0', 'SERVER_PROTOCOL')
      equal(
        field(await probe.ask({ protocol: 'HTTP/1.0', way: 'generator' }), 'Transfer-Encoding'),
        undefined,
        'Transfer-Encoding',
      )
    },
  },
  {
    id: 'C26-1',
    title: 'REMOTE_ADDR is the address of the client',
    asks: ['tcp'],
    needs: ['remote-address'],
    async run(probe) {
      const { REMOTE_ADDR = '', REMOTE_PORT = '' } = await probe.environ()
      check(/^(127\.\d+\.\d+\.\d+|::1)$/.test(REMOTE_ADDR), `REMOTE_ADDR is ${JSON.stringify(REMOTE_ADDR)}`)
      check(/^\d*$/.test(REMOTE_PORT), `REMOTE_PORT is ${JSON.stringify(REMOTE_PORT)}`)
    },
  },
  {
    id: 'C26-2',
    title: 'X-Forwarded-For of an untrusted peer is not believed',
    asks: ['untrusted'],
    async run(probe) {
      const { REMOTE_ADDR } = await probe.environ({ headers: [['X-Forwarded-For', '9.9.9.9']] })
      check(REMOTE_ADDR !== '9.9.9.9', 'REMOTE_ADDR is what the client says')
    },
  },
  {
    id: 'C26-3',
    title: 'Forwarded of an untrusted peer is not believed',
    asks: ['untrusted'],
    async run(probe) {
      const { REMOTE_ADDR } = await probe.environ({
        headers: [['Forwarded', 'for=9.9.9.9;proto=https;host=evil.test']],
      })
      check(REMOTE_ADDR !== '9.9.9.9', 'REMOTE_ADDR is what the client says')
    },
  },
  {
    id: 'C28-1',
    title: 'clear text is http, whatever an untrusted peer says',
    asks: ['untrusted', 'clear'],
    run: environ({ headers: [['X-Forwarded-Proto', 'https']] }, { 'wsgi.url_scheme': 'http' }),
  },
  {
    id: 'C28-2',
    title: 'TLS is https, and SERVER_PORT its port',
    asks: ['tls'],
    async run(probe) {
      const { 'wsgi.url_scheme': scheme, SERVER_PORT } = await probe.environ()
      equal([scheme, SERVER_PORT], ['https', new URL(probe.target.url).port || '443'], 'scheme, port')
    },
  },
]

function mounted(): readonly Row[] {
  const rows: readonly (readonly [path: string, script: string, rest: string])[] = [
    ['/a', '', '/a'],
    ['', '', ''],
    ['/', '', '/'],
    ['/a%2Fb', '', '/a/b'],
  ]
  return rows.map(([path, , rest], i) => ({
    id: `C12-${i + 2}`,
    title: `a mounted application gets the rest of the path: ${path || 'nothing'}`,
    asks: ['mount'],
    async run(probe) {
      const mount = probe.target.mount ?? ''
      const { SCRIPT_NAME, PATH_INFO, REQUEST_URI } = await probe.environ({ path: mount + path })
      equal([SCRIPT_NAME, PATH_INFO, REQUEST_URI], [mount, rest, mount + path], 'SCRIPT_NAME, PATH_INFO, REQUEST_URI')
    },
  }))
}
