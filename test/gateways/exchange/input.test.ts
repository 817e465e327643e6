import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyInput, EMPTY_INPUT, type InputSource, limited } from '../../../packages/gateways/src/exchange/input.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Gives the chunks one by one and counts how often it was asked. */
class Chunks implements InputSource {
  readonly #chunks: Uint8Array[]
  pulls = 0

  constructor(chunks: Iterable<Uint8Array | string>) {
    this.#chunks = [...chunks].map((chunk) => (typeof chunk === 'string' ? octets(chunk) : chunk))
  }

  async pull(): Promise<Uint8Array | null> {
    this.pulls++
    return this.#chunks.shift() ?? null
  }
}

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function text(chunk: Uint8Array): string {
  return new TextDecoder().decode(chunk)
}

function inputOf(...chunks: string[]): BodyInput {
  return new BodyInput(new Chunks(chunks))
}

/** What each call must give, over the whole body at once: the oracle. */
class WholeBody {
  #rest: Uint8Array

  constructor(body: Uint8Array) {
    this.#rest = body
  }

  take(call: Call): Uint8Array {
    const limit = Math.min(call.size ?? this.#rest.length, this.#rest.length)
    const lf = call.kind === 'readline' ? this.#rest.indexOf(10) : -1
    const end = lf === -1 ? limit : Math.min(limit, lf + 1)
    const taken = this.#rest.subarray(0, end)
    this.#rest = this.#rest.subarray(end)
    return taken
  }
}

interface Call {
  readonly kind: 'read' | 'readline'
  readonly size: number | undefined
}

// Few values, many line ends: octets as such do not matter here, their places do.
const someOctets = fc.uint8Array({ minLength: 1, maxLength: 20, min: 8, max: 11 })
const someCalls = fc.array(
  fc.record<Call>({
    kind: fc.constantFrom('read', 'readline'),
    size: fc.option(fc.nat({ max: 25 }), { nil: undefined, freq: 5 }),
  }),
  { maxLength: 30 },
)

describe('BodyInput', () => {
  it('reads as if the body were one piece, however it arrives (C37, C38)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someOctets, { maxLength: 12 }), someCalls, async (chunks, calls) => {
        const input = new BodyInput(new Chunks(chunks))
        const whole = new WholeBody(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])))
        for (const call of calls) expect(await input[call.kind](call.size)).toEqual(whole.take(call))
      }),
    )
  })

  it('iterates over all that was not read before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someOctets, { maxLength: 12 }), fc.nat({ max: 60 }), async (chunks, size) => {
        const input = new BodyInput(new Chunks(chunks))
        const parts = [await input.read(size)]
        for await (const chunk of input) {
          expect(chunk.length).toBeGreaterThan(0)
          parts.push(chunk)
        }
        expect(parts.flatMap((part) => [...part])).toEqual(chunks.flatMap((chunk) => [...chunk]))
      }),
    )
  })

  it('goes on with read after an iteration was left', async () => {
    const input = inputOf('ab', 'cd', 'ef')
    for await (const chunk of input) {
      expect(text(chunk)).toBe('ab')
      break
    }
    expect(text(await input.read())).toBe('cdef')
  })

  it('gives an empty array at the end, however often it is asked, and pulls no more (C37, C39)', async () => {
    const source = new Chunks(['x'])
    const input = new BodyInput(source)
    await input.read()
    for (let i = 0; i < 3; i++) expect([await input.read(), await input.readline(5)]).toEqual([octets(''), octets('')])
    for await (const _ of input) throw new Error('unreachable')
    expect(source.pulls).toBe(2)
  })

  it('pulls nothing before it is asked, nor for nothing, nor for what is there already', async () => {
    const source = new Chunks(['abc\ndef', 'ghi'])
    const input = new BodyInput(source)
    expect(text(await input.read(0))).toBe('')
    expect(source.pulls).toBe(0)
    expect(text(await input.read(2))).toBe('ab')
    expect(text(await input.readline())).toBe('c\n')
    expect(text(await input.read(3))).toBe('def')
    expect(source.pulls).toBe(1)
  })

  it('takes an empty chunk of a source for nothing', async () => {
    expect(text(await inputOf('a', '', 'b').read())).toBe('ab')
  })

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null])('rejects the size %s (C41)', async (size) => {
    const bad = size as number // what a caller without types may give
    for (const input of [inputOf('abc'), EMPTY_INPUT]) {
      await expect(input.read(bad)).rejects.toThrow(RangeError)
      await expect(input.readline(bad)).rejects.toThrow(RangeError)
    }
  })

  it('can be read on after a size was refused', async () => {
    const input = inputOf('abc')
    await expect(input.read(-1)).rejects.toThrow(RangeError)
    expect(text(await input.read())).toBe('abc')
  })

  it.each([
    ['read', (input: BodyInput) => input.read(1)],
    ['readline', (input: BodyInput) => input.readline()],
    ['an iteration', (input: BodyInput) => input[Symbol.asyncIterator]().next()],
  ])('refuses %s begun before another read has ended, which goes on undisturbed (C42)', async (_name, second) => {
    const gate = Promise.withResolvers<Uint8Array | null>()
    const input = new BodyInput({ pull: () => gate.promise })
    const first = input.read(3)
    await expect(second(input)).rejects.toThrow('before the previous one had ended')
    gate.resolve(octets('abcdef'))
    expect(text(await first)).toBe('abc')
    expect(text(await input.read(1))).toBe('d')
  })

  it('rejects with what the source rejects with, every reader from then on (C40)', async () => {
    const error = Object.assign(new Error('cut'), { 'tsgi.status': 400 })
    const chunks = [octets('abc')]
    let pulls = 0
    const input = new BodyInput({
      pull: async () => {
        pulls++
        const chunk = chunks.shift()
        if (chunk === undefined) throw error
        return chunk
      },
    })
    expect(text(await input.read(2))).toBe('ab')
    await expect(input.read(2)).rejects.toBe(error)
    await expect(input.read(2)).rejects.toBe(error)
    await expect(input.readline()).rejects.toBe(error)
    await expect(input[Symbol.asyncIterator]().next()).rejects.toBe(error)
    expect(pulls).toBe(2)
  })

  it('gives what is there before the failure of the source', async () => {
    const input = new BodyInput({
      pull: (() => {
        const chunks = [octets('one\ntwo')]
        return async () => chunks.shift() ?? Promise.reject(new Error('cut'))
      })(),
    })
    expect(text(await input.readline())).toBe('one\n')
    expect(text(await input.read(3))).toBe('two')
    await expect(input.read(1)).rejects.toThrow('cut')
  })

  it('reads what came octet by octet, between larger pieces, in order', async () => {
    const sizes = Array.from({ length: 3000 }, (_, index) => (index % 700 === 699 ? 2000 : 1))
    const chunks = sizes.map((size, index) => new Uint8Array(size).fill(index % 251))
    expect(Buffer.from(await new BodyInput(new Chunks(chunks)).read()).equals(Buffer.concat(chunks))).toBe(true)
  })

  it('keeps no object for each octet of a body that comes octet by octet (L-01)', async () => {
    const pieces: WeakRef<Uint8Array>[] = []
    let alive = Number.POSITIVE_INFINITY
    const source: InputSource = {
      async pull() {
        if (pieces.length < 2000) {
          const piece = new Uint8Array(1)
          pieces.push(new WeakRef(piece))
          return piece
        }
        await new Promise((resolve) => setImmediate(resolve))
        collect()
        alive = pieces.filter((piece) => piece.deref() !== undefined).length
        return null
      },
    }
    expect(await new BodyInput(source).read()).toHaveLength(2000)
    expect(alive).toBeLessThan(500)
  })

  it('reads a line of many chunks without looking at any octet twice', async () => {
    const source = new Chunks(Array.from({ length: 2000 }, () => 'x'.repeat(1000)))
    const line = await new BodyInput(source).readline()
    expect(line.length).toBe(2_000_000)
  })
})

describe('a read that fails before it is awaited', () => {
  const failing = { pull: () => Promise.reject(new Error('the client has left')) }
  const atOnce = {
    take: () => {
      throw new Error('the client has left')
    },
    pull: async () => null,
  }
  const readers: ReadonlyArray<[string, (input: BodyInput) => Promise<unknown>]> = [
    ['read', (input) => input.read()],
    ['readline', (input) => input.readline()],
    ['iteration', (input) => input[Symbol.asyncIterator]().next()],
  ]

  it.each(readers)('leaves no rejection behind, and still rejects: %s', async (_, read) => {
    const strays: unknown[] = []
    const note = (error: unknown) => strays.push(error)
    process.on('unhandledRejection', note)
    try {
      for (const source of [failing, atOnce]) {
        const pending = read(new BodyInput(source))
        await new Promise((resolve) => setTimeout(resolve, 10))
        await expect(pending).rejects.toThrow('the client has left')
      }
      expect(strays).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })
})

describe('EMPTY_INPUT', () => {
  it('is at its end', async () => {
    expect(await EMPTY_INPUT.read()).toEqual(octets(''))
    expect(await EMPTY_INPUT.read(10)).toEqual(octets(''))
    expect(await EMPTY_INPUT.readline()).toEqual(octets(''))
    for await (const _ of EMPTY_INPUT) throw new Error('unreachable')
  })

  it('cannot be changed: all requests without a body share it', () => {
    expect(() => Object.assign(EMPTY_INPUT, { read: () => Promise.reject(new Error('mine')) })).toThrow(TypeError)
  })
})

describe('a limited source', () => {
  it('hands out up to its limit, and fails with 413 where more comes', async () => {
    const exact = new BodyInput(limited(new Chunks(['abc', 'de']), 5))
    expect(text(await exact.read())).toBe('abcde')
    const long = new BodyInput(limited(new Chunks(['abc', 'def']), 5))
    await expect(long.read(3).then(text)).resolves.toBe('abc')
    await expect(long.read()).rejects.toMatchObject({ 'tsgi.status': 413 })
    await expect(long.read()).rejects.toMatchObject({ 'tsgi.status': 413 })
  })

  it('counts what is at hand as well as what is waited for', async () => {
    const chunks = [octets('ab'), undefined, octets('cd'), null]
    const source: InputSource = { take: () => chunks.shift(), pull: async () => chunks.shift() ?? null }
    const input = new BodyInput(limited(source, 3))
    await expect(input.read()).rejects.toMatchObject({ 'tsgi.status': 413 })
  })

  it('of zero takes an empty body', async () => {
    expect(text(await new BodyInput(limited(new Chunks([]), 0)).read())).toBe('')
  })
})

describe('a long body of an announced length', () => {
  const KIB = 1024

  /** Announces `length` bytes, and makes a chunk useless when it is given back. */
  class Announced extends Chunks {
    remaining: number
    released = 0

    constructor(chunks: Iterable<Uint8Array | string>, length: number) {
      super(chunks)
      this.remaining = length
    }

    override async pull(): Promise<Uint8Array | null> {
      const chunk = await super.pull()
      this.remaining -= chunk?.byteLength ?? 0
      return chunk
    }

    release(chunk: Uint8Array): void {
      this.released += chunk.byteLength
      chunk.fill(0)
    }
  }

  const bytesOf = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) % 251)

  it('is read whole, or in any pieces, whatever becomes of the chunks that it came in', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 90 * KIB }), { minLength: 1, maxLength: 12 })
    const reads = fc.array(fc.integer({ min: 0, max: 700 * KIB }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(sizes, reads, async (lengths, wanted) => {
        const chunks = lengths.map(bytesOf)
        const whole = Buffer.concat(chunks)
        const input = new BodyInput(new Announced(chunks, whole.length))
        let at = 0
        for (const size of [...wanted, undefined]) {
          const read = await input.read(size)
          expect(Buffer.compare(read, whole.subarray(at, size === undefined ? undefined : at + size))).toBe(0)
          at += read.length
        }
        expect(at).toBe(whole.length)
      }),
      { numRuns: 60 },
    )
  })

  it('gives its chunks back, but no chunk of which a part was handed out', async () => {
    const source = new Announced(
      [bytesOf(64 * KIB, 1), ...Array.from({ length: 7 }, (_, i) => bytesOf(64 * KIB, i))],
      512 * KIB,
    )
    const input = new BodyInput(source)
    const first = await input.read(10)
    expect((await input.read()).length).toBe(512 * KIB - 10)
    expect([...first]).toEqual([...bytesOf(10, 1)])
    expect(source.released).toBe(512 * KIB - 10)
  })

  it('that is short is joined at its end', async () => {
    const source = new Announced(['ab', 'cd'], 4)
    expect(text(await new BodyInput(source).read())).toBe('abcd')
    expect(source.released).toBe(0)
  })

  it('takes no memory for what was announced and does not come', async () => {
    const before = process.memoryUsage().arrayBuffers
    const inputs = Array.from({ length: 20 }, () => new BodyInput(new Announced([bytesOf(1000, 0)], 2 ** 30)))
    const read = await Promise.all(inputs.map((input) => input.read()))
    expect(read.every(({ length }) => length === 1000)).toBe(true)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  })
})
