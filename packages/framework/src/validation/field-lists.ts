/**
 * Names and values of a query or a form, made to fit a schema of zod's: a name that came once is a list of one where the
 * schema wants a list, and a list is a Set where it wants a Set. Knows schemas; knows no requests.
 */
import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import type { AnySchema } from './schema.ts'
import { asZod, innermost } from './zod-schema.ts'

type FieldValues = Record<string, unknown>

/** Makes values fit. The values that it is given stay as they are. */
export type FieldArranger = (fields: object) => FieldValues

/** @returns an arranger for a schema of zod's; for any other, one that changes nothing. */
export function fieldArranger(schema: AnySchema): FieldArranger {
  const zod = asZod(schema)
  const options = new Map<$ZodType, readonly $ZodTypes[]>()
  let known: readonly $ZodTypes[] | undefined
  return (fields) => {
    const values: FieldValues = Object.assign(Object.create(null), fields)
    if (zod === undefined) return values
    known ??= objectsIn(zod, undefined, 0)
    // Only where there are several can the values decide which of them reads.
    const readers = known.length === 1 ? known : objectsIn(zod, values, 0)
    for (const name of Object.keys(values)) {
      const wanted = readers.flatMap((reader) => optionsFor(reader, name, options))
      if (wanted.length > 0) values[name] = arranged(values[name], wanted)
    }
    return values
  }
}

/** What an object or a record takes under a name, option by option. */
function optionsFor(reader: $ZodTypes, name: string, known: Map<$ZodType, readonly $ZodTypes[]>): readonly $ZodTypes[] {
  const field = fieldOf(reader, name)
  if (field === undefined) return []
  const options = known.get(field) ?? optionsOf(field, 0)
  known.set(field, options)
  return options
}

/** The names of all fields that a schema has, in whatever part of it. */
export function fieldNames(schema: AnySchema): readonly string[] {
  const zod = asZod(schema)
  return zod === undefined ? [] : [...new Set(objectsIn(zod, undefined, 0).flatMap(namesOf))]
}

/** Whether a schema reads fields of any name: a record, or an object with a catchall. */
export function readsAnyName(schema: AnySchema): boolean {
  const zod = asZod(schema)
  const readers = zod === undefined ? [] : objectsIn(zod, undefined, 0)
  return readers.length === 0 || readers.some(({ _zod: { def } }) => !('shape' in def) || isOpen(def))
}

function isOpen({ catchall }: { readonly catchall?: $ZodType | undefined }): boolean {
  return catchall !== undefined && catchall._zod.def.type !== 'never'
}

function namesOf({ _zod: { def } }: $ZodTypes): string[] {
  return 'shape' in def ? Object.keys(def.shape) : []
}

/**
 * The objects and records of a schema that may read these fields: of a union those that their literals do not rule out.
 * All of them where the fields are not known.
 */
function objectsIn(schema: $ZodType, fields: FieldValues | undefined, depth: number): readonly $ZodTypes[] {
  if (depth > MAX_DEPTH) return []
  const read = innermost(schema, true)
  const { def } = read._zod
  if (def.type === 'object' || def.type === 'record') return [read]
  const inner = def.type === 'union' ? def.options : def.type === 'intersection' ? [def.left, def.right] : []
  return inner.filter((each) => mayRead(each, fields)).flatMap((each) => objectsIn(each, fields, depth + 1))
}

/** Unions inside of unions; a getter could lead back to its own schema. */
const MAX_DEPTH = 16

/** Whether the literals of an object allow these fields. */
function mayRead(schema: $ZodType, fields: FieldValues | undefined): boolean {
  if (fields === undefined) return true
  const literals = Object.entries(schema._zod.propValues ?? {})
  return literals.every(([name, values]) => {
    const value = fields[name]
    return (value !== undefined && typeof value !== 'string') || values.has(value)
  })
}

/** The schema that an object or a record has for a name, if any. */
function fieldOf({ _zod: { def } }: $ZodTypes, name: string): $ZodType | undefined {
  if (def.type === 'record') return def.valueType
  if (def.type !== 'object') return undefined
  return Object.hasOwn(def.shape, name) ? def.shape[name] : def.catchall
}

function arranged(value: unknown, options: readonly $ZodTypes[]): unknown {
  if (Array.isArray(value)) return options.some(isList) || !options.some(isSet) ? value : new Set(value)
  if (options.some((option) => takesAlone(option, value))) return value
  if (options.some(isList)) return [value]
  return options.some(isSet) ? new Set([value]) : value
}

/** What a field may be: the options of unions, one by one. */
function optionsOf(schema: $ZodType, depth: number): readonly $ZodTypes[] {
  // A preprocess of one field gets what was sent: it may be there to make the list.
  const read = innermost(schema, false)
  const { def } = read._zod
  if (def.type === 'union' && depth < MAX_DEPTH) return def.options.flatMap((option) => optionsOf(option, depth + 1))
  return [read]
}

function isList({ _zod: { def } }: $ZodTypes): boolean {
  return def.type === 'array' || def.type === 'tuple'
}

function isSet({ _zod: { def } }: $ZodTypes): boolean {
  return def.type === 'set'
}

/** Whether an option takes this value itself: any text, a file, or one of its literals. */
function takesAlone({ _zod }: $ZodTypes, value: unknown): boolean {
  const { type } = _zod.def
  if (type === 'enum' || type === 'literal') return _zod.values?.has(value as string) ?? false
  return typeof value === 'string'
    ? TAKES_TEXT.has(type) || ('coerce' in _zod.def && _zod.def.coerce === true)
    : type === 'file'
}

const TAKES_TEXT: ReadonlySet<string> = new Set(['string', 'template_literal', 'any', 'unknown', 'custom', 'transform'])
