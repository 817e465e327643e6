/** Every way to call `startResponse` and `write` wrongly, or to provide them wrongly. */
import type { Application, StartResponse } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { acceptAll, answering, type BreachCase, drain, serveNaively, TEXT, wrong } from './breach.ts'

const BOOM = new Error('boom')

export const startResponseBreaches: readonly BreachCase[] = [
  life('a start that is no function', { start: 1 }),
  life('a close that is null', { close: null }),
  life('an asyncDispose that is no function', { [Symbol.asyncDispose]: {} }),
  application('C47', 'startResponse without headers', (_environ, startResponse) => {
    Reflect.apply(startResponse, undefined, ['200 OK'])
    return 'x'
  }),
  application('C47', 'startResponse with four arguments', (_environ, startResponse) => {
    Reflect.apply(startResponse, undefined, ['200 OK', [], undefined, 1])
    return 'x'
  }),
  application('C49', 'a second startResponse without an error', (_environ, startResponse) => {
    startResponse('200 OK', [TEXT])
    startResponse('404 Not Found', [TEXT])
    return 'x'
  }),
  application('C49', 'a second startResponse with null for an error', (_environ, startResponse) => {
    startResponse('200 OK', [TEXT])
    startResponse('404 Not Found', [TEXT], null)
    return 'x'
  }),
  application(
    'C49',
    'a second startResponse after bytes, though the application swallows it',
    async (_environ, startResponse) => {
      await startResponse('200 OK', [TEXT])('x')
      try {
        startResponse('404 Not Found', [TEXT])
      } catch {}
      return 'y'
    },
  ),
  application('C48', 'a string without startResponse', () => 'x'),
  application('C48', 'an empty string without startResponse', () => ''),
  application('C48', 'an empty array without startResponse', () => []),
  application('C48', 'bytes in an array without startResponse', () => [new Uint8Array(1)]),
  application('C48', 'a chunk before startResponse', function* (_environ, startResponse) {
    yield 'x'
    startResponse('200 OK', [TEXT])
  }),
  application('C48', 'a stream that never calls startResponse', async function* () {
    yield ''
  }),
  application('C48', 'a FileBody without startResponse', () => file(1)),
  {
    clause: 'C52',
    by: 'application',
    title: 'startResponse after the response has ended',
    provoke: async (check) => {
      let late: StartResponse = acceptAll
      await serveNaively(
        check((environ, startResponse) => {
          late = startResponse
          return answering('x')(environ, startResponse)
        }),
      )
      late('500 Late', [], BOOM)
    },
  },
  server('C1', 'a server that gives no startResponse', (checked) => checked(environFor('/'), wrong(undefined))),
  server('C1', 'a server that gives one argument', (checked) => Reflect.apply(checked, undefined, [environFor('/')])),
  server('C1', 'a server that gives three arguments', (checked) =>
    Reflect.apply(checked, undefined, [environFor('/'), acceptAll, 1]),
  ),
  server('C54', 'a startResponse that returns nothing', (checked) =>
    checked(
      environFor('/'),
      wrong(() => {}),
    ),
  ),
  {
    clause: 'C54',
    by: 'server',
    title: 'a write that returns no promise',
    provoke: (check) =>
      check(writing('x'))(
        environFor('/'),
        wrong(() => () => true),
      ),
  },
  {
    clause: 'C51',
    by: 'server',
    title: 'a startResponse that throws another error than it was given',
    provoke: (check) =>
      check((_environ, startResponse) => {
        startResponse('200 OK', [TEXT])
        startResponse('500 Sorry', [TEXT], BOOM)
        return 'x'
      })(environFor('/'), (_status, _headers, error) => {
        if (error !== undefined) throw new Error('another')
        return async () => {}
      }),
  },
  {
    clause: 'C51',
    by: 'server',
    title: 'a new head that is taken after bytes have gone',
    strict: true,
    provoke: (check) =>
      serveNaively(
        check(async (_environ, startResponse) => {
          await startResponse('200 OK', [TEXT])('x')
          startResponse('500 Sorry', [TEXT], BOOM)
          return 'y'
        }),
      ),
  },
]

export const writeBreaches: readonly BreachCase[] = [
  application('C67', 'a number written', writing(wrong(1))),
  application('C67', 'null written', writing(wrong(null))),
  application('C71', 'more written than Content-Length', writing('xx', [TEXT, ['Content-Length', '1']])),
  application('C70', 'bytes written for a 204', writing('x', [], '204 No Content')),
  {
    clause: 'C76',
    by: 'application',
    title: 'a write after a whole body was returned',
    provoke: async (check) => {
      const late = Promise.withResolvers<unknown>()
      await serveNaively(
        check((_environ, startResponse) => {
          const write = startResponse('200 OK', [TEXT])
          queueMicrotask(() => late.resolve(write('x')))
          return 'y'
        }),
      )
      await late.promise
    },
  },
  application('C76', 'a write out of the body', (_environ, startResponse) => {
    const write = startResponse('200 OK', [TEXT])
    return (async function* () {
      await write('x')
      yield 'y'
    })()
  }),
]

/** Writes a chunk without waiting for it, and returns no more. */
function writing(chunk: string, headers: readonly [string, string][] = [TEXT], status = '200 OK'): Application {
  return (_environ, startResponse) => {
    void startResponse(status, headers)(chunk)
    return ''
  }
}

function application(clause: BreachCase['clause'], title: string, broken: Application): BreachCase {
  return { clause, by: 'application', title, provoke: (check) => serveNaively(check(broken)) }
}

function server(clause: BreachCase['clause'], title: string, call: (checked: Application) => unknown): BreachCase {
  const provoke: BreachCase['provoke'] = async (check) => drain(wrong(await call(check(answering('x')))))
  return { clause, by: 'server', title, provoke }
}

function file(length: number) {
  return { fd: 0, start: 0, length, close() {}, async *[Symbol.asyncIterator]() {} }
}

/** An application whose life is none. */
function life(title: string, ends: object): BreachCase {
  const broken = () => Object.assign(answering('x'), ends) as Application // what the types forbid
  return { clause: 'C88', by: 'application', title, provoke: (check) => check(broken()) }
}
