/** Server-sent events (WHATWG HTML §9.2), under the validator; clients that come, stay silent, leave and come again. */
import { type Application, validate } from '@tsgi/contract'
import { type CallOptions, call, environFor, ResponseCutError } from '@tsgi/contract/testing'
import { type EventSource, events, type ServerEvent } from '@tsgi/framework'
import { describe, expect, it, vi } from 'vitest'

const get = (application: Application, options: CallOptions = {}) =>
  call(validate(application, { strict: true }), '/', options)
const from = async function* (...items: readonly (ServerEvent | string)[]): EventSource {
  yield* items
}

describe('events', () => {
  it('are sent as a stream that nobody stores or gathers', async () => {
    const response = await get(events(from('a', { data: { b: 1 }, event: 'tick', id: '7', retry: 100 })))
    expect(response.headers).toEqual([
      ['Content-Type', 'text/event-stream'],
      ['Cache-Control', 'no-cache'],
      ['X-Accel-Buffering', 'no'],
    ])
    expect(response.text).toBe(':\n\ndata: a\n\nevent: tick\nid: 7\nretry: 100\ndata: {"b":1}\n\n')
  })

  it('tell the client when to come again, and have headers of their own', async () => {
    const response = await get(events(from(), { retry: 5000, headers: [['X-A', 'b']] }))
    expect([response.text, response.header('x-a')]).toEqual(['retry: 5000\n:\n\n', 'b'])
  })

  it.each<[string | ServerEvent, string]>([
    ['', 'data: \n\n'],
    ['a\nb\r\nc\rd', 'data: a\ndata: b\ndata: c\ndata: d\n\n'],
    [{ data: 'x\n\nevent: forged' }, 'data: x\ndata: \ndata: event: forged\n\n'],
    [{ data: null, id: '' }, 'id: \ndata: null\n\n'],
    [{ data: 'ü' }, 'data: ü\n\n'],
  ])('%j are %j: what is data stays data', async (event, text) => {
    expect((await get(events(from(event)))).text).toBe(`:\n\n${text}`)
  })

  it.each<[string, ServerEvent]>([
    ['an id with a line end', { data: '', id: 'a\ndata: x' }],
    ['an id with NUL, which clients ignore', { data: '', id: 'a\0' }],
    ['a name with a line end', { data: '', event: 'a\r' }],
    ['no data', { data: undefined }],
    ['a broken retry', { data: '', retry: 1.5 }],
  ])('with %s are a mistake of the source: the response is cut, and the source ended', async (_, event) => {
    let ended = 0
    const source = async function* (): EventSource {
      try {
        yield event
      } finally {
        ended++
      }
    }
    await expect(get(events(source))).rejects.toThrow(ResponseCutError)
    expect(ended).toBe(1)
  })

  it.each([
    { heartbeat: 0 },
    { heartbeat: Number.POSITIVE_INFINITY },
    { heartbeat: Number.NaN },
    { retry: -1 },
    { retry: 0.5 },
  ])('refuse %j when they are made', (options) => {
    expect(() => events(from(), options)).toThrow(TypeError)
  })

  it('refuse what gives none when they are made', () => {
    // @ts-expect-error a number
    expect(() => events(5)).toThrow('events() takes a function that gives events later, or an async iterable of them')
  })

  it('go on where the client was: Last-Event-ID is UTF-8', async () => {
    const seen: unknown[] = []
    const application = events(({ lastEventId, signal }) => {
      seen.push(lastEventId, signal.aborted)
      return from('a')
    })
    await get(application, { headers: { 'Last-Event-ID': '\xc3\xbc1' } })
    await get(application)
    expect(seen).toEqual(['ü1', false, undefined, false])
  })

  it('answer HEAD without asking the source', async () => {
    let asked = 0
    const response = await get(
      events(() => from(String(asked++))),
      { method: 'HEAD' },
    )
    expect([response.status, response.text, asked]).toEqual([200, '', 0])
  })

  it('are silent never longer than the heartbeat', async () => {
    const body = events(() => silent(new AbortController().signal), { heartbeat: 1 })(
      environFor('/'),
      () => async () => {},
    )
    const iterator = (body as AsyncIterable<string>)[Symbol.asyncIterator]()
    const chunks = [await iterator.next(), await iterator.next(), await iterator.next()].map(({ value }) => value)
    await iterator.return?.()
    expect(chunks).toEqual([':\n\n', ':\n\n', ':\n\n'])
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('that a heartbeat came before are not lost', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const source = async function* (): EventSource {
      await promise
      yield 'late'
    }
    const body = events(source, { heartbeat: 1 })(environFor('/'), () => async () => {})
    const chunks: unknown[] = []
    for await (const chunk of body as AsyncIterable<string>) if (chunks.push(chunk) === 3) resolve()
    expect(chunks.at(-1)).toBe('data: late\n\n')
  })

  it('end when the client goes, also a source that waits for ever', async () => {
    const gone = new AbortController()
    let told = false
    const source = ({ signal }: { signal: AbortSignal }): EventSource => {
      signal.addEventListener('abort', () => (told = true))
      queueMicrotask(() => gone.abort(new Error('the client has gone')))
      return silent(signal)
    }
    await expect(get(events(source), { 'tsgi.signal': gone.signal })).rejects.toThrow('the client has gone')
    expect(told).toBe(true)
  })

  it('end the source once when the server ends them, whether it waits or not', async () => {
    for (const pulls of [0, 1, 2]) {
      let returned = 0
      const source: EventSource = {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: false, value: 'x' }),
          return: async () => {
            returned++
            return { done: true, value: undefined }
          },
        }),
      }
      const body = events(source)(environFor('/'), () => async () => {})
      const iterator = (body as AsyncIterable<string>)[Symbol.asyncIterator]()
      for (let i = 0; i < pulls; i++) await iterator.next()
      await iterator.return?.()
      await iterator.return?.()
      expect(returned).toBe(1)
    }
  })

  it('that fail are cut, so that the client comes again', async () => {
    const source = async function* (): EventSource {
      yield 'a'
      throw new Error('the feed is down')
    }
    const cut = await get(events(source)).catch((error: unknown) => error)
    expect(cut).toBeInstanceOf(ResponseCutError)
    expect(cut instanceof ResponseCutError && cut.response?.text).toBe(':\n\ndata: a\n\n')
  })
})

/** Says nothing, and ends only when it is told. */
async function* silent(signal: AbortSignal): EventSource {
  await new Promise((_, reject) => signal.addEventListener('abort', reject))
}

describe('a server that begins to leave', () => {
  it('ends the events cleanly, and their source', async () => {
    const leaving = new AbortController()
    let ended = 0
    const source: EventSource = {
      [Symbol.asyncIterator]: () => {
        const sent = ['one']
        return {
          next: async () => {
            const value = sent.shift()
            return value === undefined ? await new Promise<never>(() => {}) : { done: false, value }
          },
          return: async () => {
            ended++
            return { done: true, value: undefined }
          },
        }
      },
    }
    setTimeout(() => leaving.abort(), 20)
    const waiting = get(events(source), { 'tsgi.leaving': leaving.signal })
    expect((await waiting).text).toBe(':\n\ndata: one\n\n')
    expect(ended).toBe(1)
  })

  it('that leaves already gets a client to come again at once', async () => {
    const response = await get(events(from('late')), { 'tsgi.leaving': AbortSignal.abort() })
    expect(response.text).toBe(':\n\n')
  })

  it('is listened to once per stream, however many events there are', async () => {
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    await get(events(from(...Array.from({ length: 100 }, String))), { 'tsgi.leaving': signal })
    expect(added).toHaveBeenCalledOnce()
    expect(removed).toHaveBeenCalledWith('abort', added.mock.calls[0]?.[1])
  })
})
