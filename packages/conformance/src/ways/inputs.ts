/** Ways that read the request body (section E). */
import type { Environ } from '@tsgi/contract'
import { ok, PLAIN, show, type Ways } from './way.ts'

export const inputWays: Ways = {
  'input-types': ({ 'wsgi.input': input }, startResponse) =>
    show(startResponse, [typeof input.read, typeof input.readline, typeof input[Symbol.asyncIterator]]),
  echo: async ({ 'wsgi.input': input }, startResponse, notes) => {
    notes.said.read = false
    const body = await input.read()
    notes.said.read = true
    startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
    return body
  },
  /** Reads by the sizes in the argument, `4,4,0,-`: `-` is without a size. */
  reads: async ({ 'wsgi.input': input }, startResponse, _notes, argument) => {
    const got: string[] = []
    for (const size of argument.split(','))
      got.push(textOf(await (size === '-' ? input.read() : input.read(Number(size)))))
    return show(startResponse, got)
  },
  lines: async ({ 'wsgi.input': input }, startResponse, _notes, argument) => {
    const got: string[] = []
    const size = argument === '' ? undefined : Number(argument)
    for (let line = await input.readline(size); line.length > 0; line = await input.readline(size))
      got.push(textOf(line))
    return show(startResponse, got)
  },
  iterate: async ({ 'wsgi.input': input }, startResponse) => {
    let length = 0
    for await (const chunk of input) length += chunk.length
    return show(startResponse, length)
  },
  'echo-chunks': async function* ({ 'wsgi.input': input }, startResponse) {
    startResponse('200 OK', PLAIN)
    yield 'begun\n'
    for await (const chunk of input) yield `${chunk.length}\n`
  },
  'read-and-note': async (environ, startResponse, notes, argument) => {
    const outcome = await read(environ)
    if (typeof outcome === 'string') return ok(() => outcome)(environ, startResponse, notes, argument)
    notes.said.status = statusOf(outcome.error)
    throw outcome.error
  },
  'read-and-catch': async (environ, startResponse, notes, argument) => {
    const outcome = await read(environ)
    return ok(() => (typeof outcome === 'string' ? outcome : 'caught'))(environ, startResponse, notes, argument)
  },
  'two-readers': async ({ 'wsgi.input': input }, startResponse) => {
    const both = await Promise.allSettled([input.read(3), input.read(3)])
    const rest = await input.read().catch(() => new Uint8Array(0))
    const got = both.map((each) => (each.status === 'fulfilled' ? textOf(each.value) : null))
    return show(startResponse, { got, rest: textOf(rest) })
  },
  'read-four': async ({ 'wsgi.input': input }, startResponse) => {
    const some = await input.read(4)
    startResponse('200 OK', PLAIN)
    return some
  },
  unread: ok(() => 'did not look'),
}

async function read(environ: Environ): Promise<string | { readonly error: unknown }> {
  try {
    return textOf(await environ['wsgi.input'].read())
  } catch (error) {
    return { error }
  }
}

function statusOf(error: unknown): unknown {
  return error instanceof Error && 'tsgi.status' in error ? error['tsgi.status'] : 'none'
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes)
}
