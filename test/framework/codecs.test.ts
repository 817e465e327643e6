import { Application, get, json, post } from '@tsgi/framework'
import { bool, date, int, optionalField, uuid } from '@tsgi/framework/codecs'
import { request } from '@tsgi/framework/testing'
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
    expect(() => application.urlFor('once', { n: 7 })).toThrow('a transform has no way back; use a codec')
  })
})

describe('optionalField', () => {
  const Form = z.object({
    name: z.string().min(1),
    age: optionalField(int),
    code: optionalField(z.string().length(4)),
    page: optionalField(int.default(1)),
  })
  const list = new Application([
    post('/', { body: Form }, ({ body }) => json(body)),
    get('/', { name: 'search', query: z.object({ age: optionalField(int) }) }, ({ query }) => json(query)),
  ])
  const sent = async (fields: Record<string, string>) => {
    const response = await request(list).post('/').form(fields)
    return [response.status, response.json()]
  }

  it('takes an empty input for one that was not sent', async () => {
    expect(await sent({ name: 'ada', age: '', code: '', page: '' })).toEqual([200, { name: 'ada', page: 1 }])
    expect(await sent({ name: 'ada' })).toEqual([200, { name: 'ada', page: 1 }])
    expect((await request(list).get('/?age=')).json()).toEqual({})
  })

  it('reads what is there by its schema, and says what is wrong with it', async () => {
    expect(await sent({ name: 'ada', age: '7', code: 'abcd', page: '2' })).toEqual([
      200,
      { name: 'ada', age: 7, code: 'abcd', page: 2 },
    ])
    expect(await sent({ name: 'ada', age: 'x', code: 'abc' })).toEqual([
      422,
      expect.objectContaining({
        errors: [
          expect.objectContaining({ path: ['age'], message: 'Invalid input: expected a whole number' }),
          expect.objectContaining({ path: ['code'] }),
        ],
      }),
    ])
  })

  it('writes what is absent as an empty text', () => {
    expect(z.encode(Form, { name: 'ada', age: undefined, code: undefined, page: 2 })).toEqual({
      name: 'ada',
      age: '',
      code: '',
      page: '2',
    })
  })
})
