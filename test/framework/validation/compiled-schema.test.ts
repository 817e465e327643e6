import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CompiledSchema } from '../../../packages/framework/src/validation/compiled-schema.ts'
import { ZodCompiler } from '../../../packages/framework/src/validation/zod-schema.ts'

/** Waits for what is loaded in the background. */
async function loadedCompiler(): Promise<ZodCompiler> {
  const compiler = ZodCompiler.load()
  await expect.poll(() => compiler.compile(z.string())).toBeDefined()
  return compiler
}

/** A schema that counts how often zod's own parser is asked. */
function counting<S extends z.ZodType>(schema: S): { readonly schema: S; readonly count: () => number } {
  const { run } = schema._zod
  let count = 0
  schema._zod.run = (payload, context) => {
    count++
    return run(payload, context)
  }
  return { schema, count: () => count }
}

const note = () => z.object({ title: z.string().min(1), tags: z.array(z.string()) })

describe('a prepared schema', () => {
  it('is asked as it is without a compiler, and as long as that is not loaded', () => {
    for (const compiler of [undefined, ZodCompiler.load()]) {
      const { schema, count } = counting(note())
      const prepared = new CompiledSchema(schema, compiler)
      expect(prepared.validate({ title: 'a', tags: [] })).toMatchObject({ value: { title: 'a' } })
      expect(count()).toBe(1)
    }
  })

  it('is compiled at its first use: then zod’s own parser is asked only for what is wrong', async () => {
    const { schema, count } = counting(note())
    const prepared = new CompiledSchema(schema, await loadedCompiler())
    expect(prepared.validate({ title: 'a', tags: ['b'], more: 1 })).toEqual({ value: { title: 'a', tags: ['b'] } })
    expect(count()).toBe(0)
    expect(prepared.validate({ title: '', tags: [] })).toMatchObject({ issues: [{ path: ['title'] }] })
    expect(count()).toBeGreaterThan(0)
  })

  it.each<[string, z.ZodType, unknown, unknown]>([
    ['coercion', z.object({ n: z.coerce.number() }), { n: '3' }, { n: 3 }],
    [
      'a codec',
      z.object({ n: z.codec(z.string(), z.number(), { decode: Number, encode: String }) }),
      { n: '3' },
      { n: 3 },
    ],
    ['recursion', z.lazy(() => z.object({ a: z.string() })), { a: 'x' }, { a: 'x' }],
    ['what may not be there', z.object({ a: z.string().default('d') }), {}, { a: 'd' }],
  ])('means the same, compiled or not: %s', async (_, schema, input, value) => {
    const compiled = new CompiledSchema(schema, await loadedCompiler())
    expect(await compiled.validate(input)).toEqual({ value })
    expect(await new CompiledSchema(schema, undefined).validate(input)).toEqual({ value })
  })

  it('is waited for where a check is asynchronous', async () => {
    const schema = z.object({ a: z.string().refine(async (a) => a === 'x') })
    const prepared = new CompiledSchema(schema, await loadedCompiler())
    expect(await prepared.validate({ a: 'x' })).toEqual({ value: { a: 'x' } })
    expect(await prepared.validate({ a: 'y' })).toMatchObject({ issues: [{ path: ['a'] }] })
  })
})
