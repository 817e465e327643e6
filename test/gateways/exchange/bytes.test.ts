import fc from 'fast-check'
import { expect, it } from 'vitest'
import { byteLength, concat, toBytes } from '../../../packages/gateways/src/exchange/bytes.ts'

it('knows the octets of a text without making them', () => {
  fc.assert(
    fc.property(
      fc.uint16Array().map((units) => String.fromCharCode(...units)),
      (text) => {
        expect(byteLength(text)).toBe(new TextEncoder().encode(text).length)
        expect(toBytes(text)).toEqual(new TextEncoder().encode(text))
      },
    ),
  )
})

it('takes octets as they are, and only the span of a view', () => {
  const view = new Uint8Array(new ArrayBuffer(10), 2, 3)
  expect(toBytes(view)).toBe(view)
  expect(byteLength(view)).toBe(3)
})

it('joins arrays, and gives a single one back as it is', () => {
  const one = Uint8Array.of(1, 2)
  expect(concat([one, new Uint8Array(0), Uint8Array.of(3)])).toEqual(Uint8Array.of(1, 2, 3))
  expect(concat([one])).toBe(one)
  expect(concat([])).toEqual(new Uint8Array(0))
})
