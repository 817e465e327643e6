/**
 * Codecs for what comes as text, in a path, a query, a header or a form: each reads one spelling of a value, and writes
 * it again. The only file that imports zod, `@tsgi/framework/codecs`; nothing else of the framework needs it.
 */
import { z } from 'zod'
import { synchronous, synchronousFunction } from './validation/zod-functions.ts'

/**
 * A whole number that JavaScript can hold exactly: `7` is 7. One spelling each, so that every number has one URL:
 * `07`, `+7`, `-0` and `7.0` are refused.
 * @example `get('/notes/:id', { params: z.object({ id: int }) }, ({ params }) => params.id + 1)`
 */
export const int: z.ZodCodec<z.ZodString, z.ZodInt> = z.codec(
  z.string().regex(/^(?:0|-?[1-9][0-9]{0,15})$/, 'Invalid input: expected a whole number'),
  z.int(),
  { decode: Number, encode: String },
)

/** A UUID of any version, as text; in lower case. */
export const uuid: z.ZodCodec<z.ZodUUID, z.ZodUUID> = synchronous(
  z.codec(z.uuid(), z.uuid(), {
    decode: (text) => text.toLowerCase(),
    encode: (text) => text.toLowerCase(),
  }),
)

/** `true`, `1`, `on` and `yes` are true, `false`, `0`, `off` and `no` false, in any case; written as `true` and `false`. */
export const bool: z.ZodCodec<z.ZodString, z.ZodBoolean> = synchronous(
  z.stringbool({
    truthy: ['true', '1', 'on', 'yes'],
    falsy: ['false', '0', 'off', 'no'],
  }),
)

/** A day of the calendar, `2026-02-28`, as a Date at midnight UTC; the time of day is not written. */
export const date: z.ZodCodec<z.ZodISODate, z.ZodDate> = synchronous(
  z.codec(z.iso.date(), z.date(), {
    decode: (text) => new Date(`${text}T00:00:00Z`),
    encode: (day) => day.toISOString().slice(0, 10),
  }),
)

/**
 * A field of a form that may be left empty. Forms send an input without text as `''`, which `.optional()` does not take
 * for absent; this does. It is written as `''`.
 * @param schema for the text that is there; its `.default(…)` stands for an empty field too.
 * @example `body: z.object({ name: z.string().min(1), age: optionalField(int), code: optionalField(z.string().length(4)) })`
 */
export function optionalField<S extends z.ZodType<unknown, string | undefined>>(
  schema: S,
): z.ZodCodec<z.ZodDefault<z.ZodString>, z.ZodOptional<S>> {
  return z.codec(z.string().default(''), schema.optional(), {
    decode: readEmpty as (text: string) => z.input<S> | undefined, // S reads text, as its type says
    encode: writeEmpty,
  })
}

const readEmpty = synchronousFunction((text: string) => (text === '' ? undefined : text))
const writeEmpty = synchronousFunction((text: string | undefined) => text ?? '')
