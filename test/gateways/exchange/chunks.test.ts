import { describe, expect, it } from 'vitest'
import { checkChunk, iterate, knownLength } from '../../../packages/gateways/src/exchange/chunks.ts'

/** What an application without types may give. */
const loosely = { checkChunk, iterate, knownLength } as Record<string, (value: unknown) => unknown>

describe('checkChunk (C67)', () => {
  it.each(['', 'text', new Uint8Array(1), Buffer.from('x')])('takes text and octets (case %#)', (chunk) => {
    expect(checkChunk(chunk)).toBe(chunk)
  })

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [1, 'a number'],
    [['a'], 'Array'],
    [new Uint16Array(1), 'Uint16Array'],
    [new ArrayBuffer(1), 'ArrayBuffer'],
    [Promise.resolve('x'), 'Promise'],
  ])('refuses anything else, naming it (case %#)', (chunk, kind) => {
    expect(() => loosely.checkChunk?.(chunk)).toThrow(`a chunk that is ${kind}:`)
  })
})

describe('knownLength', () => {
  it('is the sum of a list, in octets', () => {
    expect(knownLength(['a', '', '你', Uint8Array.of(1, 2)])).toBe(6)
    expect(knownLength([])).toBe(0)
  })

  it('is that of a span of a file', () => {
    const file = { fd: 3, start: 10, length: 5, close: () => undefined, async *[Symbol.asyncIterator]() {} }
    expect(knownLength(file)).toBe(5)
  })

  it('is none for what only has a length', () => {
    const body = { length: 5, *[Symbol.iterator]() {} }
    expect(knownLength(body)).toBeUndefined()
  })

  it('refuses a list with anything else in it', () => {
    expect(() => loosely.knownLength?.(['a', 1])).toThrow(TypeError)
  })
})

describe('iterate', () => {
  it.each([undefined, null, 5, true, {}, () => 'x', new ArrayBuffer(1)])(
    'refuses what is no body (C3, case %#)',
    (body) => {
      expect(() => loosely.iterate?.(body)).toThrow('a body is a string, bytes, or an iterable of them')
    },
  )

  it('prefers the asynchronous of two iterators (C74)', async () => {
    const body = {
      *[Symbol.iterator]() {
        yield 'sync'
      },
      async *[Symbol.asyncIterator]() {
        yield 'async'
      },
    }
    expect(await iterate(body).next()).toEqual({ done: false, value: 'async' })
  })

  it('cancels a stream although a read is pending', async () => {
    const reasons: unknown[] = []
    const stream = new ReadableStream<string>({
      pull: () => new Promise(() => undefined),
      cancel: (reason) => void reasons.push(reason),
    })
    const iterator = iterate(stream)
    const pending = iterator.next()
    await iterator.return?.()
    expect(reasons).toHaveLength(1)
    expect(await pending).toMatchObject({ done: true })
  })
})
