import { describe, expect, it } from 'vitest'
import { InputIterator, type TakeChunk } from '../../../packages/gateways/src/exchange/input-iterator.ts'

const octets = (text: string) => new TextEncoder().encode(text)

/** Gives what it is given, in turns; a function is called. */
function over(...steps: (ReturnType<TakeChunk> | (() => ReturnType<TakeChunk>))[]): InputIterator {
  return new InputIterator(() => {
    const step = steps.shift()
    if (step === undefined) throw new Error('it was asked once too often')
    return typeof step === 'function' ? step() : step
  })
}

async function collect(iterator: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of iterator) text += new TextDecoder().decode(chunk)
  return text
}

describe('iteration over a request body is that of a generator', () => {
  it('over what is there and what is waited for, to the end and no further', async () => {
    const iterator = over(octets('a'), Promise.resolve(octets('b')), octets('c'), Promise.resolve(null))
    expect(await collect(iterator)).toBe('abc')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('costs one turn of the microtask queue where a chunk is there', async () => {
    const order: string[] = []
    const step = over(octets('a'))
      .next()
      .then(() => order.push('chunk'))
    const turns = Promise.resolve()
      .then(() => order.push('first'))
      .then(() => order.push('second'))
    await Promise.all([step, turns])
    expect(order).toEqual(['chunk', 'first', 'second'])
  })

  it('answers calls one after the other, also when none was waited for', async () => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>()
    const iterator = over(promise, octets('b'), octets('c'), null)
    const steps = [iterator.next(), iterator.next(), iterator.next(), iterator.next()]
    resolve(octets('a'))
    expect((await Promise.all(steps)).map(({ value }) => value && new TextDecoder().decode(value))).toEqual([
      'a',
      'b',
      'c',
      undefined,
    ])
  })

  it.each([
    [
      'at once',
      () => {
        throw new Error('cut short')
      },
    ],
    ['later', () => Promise.reject(new Error('cut short'))],
  ])('is over when it failed %s', async (_when, fail) => {
    const iterator = over(octets('a'), fail)
    await iterator.next()
    await expect(iterator.next()).rejects.toThrow('cut short')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('is over for those that wait behind a failure, too', async () => {
    const iterator = over(() => Promise.reject(new Error('cut short')), octets('b'))
    const [first, second] = [iterator.next(), iterator.next()]
    await expect(first).rejects.toThrow('cut short')
    expect(await second).toEqual({ done: true, value: undefined })
  })

  it('is over when it is left, or told to throw', async () => {
    const left = over(octets('a'))
    expect(await left.return()).toEqual({ done: true, value: undefined })
    expect(await left.next()).toEqual({ done: true, value: undefined })
    const thrown = over(octets('a'))
    await expect(thrown.throw(new Error('mine'))).rejects.toThrow('mine')
    expect(await thrown.next()).toEqual({ done: true, value: undefined })
  })
})
