/**
 * Codecs for what comes as text, in a path, a query, a header or a form: each reads one spelling of a value, and writes
 * it again. The one file that imports zod, `@tsgi/framework/codecs`; nothing else of the framework needs it.
 */
import { z } from 'zod'

/**
 * A whole number that JavaScript can hold exactly: `7` is 7. One spelling each, so that every number has one URL:
 * `07`, `+7`, `-0` and `7.0` are refused.
 */
export const int: z.ZodCodec<z.ZodString, z.ZodInt> = z.codec(
  z.string().regex(/^(?:0|-?[1-9][0-9]{0,15})$/, 'Invalid input: expected a whole number'),
  z.int(),
  { decode: Number, encode: String },
)

/** A UUID of any version, as text; in lower case. */
export const uuid: z.ZodCodec<z.ZodUUID, z.ZodUUID> = z.codec(z.uuid(), z.uuid(), {
  decode: (text) => text.toLowerCase(),
  encode: (text) => text.toLowerCase(),
})

/** `true`, `1`, `on` and `yes` are true, `false`, `0`, `off` and `no` false, in any case; written as `true` and `false`. */
export const bool: z.ZodCodec<z.ZodString, z.ZodBoolean> = z.stringbool({
  truthy: ['true', '1', 'on', 'yes'],
  falsy: ['false', '0', 'off', 'no'],
})

/** A day of the calendar, `2026-02-28`, as a Date at midnight UTC; the time of day is not written. */
export const date: z.ZodCodec<z.ZodISODate, z.ZodDate> = z.codec(z.iso.date(), z.date(), {
  decode: (text) => new Date(`${text}T00:00:00Z`),
  encode: (day) => day.toISOString().slice(0, 10),
})
