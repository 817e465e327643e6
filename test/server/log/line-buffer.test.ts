/** What waits for the disk is octets: in order, whole lines only, and no more than a bound. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineBuffer } from '../../../packages/server/src/log/line-buffer.ts'

const LIMIT = 1 << 20
const text = fc.string({ unit: 'binary', maxLength: 300 })

describe('PendingLines', () => {
  it('gives out what was put in, in order, however it is taken and put back', () => {
    const step = fc.oneof(fc.tuple(text, text, text), fc.constantFrom('take' as const, 'fail' as const))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pending = new LineBuffer()
        const [given, written]: Buffer[][] = [[], []]
        for (const one of steps) {
          if (typeof one !== 'string') {
            pending.add(...one)
            given?.push(...one.map((part) => Buffer.from(part)))
            continue
          }
          const octets = pending.take()
          pending.add('x', '', '')
          given?.push(Buffer.from('x'))
          const sent = one === 'take' ? octets.length : octets.length >> 1 // in the middle of a character, too
          written?.push(Buffer.from(octets.subarray(0, sent)))
          pending.putBack(octets.subarray(sent))
          pending.done()
        }
        written?.push(pending.take())
        expect(Buffer.concat(written ?? []).equals(Buffer.concat(given ?? []))).toBe(true)
      }),
    )
  })

  it.each([
    ['ASCII', 'a'],
    ['two octets a character', 'é'],
    ['three octets a character', '€'],
  ])('holds the bound to the octet, and takes all of a line or nothing: %s', (_name, character) => {
    const pending = new LineBuffer()
    const octets = Buffer.byteLength(character)
    const fits = Math.floor(LIMIT / octets)
    expect(pending.add(character.repeat(fits - 1), '', character)).toBe(true)
    expect(pending.add('', character, '')).toBe(false)
    expect(pending.putBack(Buffer.from(character))).toBe(false)
    expect(pending.take().length).toBe(fits * octets)
    expect(pending.isEmpty).toBe(true)
  })
})
