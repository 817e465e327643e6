/** Queries and urlencoded forms: as the WHATWG parser reads them, as data without a prototype, within bounds. */

import { all, first } from '@tsgi/framework'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFields } from '../../../packages/framework/src/http/fields.ts'
import { HttpError } from '../../../packages/framework/src/http/http-error.ts'
import { growth } from '../growth.ts'

describe('fields', () => {
  it.each<[string, Record<string, unknown>]>([
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&a=&a', { a: ['1', '', ''] }],
    ['a=b=c', { a: 'b=c' }],
    ['=x&&&', { '': 'x' }],
    ['?a=1', { '?a': '1' }],
    ['a+b=%2B%20', { 'a b': '+ ' }],
    ['a=%zz%&b=%ff', { a: '%zz%', b: '\ufffd' }],
    ['a[b]=1&a[b][]=2&a.b=3', { 'a[b]': '1', 'a[b][]': '2', 'a.b': '3' }],
  ])('of %j are %j', (text, fields) => {
    expect({ ...parseFields(text) }).toEqual(fields)
  })

  it('have no prototype, and names of one are names (J-01, CVE-2022-24999)', () => {
    const fields = parseFields('__proto__=1&__proto__=2&constructor=3&constructor.prototype.x=4&__proto__[x]=5')
    expect(Object.getPrototypeOf(fields)).toBe(null)
    expect(Object.keys(fields)).toEqual(['__proto__', 'constructor', 'constructor.prototype.x', '__proto__[x]'])
    expect(parseFields('').toString).toBe(undefined)
    expect(Object.prototype).not.toHaveProperty('x')
  })

  it('are at most 1000 (B-05), of any name', () => {
    expect(parseFields(`${'a&'.repeat(999)}a`).a).toHaveLength(1000)
    expect(() => parseFields('a&'.repeat(1000))).toThrow(expect.objectContaining({ status: 400 }))
    expect(() => parseFields('&'.repeat(5000), 413)).toThrow(expect.objectContaining({ status: 413 }))
    expect(parseFields('a=1&b=2', 400, 2).b).toBe('2')
  })

  it('are taken one by one, or as a list', () => {
    const fields = parseFields('a=1&b=2&b=3')
    expect([first(fields.a), first(fields.b), first(fields.c)]).toEqual(['1', '2', undefined])
    expect([all(fields.a), all(fields.b), all(fields.c)]).toEqual([['1'], ['2', '3'], []])
  })

  it('are those of URLSearchParams, whatever the text; or there are too many', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('a', '&', '=', '%', '%4', '%41', '+', '__proto__', '[', ']', '\0'), { maxLength: 100 })
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (query) => {
        const params = new URLSearchParams(`&${query}`)
        const fields = parseFields(query)
        expect(Object.keys(fields).sort()).toEqual([...new Set(params.keys())].sort())
        for (const name of params.keys()) expect(all(fields[name])).toEqual(params.getAll(name))
      }),
    )
  })

  it.each(['a', '%', '%4', '+', '=', '&', '%41&'])(
    'of nothing but %j are read in linear time, or refused',
    async (unit) => {
      const run = (size: number) => {
        const text = unit.repeat(size / unit.length)
        return () => {
          try {
            parseFields(text)
          } catch (error) {
            if (!(error instanceof HttpError)) throw error
          }
        }
      }
      expect(await growth(run, 64 * 2 ** 10, 16)).toBeLessThan(120)
    },
  )
})
