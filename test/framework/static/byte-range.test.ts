import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RangeVerdict, readByteRange } from '../../../packages/framework/src/static/byte-range.ts'

describe('Range (RFC 9110 §14.1.2, §14.2)', () => {
  it.each<[string, number, RangeVerdict]>([
    ['bytes=0-0', 10, { start: 0, length: 1 }],
    ['bytes=0-', 10, { start: 0, length: 10 }],
    ['bytes=2-4', 10, { start: 2, length: 3 }],
    ['bytes=9-', 10, { start: 9, length: 1 }],
    ['bytes=2-99', 10, { start: 2, length: 8 }],
    ['bytes=002-004', 10, { start: 2, length: 3 }],
    ['bytes=-3', 10, { start: 7, length: 3 }],
    ['bytes=-10', 10, { start: 0, length: 10 }],
    ['bytes=-99', 10, { start: 0, length: 10 }],
    ['Bytes=0-0', 10, { start: 0, length: 1 }],
    ['bytes=0-0,', 10, { start: 0, length: 1 }],
    ['bytes=, ,0-0 , ', 10, { start: 0, length: 1 }],
    ['bytes=0-99999999999999999999999', 10, { start: 0, length: 10 }],
    ['bytes=-99999999999999999999999', 10, { start: 0, length: 10 }],
  ])('%s of a file', (header, size, verdict) => {
    expect(readByteRange(header, size)).toEqual(verdict)
  })

  it.each([
    ['bytes=10-', 10],
    ['bytes=10-20', 10],
    ['bytes=-0', 10],
    ['bytes=99999999999999999999999-', 10],
    // 2^64 + 1 must not become 1.
    ['bytes=18446744073709551617-18446744073709551618', 10],
    ['bytes=9007199254740993-9007199254740993', 2 ** 53 - 1],
    ['bytes=0-', 0],
  ])('%s of %i octets cannot be satisfied: 416', (header, size) => {
    expect(readByteRange(header, size)).toBe('unsatisfiable')
  })

  it.each([
    ['bytes=5-4', 'the last is before the first'],
    ['bytes=18446744073709551617-18446744073709551616', 'the last is before the first, beyond a double'],
    ['bytes=100-99', 'invalid comes before past the end'],
    ['bytes=-', 'no number'],
    ['bytes=', 'no range'],
    ['bytes=,', 'no range'],
    ['bytes', 'no ='],
    ['', 'nothing'],
    ['bytes 0-1', 'no ='],
    ['bytes= 0-1', 'a space'],
    ['bytes=0 -1', 'a space'],
    ['bytes =0-1', 'a space'],
    ['bytes=+0-1', 'a sign'],
    ['bytes=0-+1', 'a sign'],
    ['bytes=0x0-1', 'not decimal'],
    ['bytes=1e1-', 'not decimal'],
    ['bytes=0.0-1', 'not decimal'],
    ['bytes=٠-١', 'not ASCII'],
    ['bytes=--1', 'two signs'],
    ['bytes=0-1-2', 'three numbers'],
    ['lines=0-1', 'another unit'],
    ['bytes=0-1;x', 'rest'],
  ])('%s is ignored: %s', (header) => {
    expect(readByteRange(header, 10)).toBe('whole')
  })

  it.each([
    'bytes=0-0,2-2',
    'bytes=0-,0-,0-,0-',
    'bytes=0-0, -1',
    `bytes=${'0-0,'.repeat(1000)}`,
    `bytes=0-0${','.repeat(1000)}`,
  ])('several ranges are answered with the whole: %.30s', (header) => {
    expect(readByteRange(header, 10)).toBe('whole')
  })

  it('of an empty file gives no 206, which could not be written', () => {
    expect(readByteRange('bytes=-1', 0)).toBe('whole')
  })

  it('agrees with an oracle that counts in BigInt', () => {
    const digits = fc.oneof(fc.stringMatching(/^[0-9]{0,3}$/), fc.stringMatching(/^[0-9]{0,30}$/))
    fc.assert(
      fc.property(digits, digits, fc.integer({ min: 0, max: 300 }), (first, last, size) => {
        expect(readByteRange(`bytes=${first}-${last}`, size)).toEqual(oracle(first, last, BigInt(size)))
      }),
      { numRuns: 5000 },
    )
  })

  it('never leaves the file, never throws, whatever the header', () => {
    const header = fc.oneof(
      fc.string(),
      fc.string().map((text) => `bytes=${text}`),
      fc.stringMatching(/^bytes=[0-9,\- ]*$/),
    )
    fc.assert(
      fc.property(header, fc.maxSafeNat(), (text, size) => {
        const verdict = readByteRange(text, size)
        if (typeof verdict === 'string') return
        expect(verdict.length).toBeGreaterThan(0)
        expect(verdict.start + verdict.length).toBeLessThanOrEqual(size)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([',', ' ', '0', '0-', '-', '0-0,', ' ,', '\t', '0 '])('takes time in proportion to 4 MiB of %j', (part) => {
    const text = `bytes=${part.repeat((4 * 1024 * 1024) / part.length)}`
    expect(['whole', 'unsatisfiable']).toContain(readByteRange(text, 10))
    expect(readByteRange(`bytes=0-0,${text}x`, 10)).toBe('whole')
  })
})

/** Octet by octet, as the text of the RFC has it. */
function oracle(first: string, last: string, size: bigint): RangeVerdict {
  if (first === '' && last === '') return 'whole'
  if (first !== '' && last !== '' && BigInt(last) < BigInt(first)) return 'whole'
  if (first === '' && BigInt(last) > 0n && size === 0n) return 'whole'
  const wanted: number[] = []
  for (let at = 0n; at < size; at++) {
    const isAfter = first === '' ? at >= size - BigInt(last) : at >= BigInt(first)
    const isBefore = first === '' || last === '' || at <= BigInt(last)
    if (isAfter && isBefore) wanted.push(Number(at))
  }
  return wanted.length === 0 ? 'unsatisfiable' : { start: wanted[0] ?? 0, length: wanted.length }
}
