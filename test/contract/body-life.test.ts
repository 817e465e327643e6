import { type Body, validate } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { describe, expect, test, vi } from 'vitest'
import { acceptAll, answering, drain, serveNaively, TEXT, wrong } from './breaches/breach.ts'

const ends = () => ({ next: vi.fn(() => ({ done: true })), return: vi.fn(() => ({ done: true })), close: vi.fn() })

describe('calls return() and close() of the application exactly as often as the server does', () => {
  test('after the end of the body', async () => {
    const { close, ...iterator } = ends()
    const checked = validate(answering({ [Symbol.iterator]: () => iterator, close }), { strict: true })
    await serveNaively(checked)
    expect([iterator.next, iterator.return, close].map((each) => each.mock.calls.length)).toEqual([1, 1, 1])
    checked.verify()
  })

  test('when an own iterator is never started, as for HEAD', async () => {
    const iterator = ends()
    const checked = validate(answering({ ...iterator, [Symbol.asyncIterator]: () => iterator }), { strict: true })
    const body = Object(await checked(environFor('/', { method: 'HEAD' }), acceptAll))
    await body.return()
    await body.close()
    expect(iterator.next).not.toHaveBeenCalled()
    expect(iterator.return).toHaveBeenCalledOnce()
    expect(iterator.close).toHaveBeenCalledOnce()
    checked.verify()
  })

  test.each(['return first', 'close first'])('in either order: %s', async (order) => {
    const checked = validate(answering(new Set(['a', 'b'])))
    const body = Object(await checked(environFor('/'), acceptAll))
    const iterator = body[Symbol.iterator]()
    iterator.next()
    const steps = [() => iterator.return(), () => body.close()]
    for (const step of order === 'return first' ? steps : steps.reverse()) step()
    checked.verify()
  })
})

test('an iterator without return() and a body without close() are guarded all the same', async () => {
  const checked = validate(answering({ [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true }) }) }))
  await serveNaively(checked)
  checked.verify()
})

test('an iterator that fails fails with its own error, and is over', async () => {
  const boom = new Error('boom')
  const checked = validate(
    async function* (_environ, startResponse) {
      startResponse('200 OK', [TEXT])
      yield 'a'
      throw boom
    },
    { strict: true },
  )
  await expect(serveNaively(checked)).rejects.toBe(boom)
  checked.verify()
})

test('a synchronous iterator that fails fails at once', () => {
  const next = () => {
    throw new Error('boom')
  }
  const body = Object(validate(answering({ [Symbol.iterator]: () => ({ next }) }))(environFor('/'), acceptAll))
  expect(() => body[Symbol.iterator]().next()).toThrow('boom')
})

test('a synchronous body is over when it is over, too', () => {
  const body = Object(validate(answering(new Set(['a'])))(environFor('/'), acceptAll))
  const iterator = body[Symbol.iterator]()
  expect([iterator.next(), iterator.next()]).toEqual([{ done: false, value: 'a' }, { done: true }])
  expect(() => iterator.next()).toThrow(/^C81/)
  iterator.return()
  expect(() => iterator.next()).toThrow(/^C81/)
})

test('a middleware may leave off a body, and only a server may not', async () => {
  const inner = validate(answering(new Set(['a', 'b'])))
  const body = Object(await inner(environFor('/'), acceptAll))
  body.close()
  inner.verify()
})

test('a server may leave off a body whose client has gone', async () => {
  const environ = environFor('/', { 'tsgi.signal': AbortSignal.abort() })
  const checked = validate(answering(new Set(['a'])), { strict: true })
  Object(await checked(environ, acceptAll)).close()
  checked.verify()
})

test('the bytes that arrive after return() change nothing', async () => {
  const { promise, resolve } = Promise.withResolvers<IteratorResult<string>>()
  const checked = validate(answering({ [Symbol.asyncIterator]: () => ({ next: () => promise }) }))
  const body = Object(await checked(environFor('/'), acceptAll))
  const iterator = body[Symbol.asyncIterator]()
  const pulled = iterator.next()
  await iterator.return()
  await body.close()
  checked.verify()
  resolve({ done: false, value: 'late' })
  expect(await pulled).toEqual({ done: false, value: 'late' })
  checked.verify()
})

test('responses that are open at the same time are each held to their own end', async () => {
  const checked = validate(answering(wrong(undefined)))
  const streaming = validate((environ, startResponse) =>
    answering(new Set([environ.PATH_INFO]))(environ, startResponse),
  )
  expect(() => checked.verify()).not.toThrow()
  const bodies: Body[] = await Promise.all(['/a', '/b'].map((path) => streaming(environFor(path), acceptAll)))
  await drain(bodies[0] ?? '')
  expect(() => streaming.verify()).toThrow(/^C78/)
  await drain(bodies[1] ?? '')
  streaming.verify()
})
