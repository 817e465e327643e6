/** Ways that end, fail or are left (sections D, I and J). */
import type { Body, Environ } from '@tsgi/contract'
import { answer, ok, PLAIN, type Ways, wait, watched } from './way.ts'

export const endWays: Ways = {
  'wait-before-head': async (environ, startResponse, notes) => {
    const signal = environ['tsgi.signal']
    signal.addEventListener('abort', () => {
      notes.aborted = true
    })
    await wait(1500)
    startResponse('200 OK', PLAIN)
    return 'late'
  },
  after: (environ, startResponse, notes, argument) => {
    environ['tsgi.after_response']?.(() => {
      notes.tasks++
    })
    notes.said.has = 'tsgi.after_response' in environ
    return ok(() => 'afterwards')(environ, startResponse, notes, argument)
  },
  'after-throws': (environ, startResponse, notes, argument) => {
    environ['tsgi.after_response']?.(() => {
      throw new Error(`task ${argument}`)
    })
    return ok(() => 'afterwards')(environ, startResponse, notes, argument)
  },
  'after-endless': (environ, startResponse, notes) => {
    notes.said.has = 'tsgi.after_response' in environ
    environ['tsgi.after_response']?.(() => {
      notes.tasks++
    })
    startResponse('200 OK', PLAIN)
    return watched(notes, endless)
  },
  'close-list': (_environ, startResponse, notes) => {
    startResponse('200 OK', PLAIN)
    return Object.assign(['a', 'b'], {
      close() {
        notes.closes++
      },
    })
  },
  'close-throws-midway': (_environ, startResponse, notes) => {
    startResponse('200 OK', PLAIN)
    return watched(notes, async function* () {
      yield 'a'
      await wait(5)
      throw new Error('midway')
    })
  },
  'close-endless': (_environ, startResponse, notes) => {
    startResponse('200 OK', PLAIN)
    return watched(notes, endless)
  },
  /** The status is the argument. */
  'close-status': (_environ, startResponse, notes, argument) => {
    startResponse(argument, argument.startsWith('304') ? [] : PLAIN)
    return watched(notes, function* () {
      yield* argument.startsWith('304') ? [] : ['x']
    })
  },
  'close-slow': (_environ, startResponse, notes) => {
    startResponse('200 OK', PLAIN)
    return watched(
      notes,
      function* () {
        yield 'a'
      },
      () => wait(3000),
    )
  },
  'close-fails': (environ, startResponse, notes, argument) => {
    environ['tsgi.after_response']?.(() => {
      throw new Error(`${argument}-task`)
    })
    startResponse('200 OK', PLAIN)
    void notes
    const body = {
      *[Symbol.iterator]() {
        yield 'whole'
      },
      close() {
        throw new Error(`${argument}-close`)
      },
    }
    return body
  },
  throw: () => {
    throw new Error('secret')
  },
  reject: async () => {
    await wait(1)
    throw new Error('secret')
  },
  'start-throw': (_environ, startResponse) => {
    startResponse('200 OK', [['X-Secret', 'secret']])
    throw new Error('secret')
  },
  'throw-status': () => Promise.reject(Object.assign(new Error('secret'), { status: 404, statusCode: 404, code: 404 })),
  'throw-input-error': () => Promise.reject(Object.assign(new Error('secret'), { 'tsgi.status': 413 })),
  'throw-odd': (_environ, _startResponse, _notes, argument) => {
    if (argument === 'undefined') throw undefined
    if (argument === 'null') throw null
    const fails = () => {
      throw new Error('a trap')
    }
    throw new Proxy(
      {},
      { get: fails, has: fails, getPrototypeOf: fails, ownKeys: fails, getOwnPropertyDescriptor: fails },
    )
  },
  'throw-after-head': ok(async function* () {
    yield 'begun'
    await wait(20)
    throw new Error('secret')
  }),
  'number-chunk': ok(() => ['a', 5 as unknown as string]),
  'no-body': ok(() => undefined as unknown as Body),
  file: (environ, startResponse, notes, argument) => openFile(environ, argument, notes, startResponse),
  echo101: (environ, startResponse) => upgrade(environ, startResponse, 'echo'),
  bye101: (environ, startResponse) => upgrade(environ, startResponse, 'bye'),
  end101: (environ, startResponse) => upgrade(environ, startResponse, 'end'),
  ignore101: answer('200 OK', PLAIN, () => 'ignored'),
}

/** Longer than any row waits. */
const MAX_CHUNKS = 400

async function* endless(): AsyncGenerator<string> {
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    yield 'x'.repeat(100)
    await wait(50)
  }
}

/** A span of a file that the platform opens: see `fileOf` of the application. `argument` is `start,length`. */
const openFile = (
  environ: Environ,
  argument: string,
  notes: { closes: number },
  startResponse: Parameters<Ways[string]>[1],
): Body => {
  const opener = environ['conformance.file']
  if (typeof opener !== 'function') {
    startResponse('501 Not Implemented', PLAIN)
    return 'no files here'
  }
  const [start = 0, length = 0] = argument.split(',').map(Number)
  startResponse('200 OK', PLAIN)
  return opener(start, length, () => {
    notes.closes++
  })
}

/** `echo` sends back what comes, `bye` says bye, `end` waits for the end of the client's side. */
async function upgrade(environ: Environ, startResponse: Parameters<Ways[string]>[1], what: string): Promise<Body> {
  const take = environ['tsgi.upgrade']
  if (take === undefined) {
    startResponse('501 Not Implemented', PLAIN)
    return 'no upgrades here'
  }
  const { input, write } = take([['Upgrade', 'echo']])
  if (what === 'bye') return 'bye'
  for await (const chunk of input) if (what === 'echo') await write(chunk)
  return what === 'end' ? 'end' : ''
}
