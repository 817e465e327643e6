/**
 * A schema as JSON Schema (2020-12): what is sent over the wire, not what a view gets. Schemas describe themselves by
 * Standard JSON Schema (standardschema.dev), so no library is imported; what codecs of zod's write is found by trying.
 */
import type { $ZodType } from 'zod/v4/core'
import type { AnySchema } from '../validation/schema.ts'
import { asZod, encodeNow, known } from '../validation/zod-schema.ts'

/** A JSON Schema that is an object. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** `text` for what comes as text (path, query, header, cookie, form), `input` for JSON that comes, `output` for JSON that goes. */
export type Wire = 'text' | 'input' | 'output'

/** @returns `{}`, which takes anything, for a schema that does not describe itself. @throws TypeError for zod before 4.2. */
export function jsonSchemaOf(schema: AnySchema, wire: Wire): JsonSchema {
  const zod = asZod(schema)
  const describe = describerOf(schema)
  if (describe === undefined) {
    if (zod !== undefined) requireNewZod(zod)
    return {}
  }
  const override = (node: ZodNode): void => describeNode(node, wire)
  const libraryOptions = { unrepresentable: 'any', cycles: 'ref', reused: 'inline', override }
  try {
    const { $schema: _, ...described } = describe({
      target: 'draft-2020-12',
      ...(zod !== undefined && { libraryOptions }),
    })
    return described
  } catch (error) {
    // Another library has no words for a part of its schema. What zod throws is a mistake in the schema, or ours.
    if (zod === undefined) return {}
    throw error
  }
}

/** Whether JSON, or a form, may be left out. */
export function isOptional(schema: AnySchema): boolean {
  return asZod(schema)?._zod.optin === 'optional'
}

type Describer = (options: object) => Record<string, unknown>

/** What goes over the wire is the input side also where it goes out: codecs run backwards there. */
function describerOf({ '~standard': standard }: AnySchema): Describer | undefined {
  if (!('jsonSchema' in standard)) return undefined
  const { jsonSchema } = standard
  if (typeof jsonSchema !== 'object' || jsonSchema === null || !('input' in jsonSchema)) return undefined
  const { input } = jsonSchema
  // What Standard JSON Schema says of it.
  return typeof input === 'function' ? (input as Describer) : undefined
}

function requireNewZod({ _zod: { version } }: $ZodType): void {
  if (version.major > 4 || version.minor >= 2) return // zod/mini: its schemas do not describe themselves
  throw new TypeError(
    `openapi: zod ${version.major}.${version.minor} does not describe its schemas; use zod 4.2 or later`,
  )
}

/** A part of a schema of zod's, and what zod has written of it. */
interface ZodNode {
  readonly zodSchema: $ZodType
  readonly jsonSchema: Record<string, unknown>
}

function describeNode({ zodSchema, jsonSchema }: ZodNode, wire: Wire): void {
  const { def } = known(zodSchema)._zod
  if ('$ref' in jsonSchema) return
  if (def.type === 'pipe' && wire === 'text') describeCodec(zodSchema, def.out, jsonSchema)
  else if (def.type === 'default') describeDefault(jsonSchema, def)
  else if (def.type === 'prefault') jsonSchema.default = typed(jsonSchema.default, jsonSchema.type)
  else if (def.type === 'object' && wire === 'output') requireAll(jsonSchema, def.shape)
  else if (def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
  else if (def.type === 'bigint') jsonSchema.type = 'integer'
  else if (def.type === 'file') delete jsonSchema.contentEncoding
  else if (def.type === 'set')
    Object.assign(jsonSchema, { type: 'array', uniqueItems: true, items: innerSchema(def.valueType, wire) })
  // `z.coerce.boolean()` takes any text for true.
  else if (def.type === 'boolean' && 'coerce' in def && def.coerce === true && wire === 'text')
    jsonSchema.type = 'string'
  if (jsonSchema.default === undefined) delete jsonSchema.default
  dropSafeRange(jsonSchema)
  // The pattern says again, at length, what the format says.
  if (FORMATS.has(String(jsonSchema.format))) delete jsonSchema.pattern
}

const FORMATS: ReadonlySet<string> = new Set(['date', 'time', 'date-time', 'uuid', 'email', 'ipv4', 'ipv6'])

/** That a whole number is one that JavaScript can hold is no news. */
function dropSafeRange(jsonSchema: Record<string, unknown>): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

/** Text that is the usual text of a number or a truth value is described as that. */
function describeCodec(codec: $ZodType, out: $ZodType, jsonSchema: Record<string, unknown>): void {
  const inner = innerSchema(out, 'text')
  const samples = SAMPLES[String(inner.type)]
  if (samples === undefined || !writesAsUsual(codec, samples)) return
  const { description = inner.description, title = inner.title, deprecated = inner.deprecated } = jsonSchema
  for (const name of Object.keys(jsonSchema)) delete jsonSchema[name]
  Object.assign(jsonSchema, inner, JSON.parse(JSON.stringify({ title, description, deprecated })))
}

/** More than a codec of other digits would pass. */
const NUMBERS = [1, 7, 10, 16, 255, 1024, -1, -255]
const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  integer: NUMBERS,
  number: [...NUMBERS, 0.5],
  boolean: [true, false],
}

/** Whether a codec writes each value that it takes as `String` does, and takes one at least. */
function writesAsUsual(codec: $ZodType, samples: readonly unknown[]): boolean {
  try {
    const written = samples.flatMap((sample) => {
      const encoded = encodeNow(codec, sample)
      return 'value' in encoded ? [encoded.value === String(sample)] : []
    })
    return written.length > 0 && !written.includes(false)
  } catch {
    return false
  }
}

/** A schema inside of one that is being described. One that refers to others is left open. */
function innerSchema(schema: $ZodType, wire: Wire): JsonSchema {
  const inner = jsonSchemaOf(schema as unknown as AnySchema, wire) // each schema of zod's has `~standard`
  return '$defs' in inner ? {} : inner
}

/** A default is what a view gets: it is written as it would be sent. One that changes from time to time is left out. */
function describeDefault(
  jsonSchema: Record<string, unknown>,
  def: { innerType: $ZodType; defaultValue: unknown },
): void {
  delete jsonSchema.default
  try {
    const value = def.defaultValue
    if (value instanceof Date || JSON.stringify(value) !== JSON.stringify(def.defaultValue)) return
    const encoded = encodeNow(def.innerType, value)
    jsonSchema.default = typed('value' in encoded ? encoded.value : value, jsonSchema.type)
  } catch {
    // A function that makes the default, or a codec, has failed: then no default is described.
  }
}

/** Text for what is described as a number or a truth value is that. */
function typed(value: unknown, type: unknown): unknown {
  if (typeof value !== 'string' || SAMPLES[String(type)] === undefined) return value
  return /^(?:true|false|-?\d+(?:\.\d+)?)$/.test(value) ? JSON.parse(value) : value
}

/** What goes out has its defaults in it. */
function requireAll(jsonSchema: Record<string, unknown>, shape: Readonly<Record<string, $ZodType>>): void {
  const required = Object.keys(shape).filter((name) => shape[name]?._zod.optout === undefined)
  if (required.length > 0) jsonSchema.required = required
  else delete jsonSchema.required
}
