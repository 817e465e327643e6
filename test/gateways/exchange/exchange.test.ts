/** How a response begins and flows. How it ends: exchange-end.test.ts. */
import type { Application, Body, HeaderList } from '@tsgi/contract'
import { describe, expect, it } from 'vitest'
import { Log, play, playToEnd, prepare, RecordingSink, turn, until } from './recording-sink.ts'

const plain: HeaderList = [['Content-Type', 'text/plain']]

/** An application that answers 200 with this body. */
function answering(body: () => Body, status = '200 OK', headers = plain): Application {
  return (_environ, startResponse) => {
    startResponse(status, headers)
    return body()
  }
}

const encode = (text: string) => new TextEncoder().encode(text)

function* sync(...chunks: string[]) {
  yield* chunks
}

async function* async(...chunks: string[]) {
  yield* chunks
}

/** An iterable as plain JavaScript may write it: `done` is whatever it is. */
function doneBy(done: unknown, ...chunks: string[]): Iterable<string> {
  const next = () => ({ done: chunks.length === 0 && done, value: chunks.shift() }) as IteratorResult<string>
  return { [Symbol.iterator]: () => ({ next }) }
}

function fileBody(text: string) {
  return {
    fd: 0,
    start: 0,
    length: encode(text).length,
    close: () => undefined,
    async *[Symbol.asyncIterator]() {
      yield encode(text)
    },
  }
}

describe('the kinds of a body (C3, C68)', () => {
  it.each<[string, () => Body, string[], number | undefined]>([
    ['a string is one chunk, never iterated by character', () => 'añ你', ['write añ你'], 6],
    ['octets are one chunk', () => encode('abc'), ['write abc'], 3],
    ['a list is its chunks', () => ['a', encode('b'), 'c'], ['write a', 'write b', 'write c'], 3],
    ['a generator is pulled', () => sync('a', 'b'), ['write a', 'write b'], undefined],
    ['an async generator is pulled', () => async('a', 'b'), ['write a', 'write b'], undefined],
    ['a Set is an iterable', () => new Set(['a', 'b']), ['write a', 'write b'], undefined],
    ['a stream is pulled', () => ReadableStream.from(['a', 'b']), ['write a', 'write b'], undefined],
    ['a file body announces its length', () => fileBody('abc'), ['write abc'], 3],
    ['an empty string', () => '', [], 0],
    ['no octets', () => new Uint8Array(0), [], 0],
    ['an empty list', () => [], [], 0],
    ['a list of empty chunks', () => ['', new Uint8Array(0)], [], 0],
    ['an empty generator', () => sync(), [], 0],
    ['an empty async generator', () => async(), [], 0],
    ['empty chunks are passed over', () => ['', 'a', '', 'b', ''], ['write a', 'write b'], 2],
    [
      'an iterator is done when it says so in any truthy way',
      () => doneBy(1, 'a', 'b'),
      ['write a', 'write b'],
      undefined,
    ],
    ['a string object yields its characters, as iterables do', () => sync(...'ab'), ['write a', 'write b'], undefined],
  ])('%s', async (_name, body, writes, contentLength) => {
    const { sink } = await playToEnd(answering(body))
    expect(sink.calls).toEqual(['head 200 OK', ...writes, 'end'])
    expect(sink.head).toEqual({
      status: '200 OK',
      code: 200,
      headers: ['Content-Type', 'text/plain'],
      contentLength,
      bodyless: false,
    })
  })

  it.each([undefined, null, 5, {}, () => 'x'])(
    'anything else is a 500 with a line in the log (case %#)',
    async (body) => {
      const { sink, log } = await playToEnd(
        answering(() => body as Body),
        { lawless: true },
      )
      expect(sink.calls[0]).toBe('head 500 Internal Server Error')
      expect(log.text).toMatch(/^GET \/: TypeError: the application returned /)
    },
  )
})

describe('an application that answers at once (C5)', () => {
  it.each<[string, () => Body]>([
    ['a string', () => 'x'],
    ['octets', () => encode('x')],
    ['a list', () => ['x']],
    ['a generator', () => sync('x')],
  ])('with %s has been answered when run() returns', (_name, body) => {
    expect(play(answering(body)).sink.calls).toEqual(['head 200 OK', 'write x', 'end'])
  })

  it('costs no promise', () => {
    const { exchange, sink } = prepare(
      answering(() => 'x'),
      { lawless: true },
    )
    const used: PropertyKey[] = []
    const PlatformPromise = globalThis.Promise
    const watched: ProxyHandler<PromiseConstructor> = {
      construct(target, given) {
        used.push('new')
        return Reflect.construct(target, given)
      },
      get(target, key) {
        used.push(key)
        return Reflect.get(target, key)
      },
    }
    globalThis.Promise = new Proxy(PlatformPromise, watched)
    try {
      exchange.run()
    } finally {
      globalThis.Promise = PlatformPromise
    }
    expect([sink.calls.at(-1), used]).toEqual(['end', []])
  })

  it('may also answer later', async () => {
    const { sink } = play(async (_environ, startResponse) => {
      await turn()
      startResponse('200 OK', plain)
      return 'later'
    })
    expect(sink.calls).toEqual([])
    await until(() => sink.isOver)
    expect(sink.calls).toEqual(['head 200 OK', 'write later', 'end'])
  })

  it('may return any thenable', async () => {
    const { sink } = await playToEnd(
      (_environ, startResponse) => {
        startResponse('200 OK', plain)
        const thenable = {
          // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
          then: (resolve: (body: Body) => void) => void setImmediate(resolve, 'x'),
        }
        return thenable as unknown as Promise<Body> // the types ask for a real one
      },
      { lawless: true },
    )
    expect(sink.body).toBe('x')
  })
})

describe('startResponse', () => {
  it('sends nothing: the head goes with the first chunk that is not empty (C53)', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { sink } = play(
      answering(async function* () {
        yield ''
        await gates[0]?.promise
        yield new Uint8Array(0)
        await gates[1]?.promise
        yield 'x'
      }),
    )
    await turn()
    gates[0]?.resolve()
    await turn()
    expect(sink.calls).toEqual([])
    gates[1]?.resolve()
    await until(() => sink.isOver)
    expect(sink.calls).toEqual(['head 200 OK', 'write x', 'end'])
  })

  it('may come as late as the first chunk (PEP 3333: from within the iterable)', async () => {
    const { sink } = await playToEnd(async function* (_environ, startResponse) {
      await turn()
      startResponse('200 OK', plain)
      yield 'x'
    })
    expect(sink.calls).toEqual(['head 200 OK', 'write x', 'end'])
  })

  it.each<[string, Application]>([
    ['a string', () => 'x'],
    ['an empty string', () => ''],
    ['a list', () => ['x']],
    ['a generator', () => sync('x')],
    ['an async generator', () => async('x')],
    ['an empty async generator', () => async()],
  ])('that was never called makes %s a 500 (C48)', async (_name, application) => {
    const { sink, log } = await playToEnd(application, { lawless: true })
    expect(sink.calls).toEqual(['head 500 Internal Server Error', 'write Internal Server Error\n', 'end'])
    expect(log.text).toContain('without having called startResponse')
  })

  it.each([undefined, null])(
    'called twice without an error (%s) throws, and the first head stays (C49, C50)',
    (error) => {
      const { sink } = play(
        (_environ, startResponse) => {
          startResponse('200 OK', plain)
          expect(() => startResponse('404 Not Found', [], error)).toThrow('called again without an error')
          return 'x'
        },
        { lawless: true },
      )
      expect(sink.calls).toEqual(['head 200 OK', 'write x', 'end'])
    },
  )

  it('called again with an error replaces the head that has not gone (C51)', () => {
    const { sink } = play((_environ, startResponse) => {
      startResponse('200 OK', [['X-First', '1']])
      startResponse('500 Oops', [['X-Second', '2']], new Error('late'))
      return ''
    })
    expect(sink.calls).toEqual(['head 500 Oops', 'end'])
    expect(sink.head?.headers).toEqual(['X-Second', '2'])
  })

  it('called again with an error after the head has gone throws that very error (C51)', async () => {
    const error = new Error('too late')
    const { sink, log } = await playToEnd(async function* (_environ, startResponse) {
      startResponse('200 OK', plain)
      yield 'x'
      startResponse('500 Oops', [], error)
    })
    expect(sink.calls).toEqual(['head 200 OK', 'write x', 'abort'])
    expect(log.text).toContain('too late')
  })

  it('called first with an error is a first call', () => {
    const { sink } = play((_environ, startResponse) => {
      startResponse('503 Busy', plain, new Error('x'))
      return 'y'
    })
    expect(sink.calls).toEqual(['head 503 Busy', 'write y', 'end'])
  })

  it('keeps its headers: a list changed afterwards has no effect', () => {
    const headers: [string, string][] = [['Content-Type', 'a/b']]
    const { sink } = play((_environ, startResponse) => {
      startResponse('200 OK', headers)
      headers[0] = ['X-Changed', 'evil\r\nX: y']
      headers.push(['X-Added', 'evil'])
      return 'x'
    })
    expect(sink.head?.headers).toEqual(['Content-Type', 'a/b'])
  })

  it.each<[string, string, HeaderList]>([
    ['hop-by-hop (C60)', '200 OK', [['Transfer-Encoding', 'chunked']]],
    ['with CR LF in a value (W-01)', '200 OK', [['X', 'a\r\nSet-Cookie: b']]],
    ['with NUL', '200 OK', [['X', 'a\0']]],
    ['beyond latin-1 (W-01: U+010A would be cut to LF)', '200 OK', [['X', '\u010a']]],
    ['with CR LF in the status', '200 OK\r\nX: y', []],
    ['1xx (C56)', '101 Switching Protocols', []],
  ])('refuses a head that is %s: 500, and a line in the log', (_name, status, headers) => {
    const { sink, log } = play(
      answering(() => 'x', status, headers),
      { lawless: true },
    )
    expect(sink.calls).toEqual(['head 500 Internal Server Error', 'write Internal Server Error\n', 'end'])
    expect(sink.head?.headers).toEqual(['Content-Type', 'text/plain; charset=utf-8'])
    expect(log.text).toMatch(/^GET \/: TypeError: /)
  })

  it('drops Date and keeps repeated names apart, in order (C65, C66)', () => {
    const headers: HeaderList = [
      ['Set-Cookie', 'a'],
      ['Date', 'x'],
      ['Set-Cookie', 'b'],
    ]
    const { sink } = play(answering(() => '', '200 OK', headers))
    expect(sink.head?.headers).toEqual(['Set-Cookie', 'a', 'Set-Cookie', 'b'])
  })
})

describe('HEAD (C73, RFC 9110 §9.3.2)', () => {
  it.each<[string, () => Body, number | undefined]>([
    ['a string', () => 'abc', 3],
    ['octets', () => encode('abc'), 3],
    ['a list', () => ['a', 'bc'], 3],
    ['a generator', () => sync('a', 'b'), undefined],
    ['an async generator', () => async('a', 'b'), undefined],
    ['an empty string: GET may have had octets', () => '', undefined],
    ['a file', () => fileBody('abc'), 3],
  ])('sends no octets of %s, and announces what is known', async (_name, body, contentLength) => {
    const { sink, log } = await playToEnd(answering(body), { method: 'HEAD' })
    expect(sink.calls).toEqual(['head 200 OK', 'end'])
    expect(sink.head).toMatchObject({ contentLength, bodyless: true })
    expect(log.text).toBe('')
  })

  it('announces a declared length, whether octets come or not', () => {
    const headers: HeaderList = [
      ['Content-Type', 'a/b'],
      ['Content-Length', '7'],
    ]
    for (const body of ['', '1234567']) {
      const { sink } = play(
        answering(() => body, '200 OK', headers),
        { method: 'HEAD' },
      )
      expect(sink.head).toMatchObject({ contentLength: 7 })
      expect(sink.calls).toEqual(['head 200 OK', 'end'])
    }
  })

  it('pulls a generator no further than its first octets', async () => {
    const pulled: string[] = []
    await playToEnd(
      answering(function* () {
        for (const chunk of ['', 'a', 'b']) {
          pulled.push(chunk)
          yield chunk
        }
      }),
      { method: 'HEAD' },
    )
    expect(pulled).toEqual(['', 'a'])
  })

  it('is decided by the method that was sent, not by what the application makes of it', () => {
    const { sink } = play(
      (environ, startResponse) => {
        environ.REQUEST_METHOD = 'GET'
        startResponse('200 OK', plain)
        return 'abc'
      },
      { method: 'HEAD' },
    )
    expect(sink.body).toBe('')
  })

  it('answers a failure without octets', () => {
    const application: Application = () => {
      throw new Error('x')
    }
    const { sink } = play(application, { method: 'HEAD' })
    expect(sink.calls).toEqual(['head 500 Internal Server Error', 'end'])
  })
})

describe.each(['204 No Content', '205 Reset Content', '304 Not Modified'])('%s (W-03)', (status) => {
  it('has no octets', () => {
    const { sink, log } = play(answering(() => '', status, []))
    expect([sink.calls, log.text]).toEqual([[`head ${status}`, 'end'], ''])
  })

  it.each<[string, () => Body]>([
    ['a string', () => 'x'],
    ['a list', () => ['x', 'y']],
    ['a generator', () => sync('x', 'y')],
    ['an async generator', () => async('x', 'y')],
  ])('drops those of %s, and says so', async (_name, body) => {
    const { sink, log } = await playToEnd(answering(body, status, []), { lawless: true })
    expect(sink.calls).toEqual([`head ${status}`, 'end'])
    expect(log.text).toBe(`GET /: a ${status.slice(0, 3)} has no body: what the application sent was dropped\n`)
  })
})

describe('Content-Length (C72)', () => {
  const declaring = (length: number, body: () => Body) =>
    answering(body, '200 OK', [
      ['Content-Type', 'a/b'],
      ['Content-Length', String(length)],
    ])

  it.each<[string, () => Body]>([
    ['a string', () => 'abcdef'],
    ['a list', () => ['ab', 'cd', 'ef']],
    ['a generator', () => sync('ab', 'cd', 'ef')],
    ['an async generator', () => async('ab', 'cd', 'ef')],
  ])('ends %s where it says, and the rest is reported once', async (_name, body) => {
    const { sink, log } = await playToEnd(declaring(3, body), { lawless: true })
    expect([sink.body, sink.calls.at(-1)]).toEqual(['abc', 'end'])
    expect(log.text).toMatch(/^GET \/: the body is longer than its Content-Length: \d+ bytes or more were dropped\n$/)
  })

  it('stops a body without end', async () => {
    const { sink } = await playToEnd(
      declaring(3, async function* () {
        for (;;) yield 'abc'
      }),
      { lawless: true },
    )
    expect(sink.calls).toEqual(['head 200 OK', 'write abc', 'end'])
  })

  it.each<[string, () => Body]>([
    ['a string', () => 'ab'],
    ['a list', () => ['a', 'b']],
    ['an empty generator', () => sync()],
    ['an empty async generator', () => async()],
  ])('that %s cannot keep is a 500: nothing has gone yet', async (_name, body) => {
    const { sink, log } = await playToEnd(declaring(3, body), { lawless: true })
    expect(sink.calls[0]).toBe('head 500 Internal Server Error')
    expect(log.text).toContain('Content-Length is 3')
  })

  it.each<[string, () => Body]>([
    ['a generator', () => sync('a', 'b')],
    ['an async generator', () => async('a', 'b')],
  ])('that %s cannot keep leaves the message visibly incomplete', async (_name, body) => {
    const { sink, log } = await playToEnd(declaring(3, body), { lawless: true })
    expect(sink.calls).toEqual(['head 200 OK', 'write a', 'write b', 'abort'])
    expect(log.text).toContain('1 bytes shorter than its Content-Length')
  })

  it('holds for a file too: one that shrank is cut, one that grew is ended (S-17)', async () => {
    const file = (length: number) => ({ ...fileBody('abc'), length })
    const short = await playToEnd(
      answering(() => file(4)),
      { lawless: true },
    )
    expect([short.sink.body, short.sink.calls.at(-1)]).toEqual(['abc', 'abort'])
    const long = await playToEnd(
      answering(() => file(2)),
      { lawless: true },
    )
    expect([long.sink.body, long.sink.calls.at(-1)]).toEqual(['ab', 'end'])
  })
})

describe('back-pressure (C74)', () => {
  it.each<[string, () => Body]>([
    ['a list', () => ['a', 'b', 'c']],
    ['a generator', () => sync('a', 'b', 'c')],
    ['an async generator', () => async('a', 'b', 'c')],
  ])('%s is pulled on only when the sink has drained', async (_name, body) => {
    const sink = new RecordingSink()
    sink.isFull = true
    play(answering(body), { sink })
    await turn()
    expect(sink.calls).toEqual(['head 200 OK', 'write a', 'drained'])
    sink.drain()
    await turn()
    expect(sink.calls.slice(3)).toEqual(['write b', 'drained'])
    sink.isFull = false
    sink.drain()
    await until(() => sink.isOver)
    expect(sink.calls.slice(5)).toEqual(['write c', 'end'])
  })

  it('a string is one write, however full the sink is', () => {
    const sink = new RecordingSink()
    sink.isFull = true
    play(
      answering(() => 'abc'),
      { sink },
    )
    expect(sink.calls).toEqual(['head 200 OK', 'write abc', 'end'])
  })

  it('pulls one chunk at a time', async () => {
    let pending = 0
    const body = {
      [Symbol.asyncIterator]: () => {
        let count = 0
        return {
          next: async () => {
            expect(++pending).toBe(1)
            await turn()
            pending--
            return count++ < 5 ? { done: false as const, value: 'x' } : { done: true as const, value: undefined }
          },
        }
      },
    }
    expect((await playToEnd(answering(() => body))).sink.body).toBe('xxxxx')
  })
})

describe('write (C54, C77)', () => {
  it('commits the head, and its octets go before those of the body', async () => {
    const sink = new RecordingSink()
    const application: Application = async (_environ, startResponse) => {
      const write = startResponse('200 OK', plain)
      expect(sink.calls).toEqual([])
      await write('a')
      await write(encode('b'))
      return ['c']
    }
    await playToEnd(application, { sink })
    expect(sink.calls).toEqual(['head 200 OK', 'write a', 'write b', 'write c', 'end'])
    expect(sink.head?.contentLength).toBeUndefined()
  })

  it('resolves when more may be written', async () => {
    const sink = new RecordingSink()
    sink.isFull = true
    const steps: string[] = []
    play(
      async (_environ, startResponse) => {
        const write = startResponse('200 OK', plain)
        await Promise.all([write('a').then(() => steps.push('a')), write('b').then(() => steps.push('b'))])
        return ''
      },
      { sink },
    )
    await turn()
    expect([sink.calls, steps]).toEqual([['head 200 OK', 'write a', 'drained', 'write b'], []])
    sink.drain()
    await until(() => sink.isOver)
    expect(steps).toEqual(['a', 'b'])
  })

  it('throws at once for what is no chunk: nobody may be waiting', async () => {
    const { sink, log } = await playToEnd(
      (_environ, startResponse) => {
        const write = startResponse('200 OK', plain) as (chunk: unknown) => Promise<void>
        void write(5)
        return 'unreachable'
      },
      { lawless: true },
    )
    expect(sink.calls[0]).toBe('head 500 Internal Server Error')
    expect(log.text).toContain('a chunk that is a number')
  })
})

describe('tsgi.early_hints (C32)', () => {
  it('goes to the sink, checked, until the head has gone', async () => {
    const { sink } = await playToEnd(async function* (environ, startResponse) {
      environ['tsgi.early_hints']?.([['Link', '</a>']])
      startResponse('200 OK', plain)
      environ['tsgi.early_hints']?.([['Link', '</b>']])
      yield 'x'
      environ['tsgi.early_hints']?.([['Link', '</c>']])
    })
    expect(sink.calls).toEqual([
      'informational 103 Early Hints Link|</a>',
      'informational 103 Early Hints Link|</b>',
      'head 200 OK',
      'write x',
      'end',
    ])
  })

  it('throws for headers that break the contract', () => {
    const { sink } = play(
      (environ, startResponse) => {
        expect(() => environ['tsgi.early_hints']?.([['Link', 'a\r\nb']])).toThrow(TypeError)
        startResponse('200 OK', [])
        return ''
      },
      { lawless: true },
    )
    expect(sink.calls).toEqual(['head 200 OK', 'end'])
  })

  it('is absent where the transport has none', () => {
    const sink = Object.assign(new RecordingSink(), { informational: undefined })
    const { environ } = prepare(
      answering(() => ''),
      { sink: sink as unknown as RecordingSink, lawless: true },
    )
    expect('tsgi.early_hints' in environ).toBe(false)
  })
})

describe('the log', () => {
  it('names the request as it was sent, in printable characters, whatever the application did to its environ', () => {
    const { log } = play(
      (environ) => {
        Object.assign(environ, { REQUEST_URI: '/other', REQUEST_METHOD: 'OTHER', 'wsgi.errors': new Log() })
        throw new Error('a\x1b[31m\r\nERROR forged entry')
      },
      { target: '/path?q', lawless: true },
    )
    expect(log.text).toMatch(/^GET \/path\?q: Error: a\\x1b\[31m\\x0d\n {2}ERROR forged entry\n/)
    expect(
      log.text
        .trimEnd()
        .split('\n')
        .slice(1)
        .every((line) => line.startsWith('  ')),
    ).toBe(true)
  })

  it('that fails costs the client nothing', () => {
    const errors = Object.assign(new Log(), {
      write: () => {
        throw new Error('disk full')
      },
    })
    const { sink } = play(
      () => {
        throw new Error('x')
      },
      { lawless: true, log: errors },
    )
    expect(sink.calls).toEqual(['head 500 Internal Server Error', 'write Internal Server Error\n', 'end'])
  })
})
