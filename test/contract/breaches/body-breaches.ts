/** Every wrong body, and every wrong way to treat a right one. */
import type { Application, Body } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { acceptAll, answering, type BreachCase, drain, serveNaively, TEXT, wrong } from './breach.ts'

const NO_BODIES = [undefined, null, 5, true, {}, () => 'x', Symbol('x'), new ArrayBuffer(1), new Date(0)]
const NO_CHUNKS = [undefined, null, 1, {}, ['x'], new ArrayBuffer(1), Promise.resolve('x')]
const NO_VIEWS = [new Uint16Array(1), new DataView(new ArrayBuffer(1))]

export const bodyBreaches: readonly BreachCase[] = [
  { clause: 'C2', by: 'application', title: 'an application that is none', provoke: (check) => check(wrong({})) },
  ...NO_BODIES.flatMap((body) => [
    application('C3', `the body ${String(body)}`, answering(body)),
    application('C3', `a promise of the body ${String(body)}`, async (...given) => answering(body)(...given)),
  ]),
  ...NO_VIEWS.map((view) => application('C67', `the body ${view.constructor.name}`, answering(view))),
  ...[...NO_CHUNKS, ...NO_VIEWS].flatMap((chunk) => [
    application('C67', `the chunk ${String(chunk)} in an array`, answering(['a', chunk])),
    application('C67', `the chunk ${String(chunk)} in a Set`, answering(new Set(['a', chunk]))),
    application('C67', `the chunk ${String(chunk)} in an iterable`, answering(iterable('a', chunk))),
  ]),
  ...[undefined, null, 1].map((chunk) => {
    return application('C67', `the chunk ${String(chunk)} in an async iterable`, answering(stream('a', chunk)))
  }),
  application('C82', 'a close that is no function', answering(Object.assign(iterable('a'), { close: true }))),
  application('C82', 'a next() that gives no object', answering({ [Symbol.iterator]: () => ({ next: () => 1 }) })),
  application(
    'C82',
    'an async next() that gives no object',
    answering({ [Symbol.asyncIterator]: () => ({ next() {} }) }),
  ),
  ...['fd', 'start', 'length'].flatMap((key) =>
    [-1, 0.5, '0', undefined, Number.NaN].map((value) =>
      application('C69', `a FileBody whose ${key} is ${String(value)}`, answering({ ...file('x'), [key]: value })),
    ),
  ),
  application('C69', 'a FileBody without close', answering({ ...file('x'), close: undefined })),
  application(
    'C69',
    'a FileBody that cannot be iterated',
    answering({ ...file('x'), [Symbol.asyncIterator]: undefined }),
  ),
  application('C69', 'a FileBody that yields fewer bytes', answering({ ...file('x'), length: 2 })),
  application('C69', 'a FileBody that yields more bytes', answering({ ...file('xy'), length: 1 })),
  application(
    'C69',
    'a FileBody that yields strings',
    answering({ ...file('x'), [Symbol.asyncIterator]: stringsOfFile }),
  ),
  ...['204 No Content', '205 Reset Content', '304 Not Modified'].flatMap((status) => [
    application('C70', `a string with ${status}`, starting(status, [], 'x')),
    application('C70', `bytes in an array with ${status}`, starting(status, [], ['', new Uint8Array(1)])),
    application('C70', `bytes in a stream with ${status}`, starting(status, [], stream('', 'x'))),
    application('C70', `a FileBody with ${status}`, starting(status, [], file('x'))),
  ]),
  ...['1', '3', '9007199254740993'].flatMap((length) => [
    application(
      'C71',
      `2 bytes for a Content-Length of ${length}`,
      answering('\u00e4', [TEXT, ['Content-Length', length]]),
    ),
    application('C71', `2 bytes in an array for ${length}`, answering(['a', 'b'], [TEXT, ['Content-Length', length]])),
    application(
      'C71',
      `2 bytes in a stream for ${length}`,
      answering(stream('a', 'b'), [TEXT, ['Content-Length', length]]),
    ),
    application(
      'C71',
      `2 bytes in an iterable for ${length}`,
      answering(iterable('a', 'b'), [['content-length', length]]),
    ),
    application('C71', `2 bytes in a file for ${length}`, answering(file('ab'), [TEXT, ['Content-Length', length]])),
  ]),
  {
    clause: 'C71',
    by: 'application',
    title: 'a surplus in the answer to HEAD',
    provoke: (check) =>
      serveNaively(check(answering('ab', [['Content-Length', '1']])), environFor('/', { method: 'HEAD' })),
  },
  { ...application('C64', 'bytes without a Content-Type', answering('x', [])), strict: true },
]

export const lifeBreaches: readonly BreachCase[] = [
  server('C78', 'a body that is never closed', async (body, verify) => {
    for await (const _chunk of iterate(body));
    verify()
  }),
  server(
    'C78',
    'an array with close() that is never closed',
    (_body, verify) => verify(),
    () => closeable(['a']),
  ),
  server(
    'C78',
    'a FileBody that is never closed',
    (_body, verify) => verify(),
    () => file('x'),
  ),
  server('C78', 'a body that is closed twice', async (body) => {
    await drain(body)
    await close(body)
  }),
  server('C79', 'an iterator that is left half way without return()', async (body, verify) => {
    await iterate(body)[Symbol.asyncIterator]().next()
    await close(body)
    verify()
  }),
  server('C79', 'a return() that is called twice', async (body) => {
    const iterator = iterate(body)[Symbol.asyncIterator]()
    await iterator.return?.()
    await iterator.return?.()
  }),
  server('C74', 'a body that is iterated twice', (body) => {
    iterate(body)[Symbol.asyncIterator]()
    iterate(body)[Symbol.asyncIterator]()
  }),
  server(
    'C74',
    'a generator that is iterated twice',
    (body) => void [...iterateSync(body), ...iterateSync(body)],
    function* () {
      yield 'a'
    },
  ),
  ...[stream('a'), new Set(['a'])].map((body) =>
    server(
      'C74',
      `a ${body.constructor.name} behind an iterable that is iterated twice`,
      (guarded) => {
        const symbol = Symbol.asyncIterator in Object(guarded) ? Symbol.asyncIterator : Symbol.iterator
        for (let times = 0; times < 2; times += 1) Object(guarded)[symbol]()
      },
      () => (body instanceof Set ? body : { [Symbol.asyncIterator]: () => body }),
    ),
  ),
  server('C74', 'two chunks that are asked for at once', async (body) => {
    const iterator = iterate(body)[Symbol.asyncIterator]()
    await Promise.all([iterator.next(), iterator.next()])
  }),
  server('C81', 'a chunk that is asked for after the end', async (body) => {
    const iterator = iterate(body)[Symbol.asyncIterator]()
    for (let pulls = 0; pulls < 4; pulls += 1) await iterator.next()
  }),
  server('C81', 'a chunk that is asked for after return()', async (body) => {
    const iterator = iterate(body)[Symbol.asyncIterator]()
    await iterator.return?.()
    await iterator.next()
  }),
  server('C81', 'a chunk that is asked for after close()', async (body) => {
    const iterator = iterate(body)[Symbol.asyncIterator]()
    await close(body)
    await iterator.next()
  }),
  server('C81', 'a body that is iterated after close()', async (body) => {
    await close(body)
    iterate(body)[Symbol.asyncIterator]()
  }),
  {
    clause: 'C80',
    by: 'server',
    title: 'an exhausted iterator without return()',
    strict: true,
    provoke: async (check) => {
      const checked = check(answering(stream('a')))
      const body = await checked(environFor('/'), acceptAll)
      for await (const _chunk of iterate(body));
      await close(body)
      checked.verify()
    },
  },
  {
    clause: 'C75',
    by: 'server',
    title: 'a body that is never iterated',
    strict: true,
    provoke: async (check) => close(await check(answering(stream('a')))(environFor('/'), acceptAll)),
  },
  {
    clause: 'C75',
    by: 'server',
    title: 'a body that is left half way',
    strict: true,
    provoke: async (check) => {
      const body = await check(answering(stream('a', 'b')))(environFor('/'), acceptAll)
      for await (const _chunk of iterate(body)) break
      await close(body)
    },
  },
  {
    clause: 'C73',
    by: 'server',
    title: 'a body that is pulled on for HEAD',
    strict: true,
    provoke: (check) => serveNaively(check(answering(stream('a', 'b'))), environFor('/', { method: 'HEAD' })),
  },
]

export function iterable(...chunks: unknown[]): Iterable<unknown> {
  return { [Symbol.iterator]: () => chunks[Symbol.iterator]() }
}

export async function* stream(...chunks: unknown[]): AsyncGenerator<unknown> {
  for (const chunk of chunks) yield await chunk
}

export function file(text: string) {
  return {
    fd: 0,
    start: 0,
    length: text.length,
    close() {},
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode(text)
    },
  }
}

async function* stringsOfFile(): AsyncGenerator<string> {
  yield 'x'
}

function closeable<B extends object>(body: B): B & { close(): void } {
  return Object.assign(body, { close() {} })
}

function starting(status: string, headers: readonly [string, string][], body: unknown): Application {
  return (_environ, startResponse) => {
    startResponse(status, headers)
    return wrong(body)
  }
}

function application(clause: BreachCase['clause'], title: string, broken: Application): BreachCase {
  return { clause, by: 'application', title, provoke: (check) => serveNaively(check(broken)) }
}

/** `abuse` gets a good body, and breaks the contract with it at the latest in `verify`. */
function server(
  clause: BreachCase['clause'],
  title: string,
  abuse: (body: Body, verify: () => void) => unknown,
  makeBody: () => unknown = () => stream('a', 'b'),
): BreachCase {
  const provoke: BreachCase['provoke'] = async (check) => {
    const checked = check((...given) => answering(makeBody())(...given))
    await abuse(await checked(environFor('/'), acceptAll), checked.verify)
  }
  return { clause, by: 'server', title, provoke }
}

function iterate(body: Body): AsyncIterable<unknown> {
  return wrong(body)
}

function iterateSync(body: Body): Iterable<unknown> {
  return wrong(body)
}

async function close(body: Body): Promise<void> {
  await Reflect.apply(Reflect.get(Object(body), 'close'), body, [])
}
