/**
 * The same answer in every kind of body that the contract has, and how a middleware is tried: with a validator on both
 * of its sides. What ends of a body were reached is counted.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application, type Chunk, type Environ, type HeaderList, type Middleware, validate } from '@tsgi/contract'
import { type CallOptions, call, environFor, type TestResponse } from '@tsgi/contract/testing'
import { onTestFinished } from 'vitest'

export const PARTS = ['first line ä €\n'.repeat(60), 'second line 😀\n'.repeat(60), '', 'third line\n'.repeat(60)]
export const TEXT = PARTS.join('')
export const OCTETS = new TextEncoder().encode(TEXT)
export const HEADERS: HeaderList = [['Content-Type', 'text/plain; charset=utf-8']]

/** How often the ends of a body were reached. */
export class Ends {
  returned = 0
  closed = 0
}

/** An application that answers with PARTS, in one kind of body. */
export interface Kind {
  readonly name: string
  /** Whether it is answered without a promise. */
  readonly isSync: boolean
  readonly make: (ends: Ends, headers?: HeaderList, status?: string) => Application
}

function* parts(ends: Ends): Generator<Chunk> {
  try {
    yield* PARTS
  } finally {
    ends.returned += 1
  }
}

async function* laterParts(ends: Ends): AsyncGenerator<Chunk> {
  try {
    for (const part of PARTS) {
      await Promise.resolve()
      yield part
    }
  } finally {
    ends.returned += 1
  }
}

type Answer = (ends: Ends) => ReturnType<Application>

const closing = (ends: Ends) => ({
  close: () => {
    ends.closed += 1
  },
})

function kind(name: string, isSync: boolean, answer: Answer): Kind {
  const make: Kind['make'] =
    (ends, headers = HEADERS, status = '200 OK') =>
    (_environ, startResponse) => {
      startResponse(status, headers)
      return answer(ends)
    }
  return { name, isSync, make }
}

const written: Kind = {
  name: 'write()',
  isSync: false,
  make:
    (_ends, headers = HEADERS, status = '200 OK') =>
    async (_environ, startResponse) => {
      const write = startResponse(status, headers)
      for (const part of PARTS) await write(part)
      return ''
    },
}

const writtenAndReturned: Kind = {
  name: 'write() that is not awaited, and a generator',
  isSync: true,
  make:
    (_ends, headers = HEADERS, status = '200 OK') =>
    (_environ, startResponse) => {
      const write = startResponse(status, headers)
      void write(PARTS[0] ?? '')
      void write(PARTS[1] ?? '')
      return (function* () {
        yield* PARTS.slice(2)
      })()
    },
}

const late: Kind = {
  name: 'a generator that begins the response itself',
  isSync: true,
  make:
    (ends, headers = HEADERS, status = '200 OK') =>
    (_environ, startResponse) =>
      (function* () {
        yield ''
        startResponse(status, headers)
        yield* parts(ends)
      })(),
}

const lateAndAsync: Kind = {
  name: 'an async generator that begins the response itself',
  isSync: true,
  make:
    (ends, headers = HEADERS, status = '200 OK') =>
    (_environ, startResponse) =>
      (async function* () {
        startResponse(status, headers)
        yield* laterParts(ends)
      })(),
}

export const KINDS: readonly Kind[] = [
  kind('a string', true, () => TEXT),
  kind('octets', true, () => OCTETS),
  kind('an array', true, () => [...PARTS]),
  kind('an array with close()', true, (ends) => Object.assign([...PARTS], closing(ends))),
  kind('a generator', true, parts),
  kind('a generator with close()', true, (ends) => Object.assign(parts(ends), closing(ends))),
  kind('an async generator', true, laterParts),
  kind('an iterable with close()', true, (ends) => ({ [Symbol.iterator]: () => parts(ends), ...closing(ends) })),
  kind('an async iterable with close()', true, (ends) => ({
    [Symbol.asyncIterator]: () => laterParts(ends),
    ...closing(ends),
  })),
  kind('a FileBody', true, fileBody),
  kind('a promise of a string', false, async () => TEXT),
  kind('a promise of an async generator', false, async (ends) => laterParts(ends)),
  written,
  writtenAndReturned,
  late,
  lateAndAsync,
]

function fileBody(ends: Ends) {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-middleware-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'a.txt'), OCTETS)
  const fd = openSync(join(folder, 'a.txt'), 'r')
  return {
    fd,
    start: 0,
    length: OCTETS.length,
    async *[Symbol.asyncIterator]() {
      for (let position = 0; position < OCTETS.length; position += 1000) {
        const block = new Uint8Array(Math.min(1000, OCTETS.length - position))
        readSync(fd, block, 0, block.length, position)
        yield block
      }
    },
    close: () => {
      ends.closed += 1
      closeSync(fd)
    },
  }
}

/**
 * A middleware between two strict validators.
 * @param pulls false if it may leave a body that it does not send: the inner validator is then not strict (C75).
 */
export function between(
  middleware: Middleware,
  application: Application,
  pulls = true,
): { application: Application; verify: () => void } {
  const inner = validate(application, { strict: pulls })
  const outer = validate(middleware(inner), { strict: true })
  const verify = () => {
    inner.verify()
    outer.verify()
  }
  return { application: outer, verify }
}

/** One request through a middleware; fails for any breach of the contract on either side of it. */
export async function ask(
  middleware: Middleware,
  application: Application,
  target: string | Environ = '/',
  options: CallOptions = {},
  pulls = true,
): Promise<TestResponse> {
  const checked = between(middleware, application, pulls)
  const response = await call(checked.application, target, options)
  checked.verify()
  return response
}

/** A response as a server takes it that leaves after `chunks` chunks: the iterator is returned, then the body closed. @returns the body. */
export async function leaveAfter(application: Application, chunks: number, method = 'GET', headers: HeaderList = []) {
  const controller = new AbortController()
  const environ = environFor('/', { method, headers, 'tsgi.signal': controller.signal })
  const body = await application(environ, () => () => Promise.resolve())
  if (typeof body !== 'object' || !(Symbol.asyncIterator in body || Symbol.iterator in body)) return body
  const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
  for (let i = 0; i < chunks; i++) await iterator.next()
  controller.abort(new Error('the client left'))
  await iterator.return?.()
  if ('close' in body) await body.close?.()
  return body
}
