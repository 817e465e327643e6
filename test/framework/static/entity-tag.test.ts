import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entityTagOf, matchesStrongly, matchesWeakly } from '../../../packages/framework/src/static/conditions.ts'

describe('the tag of a file', () => {
  it('is strong, and tells sizes, nanoseconds and codings apart (RFC 9110 §8.8.3.3)', () => {
    const tags = [
      entityTagOf(1n, 5n),
      entityTagOf(2n, 5n),
      entityTagOf(1n, 6n),
      entityTagOf(1n, 5n, 'br'),
      entityTagOf(1n, 5n, 'gzip'),
    ]
    expect(new Set(tags).size).toBe(5)
    for (const tag of tags) expect(tag).toMatch(/^"[\x21\x23-\x7e]+"$/)
  })
})

describe('lists of tags', () => {
  // RFC 9110 §8.8.3.2, its table, and the list syntax of §5.6.1.
  it.each([
    ['"1"', '"1"', true, true],
    ['W/"1"', '"1"', false, true],
    ['W/"1"', '"2"', false, false],
    ['"2"', '"1"', false, false],
    ['*', '"1"', true, true],
    ['"a", "b","1"', '"1"', true, true],
    ['"a,b", "1"', '"1"', true, true],
    ['"a,\\", "1"', '"1"', true, true],
    [', ,"1", ,', '"1"', true, true],
    ['\t"1"\t', '"1"', true, true],
    ['W/"a" , W/"1"', '"1"', false, true],
    ['""', '""', true, true],
    ['"a, "1"', '"1"', false, false],
    ['1', '"1"', false, false],
    ["'1'", '"1"', false, false],
    ['w/"1"', '"1"', false, false],
    ['"1', '"1"', false, false],
    ['"1"x', '"1"', false, false],
    ['"a" "1"', '"1"', false, false],
    ['*, "2"', '"1"', false, false],
    ['', '"1"', false, false],
  ])('%j with %j: strongly %s, weakly %s', (list, tag, strongly, weakly) => {
    expect(matchesStrongly(list, tag)).toBe(strongly)
    expect(matchesWeakly(list, tag)).toBe(weakly)
  })

  it('finds a tag in every list that holds it, wherever it stands', () => {
    const tag = fc.stringMatching(/^[\x21\x23-\x7e]{0,8}$/).map((text) => `"${text}"`)
    fc.assert(
      fc.property(fc.array(tag), tag, fc.array(tag), (before, wanted, after) => {
        expect(matchesStrongly([...before, wanted, ...after].join(', '), wanted)).toBe(true)
        expect(matchesStrongly([...before, ...after].join(', '), wanted)).toBe([...before, ...after].includes(wanted))
      }),
    )
  })

  it.each([' ', ',', '"', '"a', 'W/', 'W/"', '"",', ', ', '"a" ', '\t,'])(
    'takes time in proportion to the length of 4 MiB of %j',
    (part) => {
      // A quadratic reader would be at this until the test's time is over.
      expect(matchesWeakly(part.repeat((4 * 1024 * 1024) / part.length), '"1"')).toBe(false)
    },
  )
})
