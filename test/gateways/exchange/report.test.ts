import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeError, describe as describeValue, printable } from '../../../packages/gateways/src/exchange/report.ts'

const thrower = () => {
  throw new Error('no')
}

describe('describeError', () => {
  it('gives an error with its stack and its causes', () => {
    const text = describeError(new Error('outer', { cause: new TypeError('inner', { cause: 'deepest' }) }))
    expect(text).toMatch(/^Error: outer\n {4}at .*\ncaused by TypeError: inner\n.*\ncaused by thrown: deepest$/s)
  })

  it('ends when an error is its own cause', () => {
    const error = new Error('round')
    error.cause = error
    expect(describeError(error).match(/Error: round/g)).toHaveLength(6)
  })

  it.each([
    [undefined, 'thrown: undefined'],
    ['text', 'thrown: text'],
    [42, 'thrown: 42'],
    [Symbol('s'), 'thrown: Symbol(s)'],
    [Object.create(null), 'thrown: a value that cannot be shown'],
    [{ toString: thrower }, 'thrown: a value that cannot be shown'],
    [Object.defineProperty(new Error('x'), 'stack', { get: thrower }), 'thrown: a value that cannot be shown'],
    [Object.assign(new Error('no stack'), { stack: undefined }), 'Error: no stack'],
  ])('never throws itself (case %#)', (value, expected) => {
    expect(describeError(value)).toBe(expected)
  })
})

describe('describe', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [3, 'a number'],
    [() => 1, 'a function'],
    [{}, 'Object'],
    [new Map(), 'Map'],
    [Object.create(null), 'an object'],
    [{ constructor: 5 }, 'an object'],
    [
      {
        get constructor() {
          return thrower()
        },
      },
      'an object',
    ],
  ])('names the kind of a value (case %#)', (value, expected) => {
    expect(describeValue(value)).toBe(expected)
  })
})

describe('printable (G-01)', () => {
  it.each([
    ['plain ASCII "\\ ~', 'plain ASCII "\\ ~'],
    ['你好 café', '你好 café'],
    ['a\r\nb', 'a\\x0d\n  b'],
    ['a\nERROR forged', 'a\n  ERROR forged'],
    ['\x00\t\x1b[31m\x7f\x9b', '\\x00\\x09\\x1b[31m\\x7f\\x9b'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\u202eevil\u2066\ufeff', '\\u202eevil\\u2066\\ufeff'],
    ['\ud800', '\\ud800'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('%j becomes %j', (text, expected) => {
    expect(printable(text)).toBe(expected)
  })

  it('leaves no control character and no line that begins an entry', () => {
    fc.assert(
      fc.property(
        fc.uint16Array({ max: 0x2030 }).map((units) => String.fromCharCode(...units)),
        (text) => {
          expect(printable(text)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]|\n(?! {2})/)
        },
      ),
    )
  })
})
