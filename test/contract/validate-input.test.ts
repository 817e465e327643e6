import { type Environ, type Input, validate } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answering, serveNaively, testBreaches } from './breaches/breach.ts'
import { inputBreaches } from './breaches/extension-breaches.ts'

testBreaches(inputBreaches)

describe('passes on', () => {
  test('what the server reads, by size, by line and by iteration', async () => {
    await reading(environFor('/', { body: 'abc\nde\nf\ng' }), async (input) => {
      expect(text(await input.read(2))).toBe('ab')
      expect(text(await input.readline())).toBe('c\n')
      expect(text(await input.readline(1))).toBe('d')
      expect(text(await input.readline(2))).toBe('e\n')
      for await (const chunk of input) {
        expect(text(chunk)).toBe('f\ng')
        break
      }
      expect(text(await input.read(0))).toBe('')
      for (let times = 0; times < 3; times += 1) expect(text(await input.read())).toBe('')
      expect(text(await input.readline())).toBe('')
    })
  })

  test.each([400, 408, 413])('a refusal with %i', async (status) => {
    const refusal = Object.assign(new Error('refused'), { 'tsgi.status': status })
    const refuse = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1)
      throw refusal
    }
    await reading(environFor('/', { body: refuse() }), async (input) => {
      await expect(input.read()).rejects.toBe(refusal)
    })
  })

  test('any other failure of the server', async () => {
    const boom = new Error('boom')
    const fail = async function* (): AsyncGenerator<Uint8Array> {
      yield* []
      throw boom
    }
    await reading(environFor('/', { body: fail() }), async (input) => {
      for (const read of [() => input.readline(), () => input.read()])
        await read().catch((error) => expect(error).toBe(boom))
    })
  })
})

test('an iteration that is left early lets another reader go on', async () => {
  await reading(environFor('/', { body: ['a', 'b', 'c'] }), async (input) => {
    for await (const chunk of input) {
      expect(text(chunk)).toBe('a')
      break
    }
    expect(text(await input.read())).toBe('bc')
  })
})

test('any correct way of reading finds the whole body and no fault', async () => {
  const step = fc.record({ reader: fc.constantFrom('read', 'readline'), size: fc.nat(5) })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[ab\n]{0,5}$/)), fc.array(step), async (chunks, steps) => {
      await reading(environFor('/', { body: chunks }), async (input) => {
        let found = ''
        for (const { reader, size } of steps)
          found += text(await (reader === 'read' ? input.read(size) : input.readline(size)))
        for await (const chunk of input) found += text(chunk)
        expect(found).toBe(chunks.join(''))
      })
    }),
  )
})

async function reading(environ: Environ, read: (input: Input) => Promise<void>): Promise<void> {
  const checked = validate(async (given, startResponse) => {
    await read(given['wsgi.input'])
    return answering('x')(given, startResponse)
  })
  await serveNaively(checked, environ)
  checked.verify()
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
