/**
 * The application behind the wire corpus: tells what it was asked, or misbehaves in the way its path says.
 */
import type { Application, Chunk, Environ } from '@tsgi/contract'

export const mirror: Application = (environ, startResponse) => {
  const special = SPECIAL[environ.PATH_INFO]
  if (special !== undefined) return special(environ, startResponse)
  return tell(environ, startResponse)
}

const JSON_TYPE = ['Content-Type', 'application/json'] as const

const tell: Application = async (environ, startResponse) => {
  const body = Buffer.from(await environ['wsgi.input'].read()).toString('latin1')
  startResponse('200 OK', [JSON_TYPE])
  return JSON.stringify(seen(environ, body))
}

const SPECIAL: Readonly<Record<string, Application>> = {
  '/unread': (_environ, startResponse) => {
    startResponse('200 OK', [JSON_TYPE])
    return JSON.stringify({ unread: true })
  },
  '/slow': async (environ, startResponse) => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    return tell(environ, startResponse)
  },
  '/stream': (_environ, startResponse) => {
    startResponse('200 OK', [])
    return ['a', 'b', 'c'].values()
  },
  '/long': (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Length', '3']])
    return ['ab', 'cd', 'ef'].values()
  },
  '/short': (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Length', '10']])
    return ['abc'].values()
  },
  '/fail': (_environ, startResponse) => {
    startResponse('200 OK', [])
    return failing()
  },
  '/throw': () => {
    throw new Error('a secret of the application')
  },
  '/204': (_environ, startResponse) => {
    startResponse('204 No Content', [])
    return 'dropped'
  },
  '/205': (_environ, startResponse) => {
    startResponse('205 Reset Content', [])
    return 'dropped'
  },
  '/304': (_environ, startResponse) => {
    startResponse('304 Not Modified', [['ETag', '"a"']])
    return ''
  },
  '/cookies': (_environ, startResponse) => {
    startResponse('200 OK', [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ])
    return ''
  },
  '/reasonless': (_environ, startResponse) => {
    startResponse('200 ', [])
    return 'ok'
  },
  '/inject': (_environ, startResponse) => {
    startResponse('200 OK', [['X-A', 'a\r\nX-Injected: yes']])
    return ''
  },
  '/wide': (_environ, startResponse) => {
    startResponse('200 OK', [['X-A', 'a\u010aX-Injected: yes']])
    return ''
  },
  '/hopbyhop': (_environ, startResponse) => {
    startResponse('200 OK', [['Transfer-Encoding', 'chunked']])
    return '0\r\n\r\n'
  },
}

function* failing(): Generator<Chunk> {
  yield 'abc'
  throw new Error('a secret of the application')
}

/** What a verdict can be compared with. */
export interface Seen {
  readonly method: string
  readonly target: string
  readonly targetLength: number
  readonly path: string
  readonly query: string
  readonly protocol: string
  readonly scheme: string
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

function seen(environ: Environ, body: string): Seen {
  const headers = Object.fromEntries(Object.entries(environ).filter(([key]) => /^(HTTP|CONTENT)_/.test(key)))
  return {
    method: environ.REQUEST_METHOD,
    target: environ.REQUEST_URI,
    targetLength: environ.REQUEST_URI.length,
    path: environ.PATH_INFO,
    query: environ.QUERY_STRING,
    protocol: environ.SERVER_PROTOCOL,
    scheme: environ['wsgi.url_scheme'],
    body,
    headers,
  }
}
