/** Schemas that cannot do what their place asks: refused when the list is made, and their neighbours are not. */

import { Application, get, type RouteEntry, type RouteSchemas } from '@tsgi/framework'
import { bool, date, int, uuid } from '@tsgi/framework/codecs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

/** Any schema in any place: what no compiler would take is what is to be refused. */
const made = (schemas: RouteSchemas, pattern: string) =>
  new Application([get(pattern, schemas as object, () => 'ok') as RouteEntry])

const NO_TEXT: Readonly<Record<string, z.ZodType>> = {
  'z.number()': z.number(),
  'z.int()': z.int(),
  'z.boolean()': z.boolean(),
  'z.bigint()': z.bigint(),
  'z.date()': z.date(),
  'z.nan()': z.nan(),
  'z.object()': z.object({ a: z.string() }),
  'z.record()': z.record(z.string(), z.string()),
  'z.map()': z.map(z.string(), z.string()),
  'z.file()': z.file(),
  'optional number': z.number().optional(),
  'default number': z.number().default(1),
  'nullable number': z.number().nullable(),
  'readonly number': z.number().readonly(),
  'number behind a pipe': z.number().pipe(z.number()),
  'refined number': z.number().refine(() => true),
  'lazy number': z.lazy(() => z.number()),
  'union of numbers and booleans': z.union([z.number(), z.boolean()]),
  'text and a number': z.string().and(z.number()),
  'a literal number': z.literal(1),
  'an enum of numbers': z.enum({ a: 1, b: 2 }),
}

const TEXT: Readonly<Record<string, z.ZodType>> = {
  'z.string()': z.string(),
  'z.coerce.number()': z.coerce.number(),
  'z.coerce.date()': z.coerce.date().optional(),
  'z.coerce.boolean()': z.coerce.boolean(),
  'z.coerce.bigint()': z.coerce.bigint(),
  'z.stringbool()': z.stringbool(),
  'z.enum()': z.enum(['a']),
  'z.literal()': z.literal(['a', 1]),
  'z.templateLiteral()': z.templateLiteral(['a', z.number()]),
  'z.email()': z.email(),
  'z.iso.date()': z.iso.date(),
  'z.any()': z.any(),
  'z.unknown()': z.unknown(),
  'z.custom()': z.custom<string>(() => true),
  'z.instanceof()': z.instanceof(URL),
  preprocess: z.preprocess(Number, z.number()),
  transform: z.string().transform(Number),
  codecs: z.union([int, uuid, bool, date]),
  'number or text': z.union([z.number(), z.string()]),
  'a number that is caught': z.number().catch(1),
  'what must not be sent': z.undefined(),
  never: z.never().optional(),
}

describe('a schema for text that takes none is refused when the list is made', () => {
  it.each(Object.entries(NO_TEXT))('%s', (_, schema) => {
    for (const part of ['params', 'query', 'headers', 'cookies'] as const) {
      const entry = () => made({ [part]: z.object({ id: schema }) }, '/:id')
      expect(entry).toThrow(new RegExp(`^routes\\[0\\]: its ${part}\\.id (is z\\.|has values)`))
    }
  })

  it.each(Object.entries(TEXT))('and one that takes some is not: %s', (_, schema) => {
    for (const part of ['params', 'query', 'headers', 'cookies'] as const)
      made({ [part]: z.object({ id: schema }) }, '/:id')
  })

  it('a list, where a name comes once', () => {
    const list = z.object({ id: z.array(z.string()) })
    for (const part of ['params', 'headers', 'cookies'] as const) {
      expect(() => made({ [part]: list }, '/:id')).toThrow(`its ${part}.id is z.array(), and there is one text`)
    }
    made({ query: list }, '/')
    made({ query: z.object({ id: z.set(int) }) }, '/')
    expect(() => made({ query: z.object({ id: z.array(z.number()) }) }, '/')).toThrow('its query.id[] is z.number()')
    expect(() => made({ query: z.object({ id: z.tuple([int, z.date()]) }) }, '/')).toThrow('its query.id[] is z.date()')
  })

  it('text, where a wildcard is a list', () => {
    expect(() => made({ params: z.object({ path: z.string() }) }, '/*path')).toThrow('its params.path is a wildcard')
    made({ params: z.object({ path: z.array(z.string()) }) }, '/*path')
    made({ params: z.object({ path: z.any() }) }, '/*path')
  })

  it('with every such field of the route, and the way out of each', () => {
    const query = z.object({ page: z.number(), done: z.boolean().optional() })
    expect(() => made({ query }, '/')).toThrow(/query\.page .*use int of .*; its query\.done .*use bool of /)
  })

  it('also in intersections and below wrappers, not in one option of a union', () => {
    const bad = z.object({ n: z.number() })
    for (const query of [
      bad.and(z.object({})),
      bad.optional(),
      bad.readonly(),
      z.lazy(() => bad),
      bad.refine(() => true),
    ]) {
      expect(() => made({ query }, '/')).toThrow('query.n')
    }
    made({ query: z.union([bad, z.object({ n: z.string() })]) }, '/')
  })

  it('a body may be JSON: numbers are fine there', () => {
    made({ body: z.object({ n: z.number(), list: z.array(z.object({ d: z.boolean() })) }) }, '/')
  })
})

describe('a response schema that cannot write is refused when the list is made', () => {
  const back = z.codec(z.string(), z.bigint(), { decode: BigInt, encode: String })
  it.each<[string, z.ZodType, string]>([
    ['transform', z.string().transform(Number), 'its response has a transform'],
    ['preprocess', z.preprocess(String, z.string()), 'its response has a transform'],
    [
      'transform deep inside',
      z.object({ a: z.array(z.object({ b: z.string().transform(Number).optional() })) }),
      'its response.a[].b has a transform',
    ],
    [
      'transform behind a codec',
      z.codec(z.string(), z.string().transform(String), { decode: String, encode: String }),
      'its response has a transform',
    ],
    ['transform in one option', z.union([z.string(), z.string().transform(Number)]), 'its response has a transform'],
    ['bigint', z.object({ n: z.bigint() }), 'its response.n is z.bigint(), which has no form in JSON'],
    ['map', z.object({ m: z.map(z.string(), z.string()) }), 'its response.m is z.map()'],
    ['set', z.array(z.set(z.string())), 'its response[] is z.set()'],
    ['file', z.record(z.string(), z.file()), 'its response[] is z.file()'],
  ])('%s', (_, response, message) => {
    expect(() => made({ response }, '/')).toThrow(message)
  })

  it.each<[string, z.ZodType]>([
    ['a codec', z.object({ n: back })],
    ['what zod changes itself', z.object({ a: z.string().trim(), b: z.coerce.number(), c: z.stringbool() })],
    ['a refinement', z.string().refine(async () => true)],
    ['a Date', z.object({ at: z.date() })],
    ['what refers to itself', z.lazy((): z.ZodType => z.object({ more: z.array(z.string()) }))],
    ['a default, a union, a record', z.union([z.record(z.string(), z.number().default(1)), z.null()])],
  ])('and one that can is not: %s', (_, response) => {
    made({ response }, '/')
  })

  it('waits for a schema that is defined after the list', () => {
    made({ query: z.lazy(() => later), response: z.lazy(() => later) }, '/')
    const later = z.object({ a: z.string() })
  })
})
