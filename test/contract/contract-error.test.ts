import { ContractError } from '@tsgi/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { show } from '../../packages/contract/src/contract-error.ts'

test('names the clause, who broke it, and what was wrong', () => {
  const error = new ContractError('C61', 'application', 'Content-Length is "x"; it must be decimal digits')
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'ContractError', clause: 'C61', party: 'application' })
  expect(String(error)).toBe('ContractError: C61: Content-Length is "x"; it must be decimal digits')
})

test.each<[unknown, string]>([
  ['a"b\n\u2028é', '"a\\"b\\n\\u2028\\u00e9"'],
  ['x'.repeat(100), `"${'x'.repeat(60)}\\u2026"`],
  [undefined, 'undefined'],
  [null, 'null'],
  [-0.5, '-0.5'],
  [10n, '10'],
  [Symbol('s'), 'Symbol(s)'],
  [() => 1, 'a function'],
  [[1, 2], 'an array of 2'],
  [{}, 'object Object'],
  [new Date(0), 'object Date'],
  [new Uint16Array(1), 'object Uint16Array'],
])('shows %s as %s', (value, shown) => expect(show(value)).toBe(shown))

test('shows any value on one short line of printable ASCII', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), (value) => {
      expect(show(value)).toMatch(/^[\x20-\x7e]{0,400}$/)
    }),
  )
})
