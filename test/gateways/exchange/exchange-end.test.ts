/** How an exchange ends: whole, failed, or left by its client. What flows before that: exchange.test.ts. */
import { type Application, type Body, type Chunk, type HeaderList, type InputError, validate } from '@tsgi/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FileSpan } from '../../../packages/gateways/src/exchange/sink.ts'
import { play, playToEnd, prepare, RecordingSink, turn, until } from './recording-sink.ts'

const plain: HeaderList = [['Content-Type', 'text/plain']]
const gone = new Error('the client went away')

const unhandled: unknown[] = []
const notice = (error: unknown) => void unhandled.push(error)
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', notice)
})
afterEach(async () => {
  await turn()
  process.off('unhandledRejection', notice)
  expect(unhandled, 'rejections that nobody handled').toEqual([])
})

/** A body that counts how it is treated. */
class Counted {
  readonly counts = { close: 0, return: 0, next: 0 }
  readonly chunks: Iterator<Chunk | Promise<Chunk>>

  constructor(chunks: Iterable<Chunk | Promise<Chunk>>) {
    this.chunks = chunks[Symbol.iterator]()
  }

  async next(): Promise<IteratorResult<Chunk>> {
    this.counts.next++
    const { done, value } = this.chunks.next()
    return done === true ? { done, value: undefined } : { done: false, value: await value }
  }

  async return(): Promise<IteratorResult<Chunk>> {
    this.counts.return++
    return { done: true, value: undefined }
  }

  close(): void {
    this.counts.close++
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

function answering(body: () => Body): Application {
  return (_environ, startResponse) => {
    startResponse('200 OK', plain)
    return body()
  }
}

const never = () => new Promise<never>(() => undefined)

describe('the body is closed and its iterator returned exactly once (C78–C80)', () => {
  it.each<[string, Iterable<Chunk | Promise<Chunk>>, string]>([
    ['when it was sent whole', ['a', 'b'], 'end'],
    ['when it was empty', [], 'end'],
  ])('%s', async (_name, chunks, last) => {
    const body = new Counted(chunks)
    const { sink } = await playToEnd(answering(() => body))
    expect(sink.calls.at(-1)).toBe(last)
    expect(body.counts).toMatchObject({ close: 1, return: 1 })
  })

  it('when it failed at once', async () => {
    const body = new Counted(
      (function* () {
        yield ''
        throw new Error('x')
      })(),
    )
    const { sink } = await playToEnd(answering(() => body))
    expect(sink.calls[0]).toBe('head 500 Internal Server Error')
    expect(body.counts).toMatchObject({ close: 1, return: 1 })
  })

  it('when it failed in the middle', async () => {
    const body = new Counted(
      (function* () {
        yield 'a'
        throw new Error('x')
      })(),
    )
    const { sink } = await playToEnd(answering(() => body))
    expect(sink.calls).toEqual(['head 200 OK', 'write a', 'abort'])
    expect(body.counts).toMatchObject({ close: 1, return: 1 })
  })

  it('when the client leaves while next() is pending, and what comes of it is dropped', async () => {
    const late = Promise.withResolvers<Chunk>()
    const body = new Counted(['a', late.promise, 'c'])
    const { sink, exchange } = play(answering(() => body))
    await until(() => body.counts.next === 2)
    exchange.abort(gone)
    expect(body.counts).toEqual({ next: 2, return: 1, close: 1 })
    late.resolve('b')
    await turn()
    expect(sink.calls).toEqual(['head 200 OK', 'write a'])
    expect(body.counts).toEqual({ next: 2, return: 1, close: 1 })
  })

  it('when the client leaves and the pending next() then fails: an echo of that is no news', async () => {
    const late = Promise.withResolvers<Chunk>()
    const { exchange, log } = play(answering(() => new Counted([late.promise])))
    await turn()
    exchange.abort(gone)
    late.reject(gone)
    await turn()
    expect(log.text).toBe('')
  })

  it('when the client leaves while the sink is full', async () => {
    const sink = new RecordingSink()
    sink.isFull = true
    const body = new Counted(['a', 'b'])
    const { exchange } = play(
      answering(() => body),
      { sink },
    )
    await until(() => sink.calls.includes('drained'))
    exchange.abort(gone)
    sink.drain()
    await turn()
    expect(sink.calls).toEqual(['head 200 OK', 'write a', 'drained'])
    expect(body.counts).toEqual({ next: 1, return: 1, close: 1 })
  })

  it('when the client leaves before the application has answered', async () => {
    const answer = Promise.withResolvers<Body>()
    const body = new Counted(['a'])
    const { sink, exchange } = play(
      (_environ, startResponse) => {
        startResponse('200 OK', plain)
        return answer.promise
      },
      { lawless: true },
    )
    exchange.abort(gone)
    answer.resolve(body)
    await turn()
    expect(sink.calls).toEqual([])
    expect(body.counts).toEqual({ next: 0, return: 0, close: 1 })
  })

  it('when the transport fails within a write', async () => {
    const sink = new RecordingSink()
    const body = new Counted(['a', 'b'])
    const { exchange } = prepare(
      answering(() => body),
      { sink },
    )
    sink.onCall = (call) => {
      if (call === 'write a') exchange.abort(gone)
    }
    exchange.run()
    await turn()
    expect(sink.calls).toEqual(['head 200 OK', 'write a'])
    expect(body.counts).toEqual({ next: 1, return: 1, close: 1 })
  })

  it('when HEAD needs no more of it', async () => {
    const body = new Counted(['a', 'b'])
    await playToEnd(
      answering(() => body),
      { method: 'HEAD' },
    )
    expect(body.counts).toEqual({ next: 1, return: 1, close: 1 })
  })

  it.each<[string, () => Body]>([
    ['a list', () => ['a', 'b']],
    ['an empty list', () => []],
  ])('also %s that has a close()', async (_name, list) => {
    let closed = 0
    await playToEnd(answering(() => Object.assign(list(), { close: () => void closed++ })))
    expect(closed).toBe(1)
  })

  it.each<[string, Body, string]>([
    ['no iterator', Object.assign({ close: 0 }, { length: 1 }) as unknown as Body, 'head 500 Internal Server Error'],
    ['a bad chunk in a list', ['a', 5] as unknown as Body, 'head 500 Internal Server Error'],
  ])('also a body with %s', async (_name, body, first) => {
    let closed = 0
    const { sink } = await playToEnd(
      answering(() => Object.assign(body, { close: () => void closed++ })),
      { lawless: true },
    )
    expect([sink.calls[0], closed]).toEqual([first, 1])
  })

  it('runs the finally of a generator that is left', async () => {
    const steps: string[] = []
    const { exchange } = play(
      answering(function* () {
        try {
          yield 'a'
          yield 'b'
        } finally {
          steps.push('finally')
        }
      }),
      { sink: Object.assign(new RecordingSink(), { isFull: true }) },
    )
    exchange.abort(gone)
    expect(steps).toEqual(['finally'])
  })

  it.each(['before it began', 'while a read is pending'])('cancels a stream %s', async (when) => {
    let cancelled = 0
    const stream = new ReadableStream<string>({ pull: never, cancel: () => void cancelled++ })
    const answer = Promise.withResolvers<Body>()
    const { exchange } = play(
      (_environ, startResponse) => {
        startResponse('200 OK', plain)
        return answer.promise
      },
      { lawless: true },
    )
    if (when === 'before it began') exchange.abort(gone)
    answer.resolve(stream)
    await turn()
    exchange.abort(gone)
    await turn()
    expect(cancelled).toBe(1)
  })

  it('reports what close() and return() fail with, and harms nothing (C84)', async () => {
    const body = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: true as const, value: undefined }),
        return: async () => {
          throw new Error('return failed')
        },
      }),
      close: () => {
        throw new Error('close failed')
      },
    }
    const { sink, log } = await playToEnd(
      answering(() => body),
      { lawless: true },
    )
    await turn()
    expect(sink.calls).toEqual(['head 200 OK', 'end'])
    expect(log.text).toContain('return failed')
    expect(log.text).toContain('close failed')
  })
})

/** A sink that reads files by itself, and is done with one when the test says so. */
class ReadingSink extends RecordingSink {
  readonly spans: FileSpan[] = []
  ended: (error?: Error) => void = () => undefined

  sendFile(span: FileSpan, ended: (error?: Error) => void): void {
    this.spans.push(span)
    this.ended = ended
  }
}

describe('a FileBody on a transport that reads files by itself (C69)', () => {
  function sending(span: FileSpan, headers: HeaderList = plain, method = 'GET') {
    const counts = { close: 0 }
    const sink = new ReadingSink()
    const body = {
      ...span,
      close: () => void counts.close++,
      [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
        throw new Error('it was iterated')
      },
    }
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', headers)
      return body
    }
    const { exchange, log } = play(application, { sink, method, lawless: headers !== plain })
    return { counts, reading: sink, exchange, log }
  }
  const span = { fd: 7, start: 3, length: 5 }

  it('is handed over with its length, and closed when it has been sent', () => {
    const { counts, reading, exchange } = sending(span)
    expect(reading.heads[0]?.contentLength).toBe(5)
    expect([reading.spans, counts.close, exchange.state]).toEqual([[span], 0, 'committed'])
    reading.ended()
    expect([reading.calls, counts.close, exchange.state]).toEqual([['head 200 OK', 'end'], 1, 'ended'])
  })

  it('is not closed under a read when the client leaves', () => {
    const { counts, reading, exchange } = sending(span)
    exchange.abort(gone)
    expect(counts.close).toBe(0)
    reading.ended()
    expect([reading.calls, counts.close]).toEqual([['head 200 OK'], 1])
  })

  it('that fails leaves the message incomplete', () => {
    const { counts, reading, log } = sending(span)
    reading.ended(new Error('EIO'))
    expect([reading.calls, counts.close]).toEqual([['head 200 OK', 'abort'], 1])
    expect(log.text).toContain('EIO')
  })

  it.each([
    ['HEAD', span],
    ['GET', { ...span, length: 0 }],
  ])('is not read for %s of %o', (method, file) => {
    const { counts, reading } = sending(file, plain, method)
    expect([reading.calls, reading.spans, counts.close]).toEqual([['head 200 OK', 'end'], [], 1])
  })

  it('is cut where its Content-Length ends, and that is reported (C72)', () => {
    const { reading, log } = sending(span, [...plain, ['Content-Length', '2']])
    expect(reading.spans).toEqual([{ ...span, length: 2 }])
    reading.ended()
    expect(reading.calls).toEqual(['head 200 OK', 'end'])
    expect(log.text).toContain('3 bytes were dropped')
  })

  it('is iterated behind what write has sent: the framing is not a length then (C77)', async () => {
    const sink = new ReadingSink()
    const application: Application = (_environ, startResponse) => {
      void startResponse('200 OK', plain)('a')
      return {
        ...span,
        close: () => undefined,
        async *[Symbol.asyncIterator]() {
          yield new TextEncoder().encode('octet')
        },
      }
    }
    await playToEnd(application, { sink })
    expect([sink.body, sink.spans]).toEqual(['aoctet', []])
  })
})

describe('an application that fails (C83)', () => {
  const failures: [string, Application][] = [
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('secret')
      },
    ],
    [
      'throws after startResponse',
      (_environ, startResponse) => {
        startResponse('200 OK', plain)
        throw new Error('secret')
      },
    ],
    [
      'fails in its generator before a chunk',
      answering(function* () {
        yield ''
        throw new Error('secret')
      }),
    ],
    [
      'fails in its async generator before a chunk',
      answering(async function* () {
        yield ''
        throw new Error('secret')
      }),
    ],
    [
      'gives a stream that fails',
      answering(() => new ReadableStream<string>({ start: (c) => c.error(new Error('secret')) })),
    ],
  ]

  // With and without the validator between: it wraps iterators, and so hides what a server does to them.
  it.each(
    failures.flatMap(([name, application]) => [false, true].map((lawless) => [name, application, lawless] as const)),
  )(
    'when it %s, is a 500 that tells the client nothing and the operator all, once',
    async (_name, application, lawless) => {
      const { sink, log } = await playToEnd(application, { lawless })
      await turn()
      expect(sink.calls).toEqual(['head 500 Internal Server Error', 'write Internal Server Error\n', 'end'])
      expect(sink.head?.headers).toEqual(['Content-Type', 'text/plain; charset=utf-8'])
      expect(log.text.match(/secret/g)).toHaveLength(1)
      expect(log.text).toMatch(/^GET \/: Error: secret\n {6}at /)
    },
  )

  it.each<[string, () => Body]>([
    [
      'a generator',
      function* () {
        yield 'a'
        throw new Error('secret')
      },
    ],
    [
      'an async generator',
      async function* () {
        yield 'a'
        throw new Error('secret')
      },
    ],
    [
      'a bad chunk',
      function* () {
        yield 'a'
        yield 5 as unknown as string
      },
    ],
  ])('after the head, in %s, leaves the message visibly incomplete', async (_name, body) => {
    const { sink, log } = await playToEnd(answering(body), { lawless: true })
    expect(sink.calls).toEqual(['head 200 OK', 'write a', 'abort'])
    expect(log.text).toMatch(/^GET \/: (Error: secret|TypeError: the body has a chunk that is a number)/)
  })

  it('after all that was announced has gone, cannot make it incomplete any more', async () => {
    const { sink, log } = await playToEnd((_environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '1'], ...plain])
      return (async function* () {
        yield 'a'
        throw new Error('afterwards')
      })()
    })
    expect(sink.calls).toEqual(['head 200 OK', 'write a', 'end'])
    expect(log.text).toContain('afterwards')
  })

  it.each([undefined, null, 'text', 0, Symbol('s'), Object.create(null)])(
    'may throw anything (case %#)',
    async (thrown) => {
      for (const application of [
        () => {
          throw thrown
        },
        () => Promise.reject(thrown),
      ]) {
        const { sink, log } = await playToEnd(application, { lawless: true })
        expect(sink.calls[0]).toBe('head 500 Internal Server Error')
        expect(log.text).toMatch(/^GET \/: thrown: /)
      }
    },
  )

  it.each([400, 408, 413])('with what wsgi.input gave it is a %i, and no line in the log (C40)', async (status) => {
    const error: InputError = Object.assign(new Error('cut'), { 'tsgi.status': status })
    const { sink, log } = await playToEnd(() => Promise.reject(error), { lawless: true })
    expect(sink.calls[0]).toMatch(`head ${status} `)
    expect([sink.calls.at(-1), log.text]).toEqual(['end', ''])
  })

  it('with what wsgi.input gave it after the head has gone leaves the message incomplete', async () => {
    const error: InputError = Object.assign(new Error('cut'), { 'tsgi.status': 400 })
    const { sink } = await playToEnd(
      answering(async function* () {
        yield 'a'
        throw error
      }),
    )
    expect(sink.calls).toEqual(['head 200 OK', 'write a', 'abort'])
  })

  it.each([
    Object.assign(new Error('x'), { status: 404 }),
    Object.assign(new Error('x'), { code: 404, statusCode: 404 }),
    Object.assign(new Error('x'), { 'tsgi.status': '404' }),
    Object.assign(new Error('x'), { 'tsgi.status': 200 }),
    Object.assign(new Error('x'), { 'tsgi.status': Number.NaN }),
    { 'tsgi.status': 404 },
  ])('with any other status on its error is a 500 (case %#)', async (error) => {
    const { sink } = await playToEnd(() => Promise.reject(error), { lawless: true })
    expect(sink.calls[0]).toBe('head 500 Internal Server Error')
  })

  it('with an iterator that breaks its own contract is a 500', async () => {
    const body = { [Symbol.asyncIterator]: () => ({ next: async () => undefined }) } as unknown as Body
    const { sink } = await playToEnd(
      answering(() => body),
      { lawless: true },
    )
    expect(sink.calls[0]).toBe('head 500 Internal Server Error')
  })
})

describe('a client that leaves', () => {
  it('before run() is never served', () => {
    let called = 0
    const { exchange, sink } = prepare(
      answering(() => String(called++)),
      { lawless: true },
    )
    exchange.abort(gone)
    exchange.run()
    expect([called, sink.calls]).toEqual([0, []])
  })

  it('after the end changes nothing', () => {
    const { exchange, sink, environ } = play(answering(() => 'x'))
    exchange.abort(gone)
    expect([sink.calls.at(-1), exchange.state]).toEqual(['end', 'ended'])
    expect(environ['tsgi.signal'].aborted).toBe(false)
  })

  it('twice is once', () => {
    const aborted: unknown[] = []
    const { exchange } = play(
      (environ) => {
        environ['tsgi.signal'].addEventListener('abort', () => aborted.push(environ['tsgi.signal'].reason))
        return never()
      },
      { lawless: true },
    )
    exchange.abort(gone)
    exchange.abort(new Error('again'))
    expect(aborted).toEqual([gone])
  })

  it('lets what the application does late be no-ops, without an unhandled rejection', async () => {
    const steps: unknown[] = []
    const leave = Promise.withResolvers<void>()
    const { sink, exchange, log } = play(
      async (environ, startResponse) => {
        const write = startResponse('200 OK', plain)
        await leave.promise
        startResponse('500 Late', [], new Error('late'))
        environ['tsgi.early_hints']?.([])
        void write('nobody waits')
        await write('somebody waits').catch((error) => steps.push(error))
        return 'late'
      },
      { lawless: true },
    )
    exchange.abort(gone)
    leave.resolve()
    await turn()
    expect([sink.calls, steps, log.text]).toEqual([[], [gone], ''])
  })

  it('does no harm to a write that nobody waits for', async () => {
    const sink = Object.assign(new RecordingSink(), { isFull: true })
    const application: Application = (_environ, startResponse) => {
      void startResponse('200 OK', plain)('nobody waits')
      return never()
    }
    const { exchange } = play(application, { sink, lawless: true })
    exchange.abort(gone)
    await turn()
    expect(sink.calls).toEqual(['head 200 OK', 'write nobody waits', 'drained'])
  })

  it('rejects a write that waits, and the application may let it pass', async () => {
    const sink = Object.assign(new RecordingSink(), { isFull: true })
    const seen: unknown[] = []
    const { exchange, log } = play(
      async (_environ, startResponse) => {
        const write = startResponse('200 OK', plain)
        void write('nobody waits')
        await write('x').catch((error) => {
          seen.push(error)
          throw error
        })
        return 'unreachable'
      },
      { sink, lawless: true },
    )
    exchange.abort(gone)
    await turn()
    expect([sink.calls, seen, log.text]).toEqual([
      ['head 200 OK', 'write nobody waits', 'drained', 'write x'],
      [gone],
      '',
    ])
  })

  it('is told from a fault of the application: that is still reported', async () => {
    const leave = Promise.withResolvers<void>()
    const { exchange, log } = play(() =>
      leave.promise.then(() => {
        throw new RangeError('a real fault')
      }),
    )
    exchange.abort(gone)
    leave.resolve()
    await turn()
    expect(log.text).toContain('RangeError: a real fault')
  })

  it.each([gone, new Error('wrapped', { cause: gone }), new DOMException('x', 'AbortError')])(
    'is no news when the application fails of it (case %#)',
    async (error) => {
      const leave = Promise.withResolvers<Body>()
      const { exchange, log } = play(() => leave.promise, { lawless: true })
      exchange.abort(gone)
      leave.reject(error)
      await turn()
      expect(log.text).toBe('')
    },
  )
})

describe('tsgi.signal (C30, C31)', () => {
  it('is made when it is first read, once', () => {
    let made = 0
    const Platform = globalThis.AbortController
    globalThis.AbortController = class extends Platform {
      constructor() {
        super()
        made++
      }
    }
    try {
      const { environ } = prepare(
        answering(() => ''),
        { lawless: true },
      )
      expect(made).toBe(0)
      expect(environ['tsgi.signal']).toBe(environ['tsgi.signal'])
      expect(made).toBe(1)
    } finally {
      globalThis.AbortController = Platform
    }
  })

  it('aborts with the reason when the client leaves', () => {
    const { environ, exchange } = prepare(
      answering(() => ''),
      { lawless: true },
    )
    const { 'tsgi.signal': signal } = environ
    expect(signal.aborted).toBe(false)
    exchange.abort(gone)
    expect([signal.aborted, signal.reason]).toEqual([true, gone])
  })

  it('is aborted already when it is first read too late', () => {
    const { environ, exchange } = prepare(
      answering(() => ''),
      { lawless: true },
    )
    exchange.abort(gone)
    expect(environ['tsgi.signal'].reason).toBe(gone)
  })

  it("is carried by a copy, by inheritance and by a middleware's environ", () => {
    const { environ, exchange } = prepare(
      answering(() => ''),
      { lawless: true },
    )
    const inherited: typeof environ = Object.create(environ)
    const described: typeof environ = Object.defineProperties(
      {},
      Object.getOwnPropertyDescriptors(environ),
    ) as typeof environ
    const copy = { ...environ, SCRIPT_NAME: '/x' }
    exchange.abort(gone)
    for (const other of [inherited, described, copy]) expect(other['tsgi.signal'].reason).toBe(gone)
    expect(copy['tsgi.signal']).toBe(environ['tsgi.signal'])
  })

  it('may be replaced by a middleware, in a copy or in place', () => {
    const { environ } = prepare(
      answering(() => ''),
      { lawless: true },
    )
    const mine = AbortSignal.timeout(60_000)
    const inherited: typeof environ = Object.create(environ)
    inherited['tsgi.signal'] = mine
    expect([inherited['tsgi.signal'], environ['tsgi.signal'] === mine]).toEqual([mine, false])
    environ['tsgi.signal'] = mine
    expect(environ['tsgi.signal']).toBe(mine)
    expect(Object.keys(environ)).toContain('tsgi.signal')
  })
})

describe('tsgi.after_response (C33)', () => {
  it('runs each task once, in order, after the end, and the platform waits for them', async () => {
    const steps: string[] = []
    const sink = new RecordingSink()
    sink.onCall = (call) => void steps.push(call)
    play(
      (environ, startResponse) => {
        environ['tsgi.after_response']?.(() => void steps.push('first'))
        environ['tsgi.after_response']?.(async () => {
          await turn()
          steps.push('second')
        })
        startResponse('200 OK', [])
        return ''
      },
      { sink },
    )
    expect(steps).toEqual(['head 200 OK', 'end'])
    await Promise.all(sink.waitedFor)
    expect(steps).toEqual(['head 200 OK', 'end', 'first', 'second'])
  })

  it.each(['thrown', 'rejected'])('reports a failure that is %s, and runs the others', async (kind) => {
    const steps: string[] = []
    const { sink, log } = play((environ, startResponse) => {
      environ['tsgi.after_response']?.(() => {
        const error = new Error('task failed')
        if (kind === 'rejected') return Promise.reject(error)
        throw error
      })
      environ['tsgi.after_response']?.(() => void steps.push('ran'))
      startResponse('200 OK', [])
      return ''
    })
    await Promise.all(sink.waitedFor)
    expect([sink.calls.at(-1), steps]).toEqual(['end', ['ran']])
    expect(log.text).toContain('task failed')
  })

  it.each<[string, Application]>([
    [
      'failed',
      (environ) => {
        environ['tsgi.after_response']?.(() => void Object.assign(environ, { 'test.ran': true }))
        throw new Error('x')
      },
    ],
    [
      'was left by its client',
      (environ) => {
        environ['tsgi.after_response']?.(() => void Object.assign(environ, { 'test.ran': true }))
        return never()
      },
    ],
  ])('runs also when the exchange %s', async (_name, application) => {
    const { sink, exchange, environ } = play(application, { lawless: true })
    exchange.abort(gone)
    await Promise.all(sink.waitedFor)
    expect(environ['test.ran']).toBe(true)
  })

  it('runs a task that comes too late, also one that a task adds', async () => {
    const steps: string[] = []
    const { environ, sink } = play(answering(() => ''))
    environ['tsgi.after_response']?.(() => {
      steps.push('late')
      environ['tsgi.after_response']?.(() => void steps.push('later'))
    })
    await until(() => steps.length === 2)
    expect([steps, sink.waitedFor.length]).toEqual([['late', 'later'], 2])
  })

  it('refuses what is no function', () => {
    const { environ } = prepare(
      answering(() => ''),
      { lawless: true },
    )
    const add = environ['tsgi.after_response'] as (task: unknown) => void
    expect(() => add('task')).toThrow('takes a function, not a string')
  })
})

it('a validated application finds no fault with any of these roads', async () => {
  const application = validate(
    async (environ, startResponse) => {
      startResponse('200 OK', plain)
      await environ['wsgi.input'].read()
      return new Counted(['a', 'b', 'c'])
    },
    { strict: true },
  )
  for (const method of ['GET', 'HEAD', 'POST']) await playToEnd(application, { method, lawless: true })
  application.verify()
})
