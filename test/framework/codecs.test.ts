import { Application, get } from '@tsgi/framework'
import { bool, date, int, uuid } from '@tsgi/framework/codecs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const UUID = '6f0f1c1e-7a55-4f0e-9c5e-0c6b0c6f7a11'

describe('a codec', () => {
  it.each([
    ['int', int, '7', 7],
    ['int', int, '-12', -12],
    ['int', int, '0', 0],
    ['uuid', uuid, UUID, UUID],
    ['bool', bool, 'true', true],
    ['bool', bool, 'false', false],
    ['date', date, '2024-02-29', new Date('2024-02-29T00:00:00Z')],
  ] as const)('%s reads %3$j and writes it again', (_, codec, text, value) => {
    expect(z.decode<z.ZodType>(codec, text)).toEqual(value)
    expect(z.encode<z.ZodType>(codec, value)).toBe(text)
  })

  it.each([
    ['int', int, ['', ' 7', '07', '+7', '-0', '7.0', '1e3', '0x7', 'NaN', '9007199254740993', '9'.repeat(400), '٣']],
    ['uuid', uuid, ['', 'x', UUID.slice(1), `{${UUID}}`]],
    ['bool', bool, ['', '2', 'yep', 'null']],
    ['date', date, ['', '2023-02-29', '2023-1-1', '2023-01-01T00:00:00Z', '20230101', 'today']],
  ] as const)('%s refuses any other spelling', (_, codec, texts) => {
    for (const text of texts) expect(codec.safeParse(text).success, text).toBe(false)
  })

  it('refuses to write what it could not read', () => {
    expect(() => z.encode(int, 1.5)).toThrow()
    expect(() => z.encode(int, 2 ** 60)).toThrow()
    expect(() => z.encode(date, new Date(Number.NaN))).toThrow()
    expect(() => z.encode(date, new Date(8.64e15))).toThrow()
  })

  it('int is the same for every whole number', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        expect(z.decode(int, z.encode(int, n))).toBe(n)
      }),
    )
  })

  it('date is the same for every day of four digits', () => {
    const days = fc.integer({ min: Date.UTC(-1, 12) / 86_400_000, max: Date.UTC(9999, 11, 31) / 86_400_000 })
    fc.assert(
      fc.property(days, (day) => {
        const at = new Date(day * 86_400_000)
        expect(z.decode(date, z.encode(date, at))).toEqual(at)
      }),
    )
  })

  it('has a JSON Schema of the text it reads', () => {
    const schema = z.toJSONSchema(z.object({ int, uuid, bool, date }), { io: 'input' })
    expect(schema).toMatchObject({ properties: { int: { type: 'string' }, date: { type: 'string', format: 'date' } } })
  })
})

describe('urlFor', () => {
  const application = new Application([
    get('/users/:id', { name: 'user', params: z.object({ id: int }) }, () => ''),
    get('/days/:day/:open/*rest', { name: 'day', params: z.object({ day: date, open: bool }) }, () => ''),
    get('/once/:n', { name: 'once', params: z.object({ n: z.string().transform(Number) }) }, () => ''),
    get('/size/:n', { name: 'size', params: z.object({ n: z.coerce.number().max(9) }) }, () => ''),
    get('/p{/:page}', { name: 'pages', params: z.object({ page: int.optional() }) }, () => ''),
  ])

  it('writes what the schema of the parameters reads', () => {
    expect(application.urlFor('user', { id: 7 })).toBe('/users/7')
    const day = new Date('2024-02-29T12:00:00Z')
    expect(application.urlFor('day', { day, open: true, rest: ['a', 'b/c'] })).toBe('/days/2024-02-29/true/a/b%2Fc')
    expect(application.urlFor('size', { n: 4 })).toBe('/size/4')
    expect(application.urlFor('pages', { page: 2 })).toBe('/p/2')
    expect(application.urlFor('pages')).toBe('/p')
  })

  it('takes no other values', () => {
    // @ts-expect-error the schema reads a number
    expect(() => application.urlFor('user', { id: '7' })).toThrow('route "user" ("/users/:id"): id does not fit')
    expect(() => application.urlFor('user', { id: 1.5 })).toThrow('id does not fit')
    expect(() => application.urlFor('size', { n: 10 })).toThrow('n does not fit')
    // @ts-expect-error a parameter is missing
    expect(() => application.urlFor('day', { day: new Date() })).toThrow('open does not fit')
  })

  it('says so where a schema has no way back', () => {
    expect(() => application.urlFor('once', { n: 7 })).toThrow('use a codec in place of a transform')
  })
})
