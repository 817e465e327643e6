/** Ways that show and send trailers (SPEC C92–C94). */
import type { Environ, HeaderList } from '@tsgi/contract'
import { PLAIN, show, thrownBy, type Ways, wait } from './way.ts'

const SENT: HeaderList = [
  ['X-First', '1'],
  ['X-Second', 'caf\xe9'],
  ['X-First', '2'],
]

function send(environ: Environ, fields: HeaderList = SENT): void {
  environ['tsgi.trailers']?.send(fields)
}

export const trailerWays: Ways = {
  'trailers-received': async (environ, startResponse) => {
    const { 'tsgi.trailers': trailers, 'wsgi.input': input } = environ
    const before = trailers?.received === undefined ? 'undefined' : 'a list'
    const body = new TextDecoder().decode(await input.read())
    return show(startResponse, {
      body,
      before,
      received: trailers?.received ?? null,
      accepted: trailers?.accepted ?? null,
      changed: Object.keys(environ).filter((key) => key === 'HTTP_X_AFTER'),
    })
  },
  'trailers-not-read': (environ, startResponse) =>
    show(startResponse, { received: environ['tsgi.trailers']?.received ?? null }),
  /** Sent behind the last chunk of a body that is made piece by piece. */
  'trailers-late': async function* (environ, startResponse) {
    startResponse('200 OK', PLAIN)
    yield 'a'
    yield 'b'
    send(environ)
  },
  /** Sent before the head: `argument` is the status. */
  'trailers-early': (environ, startResponse, _notes, argument) => {
    send(environ)
    startResponse(argument || '200 OK', argument.startsWith('304') ? [] : PLAIN)
    return argument.startsWith('304') ? '' : 'whole'
  },
  'trailers-of-nothing': (environ, startResponse) => {
    send(environ)
    startResponse('200 OK', PLAIN)
    return ''
  },
  'trailers-with-length': (environ, startResponse) => {
    send(environ)
    startResponse('200 OK', [...PLAIN, ['Content-Length', '5']])
    return 'whole'
  },
  'trailers-twice': async function* (environ, startResponse) {
    send(environ, [['X-First', '1']])
    startResponse('200 OK', PLAIN)
    yield 'ab'
    send(environ, [['X-Second', '2']])
  },
  'trailers-then-failure': async function* (environ, startResponse) {
    startResponse('200 OK', PLAIN)
    yield 'begun'
    send(environ)
    await wait(50)
    throw new Error('secret')
  },
  /** What `send` throws for each forbidden name in `argument`, and for two that are no fields. */
  'trailers-refused': (environ, startResponse, _notes, argument) => {
    const names = argument.split(' ')
    const lists: HeaderList[] = [...names.map((name) => [[name, 'x'] as const]), [['X Y', 'z']], [['X', 'a\r\nB: c']]]
    const taken = lists.filter((fields) => thrownBy(() => send(environ, fields)) === '')
    return show(startResponse, taken)
  },
  'trailers-file': (environ, startResponse, notes) => {
    const fileOf = environ['conformance.file']
    if (typeof fileOf !== 'function') throw new TypeError('this target has no files')
    send(environ)
    startResponse('200 OK', PLAIN)
    return fileOf(2, 10, () => notes.closes++)
  },
}
