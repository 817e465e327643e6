/** Every wrong use, and every wrong make, of the environ's input, errors and tasks. */
import type { Environ, ErrorStream, Input } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { acceptAll, answering, type BreachCase, serveNaively, TEXT, wrong } from './breach.ts'

const SIZES = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1', null]

export const inputBreaches: readonly BreachCase[] = [
  ...SIZES.flatMap((size) => [
    reading('C41', `read(${String(size)})`, (input) => input.read(wrong(size))),
    reading('C41', `readline(${String(size)})`, (input) => input.readline(wrong(size))),
  ]),
  reading('C42', 'two reads at once', (input) => Promise.all([input.read(1), input.read(1)])),
  reading('C42', 'a readline while a read waits', (input) => Promise.all([input.read(1), input.readline()])),
  reading('C42', 'an iteration while a read waits', (input) => {
    return Promise.all([input.read(1), input[Symbol.asyncIterator]().next()])
  }),
  {
    clause: 'C43',
    by: 'application',
    title: 'a read after the response has ended',
    provoke: async (check) => {
      let late: Input | undefined
      await serveNaively(
        check((environ, startResponse) => {
          late = environ['wsgi.input']
          return answering('x')(environ, startResponse)
        }),
      )
      await late?.read()
    },
  },
  {
    clause: 'C43',
    by: 'application',
    title: 'a read after the end of a stream',
    provoke: async (check) => {
      const environ = environFor('/')
      let late: Input | undefined
      await serveNaively(
        check((given, startResponse) => {
          late = given['wsgi.input']
          return answering(new Set(['x']))(given, startResponse)
        }),
        environ,
      )
      await late?.readline()
    },
  },
  providing('C36', 'an iterator that gives strings', { [Symbol.asyncIterator]: strings }, async (input) => {
    for await (const _chunk of input);
  }),
  providing('C37', 'a read that returns no promise', { read: () => new Uint8Array(1) }, (input) => input.read()),
  providing('C37', 'a read that gives a string', { read: async () => 'x' }, (input) => input.read()),
  providing('C37', 'a read that gives more than was asked', { read: async () => new Uint8Array(2) }, (input) =>
    input.read(1),
  ),
  providing('C37', 'bytes after a read that came short', { read: async () => new Uint8Array(1) }, async (input) => {
    await input.read(2)
    await input.read(2)
  }),
  providing('C37', 'bytes after everything was read', { read: async () => new Uint8Array(1) }, async (input) => {
    await input.read()
    await input.read()
  }),
  providing('C38', 'a readline that gives undefined', { readline: async () => undefined }, (input) => input.readline()),
  providing('C38', 'a readline that gives more than was asked', { readline: async () => bytes('ab') }, (input) => {
    return input.readline(1)
  }),
  providing('C38', 'a readline that gives two lines', { readline: async () => bytes('a\nb') }, (input) =>
    input.readline(),
  ),
  providing('C38', 'a readline after the last line', { readline: async () => bytes('a') }, async (input) => {
    await input.readline()
    await input.readline()
  }),
  providing('C39', 'bytes beyond CONTENT_LENGTH', { read: async () => bytes('abcd') }, (input) => input.read()),
  ...[200, 404, 500, '413', undefined].map((status) => {
    const error = Object.assign(new Error('refused'), { 'tsgi.status': status })
    return providing(
      'C40',
      `a refusal with the status ${String(status)}`,
      { read: async () => fail(error) },
      (input) => {
        return input.read()
      },
    )
  }),
  providing('C40', 'a refusal that is no Error', { read: async () => fail({ 'tsgi.status': 400 }) }, (input) =>
    input.read(),
  ),
]

export const errorsBreaches: readonly BreachCase[] = [
  ...[undefined, 1, new Uint8Array(1), new Error('x'), ['x']].map((text) => {
    return logging(`write(${String(text)})`, (errors) => errors.write(wrong(text)))
  }),
  ...[undefined, 1, 'line\n', ['a', 1], { length: 0 }].map((lines) => {
    return logging(`writelines(${String(lines)})`, (errors) => errors.writelines(wrong(lines)))
  }),
]

const ALLOWED = { isAllowed: true, remaining: 0, resetMs: 0, retryMs: 0 }
const SOCKET = {
  messages: [] as unknown as AsyncIterable<string>,
  send: async () => {},
  close: () => {},
  closed: Promise.resolve({ code: 1000, reason: '' }),
}
const OFFER = { HTTP_UPGRADE: 'websocket', HTTP_SEC_WEBSOCKET_PROTOCOL: 'a, b', 'tsgi.websocket': () => SOCKET }

export const websocketBreaches: readonly BreachCase[] = [
  ...['c', 'a, b', 7, null].map((protocol) =>
    application('C96', `the protocol ${String(protocol)}`, OFFER, (environ) => {
      environ['tsgi.websocket']?.({ protocol: wrong(protocol) })
    }),
  ),
  application('C96', 'a WebSocket that is accepted twice', OFFER, (environ) => {
    environ['tsgi.websocket']?.()
    environ['tsgi.websocket']?.({ protocol: 'a' })
  }),
  ...[undefined, 7, {}, [1], new ArrayBuffer(1)].map((message) =>
    application('C97', `send(${String(message)})`, OFFER, (environ) => {
      void environ['tsgi.websocket']?.().send(wrong(message))
    }),
  ),
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, '1000'].map((code) =>
    application('C97', `close(${String(code)})`, OFFER, (environ) => {
      environ['tsgi.websocket']?.().close(wrong(code))
    }),
  ),
  ...['x'.repeat(124), 'é'.repeat(62), 7].map((reason) =>
    application('C97', `a reason of ${String(reason).length}`, OFFER, (environ) => {
      environ['tsgi.websocket']?.().close(1000, wrong(reason))
    }),
  ),
  {
    clause: 'C97',
    by: 'server',
    title: 'a message that is neither text nor bytes',
    provoke: (check) => {
      const messages = (async function* () {
        yield wrong(7) as string
      })()
      const application = check(async (environ) => {
        const socket = environ['tsgi.websocket']?.()
        for await (const _message of socket?.messages ?? []);
        return ''
      })
      return serveNaively(application, environFor('/', { ...OFFER, 'tsgi.websocket': () => ({ ...SOCKET, messages }) }))
    },
  },
]

export const taskBreaches: readonly BreachCase[] = [
  application('C91', 'flush_head with a head', { 'tsgi.flush_head': () => {} }, (environ) => {
    const flush: ((...given: unknown[]) => void) | undefined = environ['tsgi.flush_head']
    flush?.('200 OK')
  }),
  ...[
    [7, 1, 1000],
    ['k', 0, 1000],
    ['k', 1.5, 1000],
    ['k', '1', 1000],
    ['k', 1, 0],
    ['k', 1],
    ['k', 1, Number.POSITIVE_INFINITY],
  ].map((given) =>
    application('C95', `rate_limit(${given.join(', ')})`, { 'tsgi.rate_limit': async () => ALLOWED }, (environ) =>
      Reflect.apply(environ['tsgi.rate_limit'] ?? fail, environ, given),
    ),
  ),
  ...[
    undefined,
    true,
    {},
    { ...ALLOWED, isAllowed: 1 },
    { ...ALLOWED, remaining: -1 },
    { ...ALLOWED, retryMs: '' },
  ].map(
    (result): BreachCase => ({
      clause: 'C95',
      by: 'server',
      title: `rate_limit that gives ${JSON.stringify(result)}`,
      provoke: (check) => {
        const counted = check(async (environ, startResponse) => {
          await environ['tsgi.rate_limit']?.('k', 1, 1000).catch(() => undefined)
          return answering('x')(environ, startResponse)
        })
        return serveNaively(counted, environFor('/', { 'tsgi.rate_limit': async () => wrong(result) }))
      },
    }),
  ),
  ...[undefined, 'x', Promise.resolve()].map((task) => {
    return application('C33', `after_response(${String(task)})`, { 'tsgi.after_response': () => {} }, (environ) => {
      environ['tsgi.after_response']?.(wrong(task))
    })
  }),
  {
    clause: 'C33',
    by: 'server',
    title: 'a task that is run at once',
    provoke: (check) => leaving(check, (task) => task()),
  },
  {
    clause: 'C33',
    by: 'server',
    title: 'a task that is run twice',
    provoke: async (check) => {
      const tasks: (() => unknown)[] = []
      await leaving(check, (task) => void tasks.push(task, task))
      for (const task of tasks) task()
    },
  },
]

/** Serves an application that leaves a task, to a server that does with it what it likes. */
function leaving(check: Parameters<BreachCase['provoke']>[0], take: (task: () => unknown) => void): Promise<void> {
  const application = check((environ, startResponse) => {
    environ['tsgi.after_response']?.(() => {})
    return answering('x')(environ, startResponse)
  })
  return serveNaively(application, environFor('/', { 'tsgi.after_response': take }))
}

function reading(clause: BreachCase['clause'], title: string, read: (input: Input) => unknown): BreachCase {
  return application(clause, title, { method: 'POST', body: 'abc' }, (environ) => read(environ['wsgi.input']))
}

/** The application swallows what it sees: the server is told all the same. */
function providing(
  clause: BreachCase['clause'],
  title: string,
  part: object,
  read: (input: Input) => unknown,
): BreachCase {
  const provoke: BreachCase['provoke'] = (check) => {
    const environ = environFor('/', { method: 'POST', body: 'abc' })
    const application = check(async (given, startResponse) => {
      await Promise.resolve(read(given['wsgi.input'])).catch(() => {})
      startResponse('200 OK', [TEXT])
      return 'x'
    })
    const input = environ['wsgi.input']
    const whole = {
      read: () => input.read(),
      readline: () => input.readline(),
      [Symbol.asyncIterator]: () => input[Symbol.asyncIterator](),
    }
    environ['wsgi.input'] = wrong({ ...whole, ...part })
    return application(environ, acceptAll)
  }
  return { clause, by: 'server', title, provoke }
}

function logging(title: string, log: (errors: ErrorStream) => void): BreachCase {
  return application('C46', title, {}, (environ) => log(environ['wsgi.errors']))
}

function application(
  clause: BreachCase['clause'],
  title: string,
  request: object,
  act: (environ: Environ) => unknown,
): BreachCase {
  const provoke: BreachCase['provoke'] = (check) => {
    const checked = check(async (environ, startResponse) => {
      await act(environ)
      return answering('x')(environ, startResponse)
    })
    return serveNaively(checked, environFor('/', { ...request }))
  }
  return { clause, by: 'application', title, provoke }
}

async function* strings(): AsyncGenerator<string> {
  yield 'x'
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function fail(error: unknown): never {
  throw error
}
