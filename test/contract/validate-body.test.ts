import { Readable } from 'node:stream'
import { type Body, validate } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { describe, expect, test, vi } from 'vitest'
import { bodyBreaches, file, iterable, lifeBreaches, stream } from './breaches/body-breaches.ts'
import { acceptAll, answering, drain, serveNaively, TEXT, testBreaches } from './breaches/breach.ts'

testBreaches(bodyBreaches)
testBreaches(lifeBreaches)

const check = (body: unknown) => validate(answering(body), { strict: true })(environFor('/'), acceptAll)

describe('keeps the kind of', () => {
  test.each(['text', '', new Uint8Array([1]), Buffer.from('x')])('the whole body %j: the same, at once', (body) => {
    expect(check(body)).toBe(body)
  })

  test('an array: the same, at once', () => {
    const body = ['a', new Uint8Array(1), '']
    expect(check(body)).toBe(body)
    expect(check([])).toEqual([])
  })

  test('an array with close(), closed once', async () => {
    const close = vi.fn()
    const body = await check(Object.assign(['a', 'b'], { close }))
    expect(Array.isArray(body)).toBe(true)
    expect([...asIterable(body)]).toEqual(['a', 'b'])
    await Reflect.apply(Reflect.get(Object(body), 'close'), body, [])
    expect(close).toHaveBeenCalledOnce()
  })

  test('a FileBody: fd, start and length', async () => {
    const body = await check({ ...file('abc'), fd: 7, start: 3 })
    expect(body).toMatchObject({ fd: 7, start: 3, length: 3 })
    await drain(body)
  })

  test('a synchronous iterable, and of an asynchronous one', async () => {
    expect(Symbol.iterator in Object(await check(iterable('a')))).toBe(true)
    expect(Symbol.asyncIterator in Object(await check(iterable('a')))).toBe(false)
    expect(Symbol.asyncIterator in Object(await check(stream('a')))).toBe(true)
  })

  test('a body with both protocols: the asynchronous one', async () => {
    const body = await check({ ...iterable('wrong'), [Symbol.asyncIterator]: () => stream('right') })
    expect(await collect(body)).toEqual(['right'])
  })

  test('a generator, which is its own iterator', async () => {
    const body = Object(await check(stream('a')))
    expect(body[Symbol.asyncIterator]()).toBe(body)
    expect(typeof body.return).toBe('function')
  })

  test('an array with an iterator of its own: an iterable', async () => {
    const body = Object.assign(['wrong'], { [Symbol.iterator]: () => ['right'][Symbol.iterator]() })
    expect([...asIterable(await check(body))]).toEqual(['right'])
  })
})

describe('accepts', () => {
  test.each<[string, () => unknown]>([
    ['a Set', () => new Set(['a', 'b'])],
    ['a stream of node', () => Readable.from(['a', 'b'])],
    ['what has a descriptor and is no FileBody', () => Object.assign(iterable('a'), { fd: null, start: undefined })],
    ['a web stream', () => ReadableStream.from(['a', 'b'])],
    ['empty chunks', () => iterable('', new Uint8Array(0), 'a')],
    ['a stream without chunks', () => stream()],
    ['a body whose close is undefined', () => Object.assign(iterable('a'), { close: undefined })],
  ])('%s', async (_title, body) => {
    const checked = validate(answering(body()), { strict: true })
    await serveNaively(checked)
    checked.verify()
  })

  test('startResponse as late as before the first bytes', async () => {
    const checked = validate(async function* (_environ, startResponse) {
      yield ''
      startResponse('200 OK', [TEXT])
      yield 'x'
    })
    await serveNaively(checked)
    checked.verify()
  })

  test.each(['204 No Content', '205 Reset Content', '304 Not Modified'])('%s with empty chunks', async (status) => {
    for (const body of ['', [], ['', ''], new Set(['']), file('')]) {
      const checked = validate((_environ, startResponse) => {
        startResponse(status, [])
        return body
      })
      await serveNaively(checked)
      checked.verify()
    }
  })

  test.each(['', 'a', ['a', ''], new Set(['a'])])('fewer bytes than declared for HEAD: %j', async (body) => {
    const checked = validate(answering(body, [TEXT, ['Content-Length', '100']]))
    await serveNaively(checked, environFor('/', { method: 'HEAD' }))
    checked.verify()
  })
})

test.each<[string, string, [string, string][]]>([
  ['C70', '204 No Content', []],
  ['C71', '200 OK', [['Content-Length', '2']]],
])('refuses, before it is read, a FileBody that breaks %s', (clause, status, headers) => {
  const checked = validate((_environ, startResponse) => {
    startResponse(status, headers)
    return file('x')
  })
  expect(() => checked(environFor('/'), acceptAll)).toThrow(clause)
})

test('closes a body that it does not let pass', async () => {
  const close = vi.fn(async () => {
    throw new Error('a failing close must not hide the breach')
  })
  const closeNow = vi.fn(() => {
    throw new Error('nor one that fails at once')
  })
  expect(() => check({ ...file('x'), fd: -1, close })).toThrow(/^C69/)
  expect(() => check({ close: closeNow })).toThrow(/^C3/)
  expect(close).toHaveBeenCalledOnce()
  expect(closeNow).toHaveBeenCalledOnce()
})

async function collect(body: Body): Promise<unknown[]> {
  const chunks: unknown[] = []
  for await (const chunk of asIterable(body)) chunks.push(chunk)
  return chunks
}

/** The kinds of bodies made here all are. */
function asIterable(body: unknown): Iterable<unknown> {
  return body as Iterable<unknown>
}
