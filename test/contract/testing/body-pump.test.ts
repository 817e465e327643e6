import { describe, expect, test, vi } from 'vitest'
import { BodyPump } from '../../../packages/contract/src/testing/body-pump.ts'

const STAYS = new Promise<never>(() => {})

/** Sends and ends a body, to a destination that takes `room` chunks. */
async function pump(body: unknown, room = Number.POSITIVE_INFINITY, gone = STAYS) {
  const chunks: unknown[] = []
  const failures: unknown[] = []
  const to = {
    get isFull() {
      return chunks.length >= room
    },
    send: (chunk: unknown) => void chunks.push(chunk),
  }
  const pumped = new BodyPump(body)
  await pumped.send(to, gone).catch((error: unknown) => failures.push(error))
  await pumped.end((error) => failures.push(error))
  return { chunks, failures }
}

function spied(results: unknown[]) {
  const iterator = { next: vi.fn(() => results.shift()), return: vi.fn(() => ({ done: true })) }
  return { iterator, body: { [Symbol.iterator]: vi.fn(() => iterator), close: vi.fn() } }
}

describe('ends the iterator and the body exactly once', () => {
  const a = { value: 'a' }
  test.each<[string, unknown[], number]>([
    ['when it was sent whole', [a, { done: true }], Number.POSITIVE_INFINITY],
    ['when no more is wanted', [a, a, a], 1],
    ['when the iterator breaks the contract', [a, 1], Number.POSITIVE_INFINITY],
  ])('%s', async (_title, results, room) => {
    const { iterator, body } = spied(results)
    await pump(body, room)
    expect([iterator.return, body.close, body[Symbol.iterator]].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 1])
    expect(iterator.return.mock.invocationCallOrder[0]).toBeLessThan(body.close.mock.invocationCallOrder[0] ?? 0)
  })

  test('when the client goes while a chunk is awaited that never comes', async () => {
    const { iterator, body } = spied([new Promise(() => {})])
    expect((await pump(body, 9, Promise.reject('gone'))).failures).toEqual(['gone'])
    expect(iterator.return).toHaveBeenCalledOnce()
    expect(body.close).toHaveBeenCalledOnce()
  })

  test('when a generator hangs', async () => {
    const body = (async function* () {
      await new Promise(() => {})
      yield 'a'
    })()
    expect((await pump(body, 9, Promise.reject('gone'))).failures).toEqual(['gone'])
  })

  test('does not iterate what nobody wants, and yet returns a generator', async () => {
    const { iterator, body } = spied([])
    await pump(body, 0)
    expect(body[Symbol.iterator]).not.toHaveBeenCalled()
    expect(body.close).toHaveBeenCalledOnce()
    await pump({ ...iterator, [Symbol.iterator]: () => iterator }, 0)
    expect(iterator.next).not.toHaveBeenCalled()
    expect(iterator.return).toHaveBeenCalledOnce()
  })
})

test('tells of every failure of the end, and goes on', async () => {
  const { iterator, body } = spied([{ done: true }])
  iterator.return.mockImplementation(() => {
    throw 'return'
  })
  body.close.mockRejectedValue('close')
  expect((await pump(body)).failures).toEqual(['return', 'close'])
})

test.each<[unknown, unknown[]]>([
  ['ab', ['ab']],
  [new Uint8Array(1), [new Uint8Array(1)]],
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
  [new Set(['a']), ['a']],
  [ReadableStream.from(['a', 'b']), ['a', 'b']],
])('sends %s', async (body, chunks) => expect((await pump(body)).chunks).toEqual(chunks))

test.each([undefined, null, 1, {}, () => 'a', { close() {} }])('refuses %s as a body', async (body) => {
  expect((await pump(body)).failures).toMatchObject([{ clause: 'C3' }])
  expect((await pump(body, 0)).failures).toMatchObject([{ clause: 'C3' }])
})

test('refuses a close that is no function', async () => {
  expect((await pump(Object.assign(['a'], { close: 1 }))).failures).toMatchObject([{ clause: 'C82' }])
})
