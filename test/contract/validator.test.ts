import { type Application, ContractError, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { acceptAll, answering, drain, serveNaively, TEXT, wrong } from './breaches/breach.ts'

const BOOM = new Error('boom')

describe('a right application passes through', () => {
  test('synchronously, if it is synchronous', () => {
    expect(validate(answering('x'))(environFor('/'), acceptAll)).toBe('x')
  })

  test('with its own error, thrown or rejected', async () => {
    const throwing = validate(() => {
      throw BOOM
    })
    expect(() => throwing(environFor('/'), acceptAll)).toThrow(BOOM)
    await expect(validate(() => Promise.reject(BOOM))(environFor('/'), acceptAll)).rejects.toBe(BOOM)
  })

  test('as a thenable that is no Promise', async () => {
    const thenable = (body: string) =>
      Object.defineProperty({}, 'then', { value: (resolve: (body: string) => void) => resolve(body) })
    const checked = validate((_environ, startResponse) => {
      startResponse('200 OK', [TEXT])
      return wrong(thenable('x'))
    })
    expect(await checked(environFor('/'), acceptAll)).toBe('x')
  })

  test('under another validator, at any depth', async () => {
    const checked = validate(validate(validate(answering(new Set(['a', 'b'])))), { strict: true })
    expect((await call(checked, '/')).text).toBe('ab')
    checked.verify()
  })

  test('any of them, with the same status, headers, bytes and errors as without', async () => {
    await fc.assert(
      fc.asyncProperty(responses, fc.constantFrom('GET', 'HEAD', 'POST'), async (response, method) => {
        const checked = validate(response.application())
        const [bare, validated] = await Promise.all([
          call(response.application(), '/', { method, body: 'abc\ndef' }),
          call(checked, '/', { method, body: 'abc\ndef' }),
        ])
        expect(validated).toEqual(bare)
        expect(bare.text).toBe(method === 'HEAD' ? '' : response.text)
        checked.verify()
      }),
      { numRuns: 500 },
    )
  })
})

describe('a breach is thrown to the application where it happens, and the server is not asked', () => {
  const untouched = vi.fn(async (): Promise<never> => {
    throw BOOM
  })
  const input = { read: untouched, readline: untouched, [Symbol.asyncIterator]: wrong(untouched) }
  const errors = { write: untouched, writelines: untouched, flush: untouched }
  const overrides = {
    'wsgi.input': input,
    'wsgi.errors': errors,
    'tsgi.early_hints': untouched,
    'tsgi.after_response': untouched,
  }

  test.each<[string, (...given: Parameters<Application>) => unknown]>([
    ['C41', (environ) => environ['wsgi.input'].read(-1)],
    ['C41', (environ) => environ['wsgi.input'].readline(0.5)],
    ['C46', (environ) => environ['wsgi.errors'].write(wrong(1))],
    ['C46', (environ) => environ['wsgi.errors'].writelines('x')],
    ['C32', (environ) => environ['tsgi.early_hints']?.(wrong({}))],
    ['C33', (environ) => environ['tsgi.after_response']?.(wrong({}))],
    ['C55', (_environ, startResponse) => startResponse('200', [])],
    ['C47', (_environ, startResponse) => Reflect.apply(startResponse, undefined, ['200 OK'])],
  ])('%s', async (clause, act) => {
    untouched.mockClear()
    const onError = vi.fn()
    const startResponse = vi.fn(acceptAll)
    const checked = validate(
      async (...given) => {
        await act(...given)
        return wrong(undefined)
      },
      { onError },
    )
    await expect(checked(environFor('/', overrides), startResponse)).rejects.toMatchObject({ clause })
    expect(onError).toHaveBeenCalledOnce()
    expect(untouched).not.toHaveBeenCalled()
    expect(startResponse).not.toHaveBeenCalled()
  })

  test.each<[string, (...given: Parameters<Application>) => unknown]>([
    ['C37', (environ) => environ['wsgi.input'].read(1)],
    ['C39', (environ) => environ['wsgi.input'].read()],
    ['C49', (_environ, startResponse) => [startResponse('200 OK', []), startResponse('200 OK', [])]],
    ['C67', (_environ, startResponse) => startResponse('200 OK', [])(wrong(1))],
    ['C54', (_environ, startResponse) => startResponse('200 OK', [])('x')],
  ])('%s', async (clause, act) => {
    const read = async (size = 9) => new Uint8Array(size + 1)
    const environ = environFor('/', { CONTENT_LENGTH: '9', 'wsgi.input': { ...input, read } })
    let caught: unknown
    const checked = validate(async (...given) => {
      try {
        await act(...given)
      } catch (error) {
        caught = error
      }
      return ''
    })
    await expect(checked(environ, () => wrong(() => true))).rejects.toThrow(clause)
    expect(caught).toMatchObject({ clause })
  })
})

describe('a breach of the application', () => {
  const swallowing: Application = (environ, startResponse) => {
    try {
      startResponse('200', [])
    } catch {}
    return answering('x')(environ, startResponse)
  }

  test('reaches the server even if the application swallows it', () => {
    expect(() => validate(swallowing)(environFor('/'), acceptAll)).toThrow(/^C55/)
  })

  test('reaches the server in place of another error that it led to', async () => {
    const failing = validate(async (_environ, startResponse) => {
      try {
        startResponse('200', [])
      } catch {
        throw BOOM
      }
      return ''
    })
    await expect(failing(environFor('/'), acceptAll)).rejects.toThrow(/^C55/)
  })

  test('in a stream is thrown by the pull, in place of the chunk', async () => {
    const checked = validate(async function* (environ, startResponse) {
      startResponse('200 OK', [TEXT])
      yield 'a'
      await environ['wsgi.input'].read(-1).catch(() => {})
      yield 'b'
    })
    const body = Object(checked(environFor('/'), acceptAll))
    expect(await body.next()).toEqual({ done: false, value: 'a' })
    await expect(body.next()).rejects.toThrow(/^C41/)
  })

  test('is thrown once, and does not spoil the next call', async () => {
    let calls = 0
    const checked = validate((environ, startResponse) => {
      calls += 1
      return calls === 1 ? wrong(null) : answering('x')(environ, startResponse)
    })
    expect(() => checked(environFor('/'), acceptAll)).toThrow(/^C3/)
    expect(checked(environFor('/'), acceptAll)).toBe('x')
  })
})

describe('a breach that nobody was there to catch', () => {
  const late = () => {
    let start = acceptAll
    const application: Application = (environ, startResponse) => {
      start = startResponse
      return answering('x')(environ, startResponse)
    }
    return { application, breakLate: () => expect(() => start('200 OK', [], BOOM)).toThrow(/^C52/) }
  }

  test('is thrown by the next call, once', () => {
    const { application, breakLate } = late()
    const checked = validate(application)
    checked(environFor('/'), acceptAll)
    breakLate()
    expect(() => checked(environFor('/'), acceptAll)).toThrow(/^C52/)
    expect(checked(environFor('/'), acceptAll)).toBe('x')
  })

  test('goes to onError instead, if there is one', () => {
    const { application, breakLate } = late()
    const onError = vi.fn()
    const checked = validate(application, { onError })
    checked(environFor('/'), acceptAll)
    breakLate()
    expect(onError.mock.calls).toEqual([[expect.objectContaining({ clause: 'C52', party: 'application' })]])
    expect(checked(environFor('/'), acceptAll)).toBe('x')
  })

  test('is thrown by verify(), every time', () => {
    const { application, breakLate } = late()
    const checked = validate(application, { onError() {} })
    checked(environFor('/'), acceptAll)
    checked.verify()
    breakLate()
    expect(() => checked.verify()).toThrow(/^C52/)
    expect(() => checked.verify()).toThrow(/^C52/)
  })
})

test('verify() throws the first breach, also if it was thrown before and the server swallowed it', async () => {
  const checked = validate(() => wrong(null))
  expect(() => checked(environFor('/'), acceptAll)).toThrow(/^C3/)
  expect(() => checked(wrong(null), acceptAll)).toThrow(/^C6/)
  expect(() => checked.verify()).toThrow(/^C3/)
})

test('onError is told of what is thrown too', () => {
  const onError = vi.fn()
  expect(() => validate(() => wrong(null), { onError })(environFor('/'), acceptAll)).toThrow(ContractError)
  expect(onError).toHaveBeenCalledOnce()
})

test('a server’s breach in the errors of an application is the server’s, not the application’s', async () => {
  const environ = environFor('/', { body: 'abc', CONTENT_LENGTH: '1' })
  const input = environ['wsgi.input']
  environ['wsgi.input'] = wrong({
    read: async () => new Uint8Array(3),
    readline: () => input.readline(),
    [Symbol.asyncIterator]: () => input[Symbol.asyncIterator](),
  })
  const checked = validate(async (given, startResponse) => {
    await given['wsgi.input'].read()
    return answering('x')(given, startResponse)
  })
  await expect(serveNaively(checked, environ)).rejects.toMatchObject({ clause: 'C39', party: 'server' })
})

test('a middleware is checked on both of its sides', async () => {
  const inner = validate(answering(new Set(['a', 'b'])))
  const forgetful = validate(async (environ, startResponse) => {
    const body = await inner(environ, startResponse)
    const chunks: unknown[] = []
    for await (const chunk of wrong(body) as AsyncIterable<unknown>) chunks.push(chunk)
    return chunks.join('')
  })
  await drain(await forgetful(environFor('/'), acceptAll))
  forgetful.verify()
  expect(() => inner.verify()).toThrow(/^C78/)
})

test('whatever an application returns, the server gets it or a ContractError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.anything(), async (body) => {
      const checked = validate(answering(body))
      const outcome = await serveNaively(checked).catch((error: unknown) => error)
      if (outcome !== undefined) expect(outcome).toBeInstanceOf(ContractError)
      else checked.verify()
    }),
  )
})

interface Response {
  readonly application: () => Application
  readonly text: string
}

/** Applications that keep the contract, in every shape it allows, and what their body is. */
const responses: fc.Arbitrary<Response> = fc
  .record({
    status: fc.constantFrom('200 OK', '201 ', '404 Not Found', '500 Sorry'),
    headers: fc.array(fc.tuple(fc.stringMatching(/^X-[a-z]{1,9}$/), fc.stringMatching(/^([!-~]([ -~]*[!-~])?)?$/))),
    written: fc.array(fc.string(), { maxLength: 2 }),
    chunks: fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array())),
    kind: fc.constantFrom('string', 'bytes', 'array', 'set', 'generator', 'async', 'late', 'readable'),
    declared: fc.boolean(),
    promised: fc.boolean(),
    replaced: fc.boolean(),
    log: fc.string(),
  })
  .map((shape) => (shape.kind === 'late' ? { ...shape, written: [] } : shape))
  .map((shape) => ({ application: () => applicationOf(shape), text: textOf(shape) }))

type Shape = Parameters<typeof applicationOf>[0]

function applicationOf(shape: {
  status: string
  headers: [string, string][]
  written: string[]
  chunks: (string | Uint8Array)[]
  kind: string
  declared: boolean
  promised: boolean
  replaced: boolean
  log: string
}): Application {
  const length = octetsOf([...shape.written, ...chunksOf(shape)]).length
  const headers = [TEXT, ...shape.headers, ...(shape.declared ? [['Content-Length', `${length}`] as const] : [])]
  const answer: Application = (environ, startResponse) => {
    environ['wsgi.errors'].write(shape.log)
    if (shape.replaced) startResponse('200 OK', [['Content-Length', '0']])
    const write = startResponse(shape.status, headers, shape.replaced ? BOOM : undefined)
    for (const chunk of shape.written) void write(chunk)
    return bodyOf(shape, () => {})
  }
  const lateAnswer: Application = (_environ, startResponse) =>
    bodyOf(shape, () => void startResponse(shape.status, headers))
  const synchronous = shape.kind === 'late' ? lateAnswer : answer
  return shape.promised ? async (...given) => synchronous(...given) : synchronous
}

function bodyOf(shape: Shape, begin: () => void) {
  const chunks = chunksOf(shape)
  const close = vi.fn()
  if (shape.kind === 'string') return chunks.map(String).join('')
  if (shape.kind === 'bytes') return octetsOf(chunks)
  if (shape.kind === 'array') return chunks
  if (shape.kind === 'set') return new Set(chunks.map((chunk) => chunk))
  if (shape.kind === 'readable') return ReadableStream.from(chunks.filter((chunk) => chunk.length > 0))
  if (shape.kind === 'generator') return Object.assign(chunks.values(), { close })
  return (async function* () {
    begin()
    for (const chunk of chunks) yield await Promise.resolve(chunk)
  })()
}

/** The chunks as this kind of body sends them. */
function chunksOf({ kind, chunks }: Pick<Shape, 'kind' | 'chunks'>): (string | Uint8Array)[] {
  if (kind === 'string') return chunks.filter((chunk) => typeof chunk === 'string')
  return kind === 'set' ? [...new Set(chunks)] : chunks
}

function textOf(shape: Shape): string {
  const chunks = chunksOf(shape)
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(octetsOf([...shape.written, ...chunks]))
}

function octetsOf(chunks: readonly (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    chunks.flatMap((chunk) => [...(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)]),
  )
}
