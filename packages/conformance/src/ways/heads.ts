/** Ways that begin a response: startResponse, statuses, headers (sections F and G). */
import type { HeaderList } from '@tsgi/contract'
import { answer, ok, PLAIN, show, thrownBy, type Ways, wait } from './way.ts'

/** Heads that no server may send, by name. */
export const BAD_HEADS: Readonly<Record<string, readonly [status: string, headers: HeaderList]>> = {
  'a status without a space': ['200OK', []],
  'a status of two digits': ['20 OK', []],
  'a status above 599': ['600 Odd', []],
  'an interim status': ['103 Early Hints', []],
  'a line end in the status': ['200 OK\r\nX-Injected: y', []],
  'a space in a name': ['200 OK', [['X Y', 'a']]],
  'an empty name': ['200 OK', [['', 'a']]],
  'a colon in a name': ['200 OK', [['X:', 'a']]],
  'a line end in a value': ['200 OK', [['X', 'a\r\nX-Injected: 1']]],
  'a bare LF in a value': ['200 OK', [['X', 'a\nX-Injected: 1']]],
  'NUL in a value': ['200 OK', [['X', 'a\0b']]],
  'a character beyond latin-1': ['200 OK', [['X', 'a\u010ab']]],
  'a hop-by-hop header': ['200 OK', [['connection', 'close']]],
  'two lengths': [
    '200 OK',
    [
      ['Content-Length', '1'],
      ['content-length', '1'],
    ],
  ],
}

export const headWays: Ways = {
  'late-start': async function* (_environ, startResponse) {
    await wait(5)
    startResponse('202 Accepted', PLAIN)
    yield 'started late'
  },
  'empty-first': function* (_environ, startResponse) {
    yield ''
    startResponse('200 OK', PLAIN)
    yield 'x'
  },
  'never-starts': () => 'body',
  twice: (environ, startResponse, notes, argument) => {
    startResponse('200 OK', [['X-Head', 'first'], ...PLAIN])
    const thrown = thrownBy(() => startResponse('201 Created', [['X-Head', 'second']]))
    notes.said.thrown = thrown
    return argument === '' ? thrown : ok(() => thrown)(environ, startResponse, notes, argument)
  },
  'bad-head': (_environ, startResponse, _notes, argument) => {
    const [status, headers] = BAD_HEADS[argument] ?? ['200 OK', []]
    const thrown = thrownBy(() => startResponse(status, headers))
    return show(startResponse, { threw: thrown !== '' })
  },
  /** Lets the error of a bad head pass. */
  'bad-head-uncaught': (_environ, startResponse, _notes, argument) => {
    const [status, headers] = BAD_HEADS[argument] ?? ['200 OK', []]
    startResponse(status, headers)
    return 'x'
  },
  restart: (_environ, startResponse) => {
    startResponse('200 OK', [['X-First', '1']])
    startResponse('503 Service Unavailable', PLAIN, new Error('changed its mind'))
    return 'second'
  },
  'restart-late': async function* (_environ, startResponse, notes) {
    startResponse('200 OK', PLAIN)
    yield 'a'
    await wait(20)
    const error = new Error('too late')
    try {
      startResponse('500 Internal Server Error', PLAIN, error)
    } catch (thrown) {
      notes.said.sameError = thrown === error
      throw thrown
    }
  },
  'start-wait-throw': async (_environ, startResponse) => {
    startResponse('200 OK', [['X-Secret', 'secret']])
    await wait(200)
    throw new Error('secret')
  },
  'start-wait-chunks': async function* (_environ, startResponse) {
    startResponse('200 OK', PLAIN)
    await wait(200)
    yield 'first'
    await wait(400)
    yield 'second'
  },
  write: async (_environ, startResponse, notes) => {
    const write = startResponse('200 OK', PLAIN)
    const promise = write('written ')
    notes.said.isPromise = promise instanceof Promise
    await promise
    await write('')
    return ['and returned']
  },
  /** The status is the argument; latin-1 text may be escaped as `\xNN`. */
  status: (environ, startResponse, notes, argument) => {
    const status = argument
      .replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/_$/, '')
    const isBodyless = /^(204|205|304)/.test(status)
    return answer(status, isBodyless ? [] : PLAIN, () => (isBodyless ? '' : 'r'))(
      environ,
      startResponse,
      notes,
      argument,
    )
  },
  /** One header, `name=value`. */
  header: (environ, startResponse, notes, argument) => {
    const at = argument.indexOf('=')
    return answer('200 OK', [[argument.slice(0, at), argument.slice(at + 1)], ...PLAIN], () => 'x')(
      environ,
      startResponse,
      notes,
      argument,
    )
  },
  headers: answer(
    '200 OK',
    [
      ['X-Empty', ''],
      ['X-Twice', 'a'],
      ['X-Twice', 'b'],
      ['Set-Cookie', 'a=1; Path=/'],
      ['Date', 'never'],
      ['Set-Cookie', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT'],
      ...PLAIN,
    ],
    () => 'one ñ two',
  ),
  latin: answer('200 OK', [['X-Latin', 'caf\xe9'], ...PLAIN], () => 'x'),
  'two-types': answer(
    '200 OK',
    [
      ['Content-Type', 'text/html'],
      ['content-type', 'text/plain'],
    ],
    () => 'x',
  ),
  '204': answer('204 No Content', [], () => ''),
  '304': answer('304 Not Modified', [['ETag', '"x"']], () => ''),
  '404': answer('404 Not Found', PLAIN, () => 'no such thing'),
  'large-head': answer(
    '200 OK',
    [...Array.from({ length: 200 }, (_, i): [string, string] => [`X-Large-${i}`, 'v'.repeat(130)]), ...PLAIN],
    () => 'x',
  ),
}
