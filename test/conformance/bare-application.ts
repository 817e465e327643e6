/** A bare contract callable that answers in every way the contract knows. No framework. */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Application, Body, Environ, FileBody, HeaderList, StartResponse } from '@tsgi/contract'

const plain: HeaderList = [['Content-Type', 'text/plain; charset=utf-8']]

/** Answers by the path; each entry is a way to answer. */
export const bareApplication: Application = (environ, startResponse) => {
  const way = ways[environ.PATH_INFO] ?? ways['*']
  if (way === undefined) throw new Error('no way')
  return way(environ, startResponse)
}

const ways: Readonly<Record<string, Application>> = {
  '/string': ok(() => 'one ñ two'),
  '/octets': ok(() => new Uint8Array([0x6f, 0x6b])),
  '/list': ok(() => ['a', new Uint8Array([0x62]), '', 'ç']),
  '/generator': ok(function* () {
    yield 'a'
    yield ''
    yield 'ñ'
  }),
  '/async-generator': ok(async function* () {
    yield 'a'
    await nextTurn()
    yield 'b'
  }),
  '/stream': ok(() => ReadableStream.from(['s', 't'])),
  '/file': ok(() => fileBody('file')),
  '/large': ok(() => 'x'.repeat(300_000)),
  '/large-list': ok(() => Array.from({ length: 300 }, () => 'y'.repeat(1000))),
  '/large-generator': ok(function* () {
    for (let i = 0; i < 300; i++) yield 'z'.repeat(1000)
  }),
  '/empty-string': ok(() => ''),
  '/empty-list': ok(() => []),
  '/empty-generator': ok(function* () {}),
  '/empty-chunks': ok(async function* () {
    yield ''
    yield new Uint8Array(0)
  }),
  '/promise': async (environ, startResponse) => {
    await nextTurn()
    return ok(() => 'later')(environ, startResponse)
  },
  '/late-start': async function* (_environ, startResponse) {
    await nextTurn()
    startResponse('202 Accepted', plain)
    yield 'started late'
  },
  '/write': async (_environ, startResponse) => {
    const write = startResponse('200 OK', plain)
    await write('written ')
    await write('')
    return ['and returned']
  },
  '/restart': (_environ, startResponse) => {
    startResponse('200 OK', [['X-First', '1']])
    startResponse('503 Service Unavailable', plain, new Error('changed its mind'))
    return 'second'
  },
  '/declared': answer('200 OK', [...plain, ['Content-Length', '3']], function* () {
    yield 'a'
    yield 'bc'
  }),
  '/reason': answer('299 Perfectly f\xefne', plain, () => 'r'),
  '/no-reason': answer('200 ', plain, () => 'r'),
  '/headers': answer(
    '200 OK',
    [
      ['X-Empty', ''],
      ['X-Latin', 'caf\xe9'],
      ['x-lower', '1'],
      ['X-Twice', 'a'],
      ['X-Twice', 'b'],
      ['Set-Cookie', 'a=1; Path=/'],
      ['Date', 'never'],
      ['Set-Cookie', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT'],
      ...plain,
    ],
    () => 'ü',
  ),
  '/no-type': answer('200 OK', [], () => ''),
  '/204': answer('204 No Content', [], () => ''),
  '/205': answer('205 Reset Content', [], () => ''),
  '/304': answer('304 Not Modified', [['ETag', '"x"']], () => ''),
  '/404': answer('404 Not Found', plain, () => 'no such thing'),
  '/echo': async ({ 'wsgi.input': input }, startResponse) => {
    const body = await input.read()
    startResponse('200 OK', plain)
    return body
  },
  '/lines': async function* ({ 'wsgi.input': input }, startResponse) {
    startResponse('200 OK', plain)
    for (let line = await input.readline(); line.length > 0; line = await input.readline()) yield `${line.length};`
  },
  '/iterate': async ({ 'wsgi.input': input }, startResponse) => {
    let length = 0
    for await (const chunk of input) length += chunk.length
    startResponse('200 OK', plain)
    return String(length)
  },
  '/read-some': async ({ 'wsgi.input': input }, startResponse) => {
    const some = await input.read(4)
    startResponse('200 OK', plain)
    return some
  },
  '/unread': ok(() => 'did not look'),
  '/hints': (environ, startResponse) => {
    environ['tsgi.early_hints']?.([['Link', '</style.css>; rel=preload']])
    return ok(() => 'hinted')(environ, startResponse)
  },
  '/after': (environ, startResponse) => {
    environ['tsgi.after_response']?.(() => undefined)
    return ok(() => 'afterwards')(environ, startResponse)
  },
  '/signal': (environ, startResponse) => ok(() => String(environ['tsgi.signal'].aborted))(environ, startResponse),
  '/throw': () => {
    throw new Error('secret')
  },
  '/reject': async () => {
    await nextTurn()
    throw new Error('secret')
  },
  '/throw-started': (_environ, startResponse) => {
    startResponse('200 OK', [['X-Secret', 'secret']])
    throw new Error('secret')
  },
  '/throw-in-generator': ok(function* () {
    yield ''
    throw new Error('secret')
  }),
  '/throw-after-head': ok(async function* () {
    yield 'begun'
    await nextTurn()
    throw new Error('secret')
  }),
  '/throw-after-declared': answer('200 OK', [...plain, ['Content-Length', '20']], async function* () {
    yield 'begun'
    await nextTurn()
    throw new Error('secret')
  }),
  '/input-error': () => Promise.reject(Object.assign(new Error('secret'), { 'tsgi.status': 413 })),
  '/status-error': () =>
    Promise.reject(Object.assign(new Error('secret'), { status: 404, statusCode: 404, code: 404 })),
  // Contract breakers: a server must not fall for them.
  '/breaks/hop-by-hop': answer('200 OK', [['Connection', 'close']], () => 'x'),
  '/breaks/crlf': answer('200 OK', [['X', 'a\r\nSet-Cookie: stolen=1']], () => 'x'),
  '/breaks/nul': answer('200 OK', [['X', 'a\0b']], () => 'x'),
  '/breaks/beyond-latin-1': answer('200 OK', [['X', '\u010a']], () => 'x'),
  '/breaks/name': answer('200 OK', [['X Y', 'a']], () => 'x'),
  '/breaks/status': answer('200 OK\r\nX: y', [], () => 'x'),
  '/breaks/interim': answer('103 Early Hints', [], () => ''),
  '/breaks/twice': (environ, startResponse) => {
    startResponse('200 OK', plain)
    return ok(() => 'x')(environ, startResponse)
  },
  '/breaks/no-start': () => 'x',
  '/breaks/no-body': ok(() => undefined as unknown as Body),
  '/breaks/chunk': ok(() => ['a', 5 as unknown as string]),
  '/breaks/short': answer('200 OK', [...plain, ['Content-Length', '5']], () => 'abc'),
  // Anything else shows what it was given.
  '*': (environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'application/json']])
    return JSON.stringify(shown(environ))
  },
}

function answer(status: string, headers: HeaderList, body: () => Body): Application {
  return (_environ: Environ, startResponse: StartResponse) => {
    startResponse(status, headers)
    return body()
  }
}

function ok(body: () => Body): Application {
  return answer('200 OK', plain, body)
}

/** These characters of this very file. */
function fileBody(text: string): FileBody {
  const path = fileURLToPath(import.meta.url)
  const octets = readFileSync(path)
  const fd = openSync(path, 'r')
  const start = octets.indexOf(text)
  return {
    fd,
    start,
    length: text.length,
    close: () => closeSync(fd),
    async *[Symbol.asyncIterator]() {
      yield octets.subarray(start, start + text.length)
    },
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** What must be the same everywhere: not the ports, the addresses of the server, and framing. */
function shown(environ: Environ): Record<string, unknown> {
  const same = Object.entries(environ).filter(([key]) =>
    /^(REQUEST_|SCRIPT_|PATH_|QUERY_|HTTP_|REMOTE_ADDR|SERVER_PROTOCOL)|CONTENT_TYPE|wsgi\.(version|url_scheme|multi|run_once)|tsgi\.version/.test(
      key,
    ),
  )
  return Object.fromEntries(same.sort(([a], [b]) => (a < b ? -1 : 1)))
}
