/**
 * Schemas of zod's that can never do what their place in a route asks: read text, or write JSON. Found when the list of
 * routes is made, so that no request finds them first. Knows definitions of zod's; knows no values and no requests.
 */
import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import { type ResponseDocs, schemasByStatus } from './declared-responses.ts'
import { isSchema, type RouteSchemas } from './schema.ts'
import { asZod, known } from './zod-schema.ts'

/** What a part of a request may hold under a name, besides text. */
interface Place {
  readonly path: string
  /** Whether a name may come several times; a wildcard of a path is a list too. */
  readonly hasLists: boolean
  /** False for a wildcard: it is a list and never text. */
  readonly hasText: boolean
}

/** Lines about the schemas of one route. @param wildcards names of the pattern that are lists. */
export function schemaProblems(
  schemas: RouteSchemas,
  wildcards: readonly string[],
  responses?: ResponseDocs,
): readonly string[] {
  try {
    return [...inputProblems(schemas, wildcards), ...responseProblems(schemas, responses)]
  } catch (error) {
    // A lazy schema may refer to one that is defined after the list; its first request will tell.
    if (error instanceof ReferenceError) return []
    throw error
  }
}

const TEXT_PARTS = ['params', 'query', 'headers', 'cookies'] as const

function inputProblems(schemas: RouteSchemas, wildcards: readonly string[]): string[] {
  return TEXT_PARTS.flatMap((part) => {
    const schema = schemas[part]
    const zod = isSchema(schema) ? asZod(schema) : undefined
    return fieldsOf(zod, 0).flatMap(([name, field]) => {
      const isWildcard = part === 'params' && wildcards.includes(name)
      const place = { path: `${part}.${name}`, hasLists: part === 'query' || isWildcard, hasText: !isWildcard }
      const problem = textProblem(field, place, 0)
      return problem === undefined ? [] : [problem]
    })
  })
}

/** Names and schemas of the objects in a schema. Those of a union are left out: another option may take the text. */
function fieldsOf(schema: $ZodType | undefined, depth: number): Array<[name: string, field: $ZodType]> {
  if (schema === undefined || depth > MAX_DEPTH) return []
  const { def } = known(schema)._zod
  if (def.type === 'object') return Object.entries(def.shape)
  if (def.type === 'intersection') return [...fieldsOf(def.left, depth + 1), ...fieldsOf(def.right, depth + 1)]
  if (def.type === 'pipe') return fieldsOf(def.in, depth + 1)
  if (def.type === 'lazy') return fieldsOf(def.getter() as $ZodType, depth + 1)
  return 'innerType' in def && def.type !== 'catch' ? fieldsOf(def.innerType, depth + 1) : []
}

/** Deeper than any schema is written; a getter could lead back to its own schema. */
const MAX_DEPTH = 32

/** @returns why no text fits, and the way out; undefined if some may. */
function textProblem(schema: $ZodType, place: Place, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return undefined
  const { def } = known(schema)._zod
  const inside = (inner: $ZodType) => textProblem(inner, place, depth + 1)
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'promise':
      return inside(def.innerType)
    case 'pipe':
      return inside(def.in)
    case 'lazy':
      return inside(def.getter())
    case 'union': {
      const problems = def.options.map(inside)
      return problems.includes(undefined) ? undefined : problems[0]
    }
    case 'intersection':
      return inside(def.left) ?? inside(def.right)
    case 'array':
      return listProblem('array', [def.element], place, depth)
    case 'set':
      return listProblem('set', [def.valueType], place, depth)
    case 'tuple':
      return listProblem('tuple', [...def.items, ...(def.rest === null ? [] : [def.rest])], place, depth)
    default:
      return aloneProblem(known(schema), place)
  }
}

function listProblem(type: string, items: readonly $ZodType[], place: Place, depth: number): string | undefined {
  if (!place.hasLists)
    return `its ${place.path} is z.${type}(), and there is one text; give it a schema that reads text`
  const item = { path: `${place.path}[]`, hasLists: false, hasText: true }
  return items.map((each) => textProblem(each, item, depth + 1)).find((problem) => problem !== undefined)
}

function aloneProblem({ _zod }: $ZodTypes, { path, hasText }: Place): string | undefined {
  const { def } = _zod
  if (!hasText) {
    return TAKES_ANYTHING.has(def.type)
      ? undefined
      : `its ${path} is a wildcard, a list of segments; write z.array(z.string())`
  }
  if ('coerce' in def && def.coerce === true) return undefined
  if (def.type === 'literal' || def.type === 'enum') {
    const values = [...(_zod.values ?? [])]
    const reads = values.length === 0 || values.some((value) => typeof value === 'string')
    return reads ? undefined : `its ${path} has values that are no text; write them as strings, or use a codec`
  }
  const way = WAYS_OUT[def.type]
  return way === undefined ? undefined : `its ${path} is z.${def.type}(), and what comes is text; ${way}`
}

const TAKES_ANYTHING: ReadonlySet<string> = new Set(['any', 'unknown', 'custom', 'transform', 'catch', 'success'])

/** For each type that takes no text. Left out: `never` and `undefined`, which say that a name must not be sent. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  number: 'use int of @tsgi/framework/codecs, or z.coerce.number()',
  int: 'use int of @tsgi/framework/codecs',
  boolean: 'use bool of @tsgi/framework/codecs',
  bigint: 'use z.coerce.bigint()',
  date: 'use date of @tsgi/framework/codecs, or z.coerce.date()',
  nan: 'use a codec',
  null: 'use z.literal("null"), or a codec',
  symbol: 'use z.string()',
  object: 'names are not nested: give each value a name of its own, or use a codec',
  record: 'names are not nested: give each value a name of its own, or use a codec',
  map: 'use a codec',
  file: 'files come in a body',
  function: 'use z.string()',
}

function responseProblems({ response, events }: RouteSchemas, responses: ResponseDocs = {}): string[] {
  const byStatus = schemasByStatus(responses).map(([status, schema]) => [`responses.${status}`, schema] as const)
  const all = [['response', response] as const, ['events', events] as const, ...byStatus]
  return all.flatMap(([path, schema]) => writtenProblems(schema, path))
}

function writtenProblems(schema: unknown, path: string): readonly string[] {
  const zod = asZod(schema)
  return zod === undefined ? [] : [...new Set(writeProblems(zod, path, true, new Set()))]
}

/**
 * What of a schema cannot be written: a transform has no way back, and some values have no form in JSON.
 * @param isSent false for the side of a codec that stays here.
 */
function writeProblems(schema: $ZodType, path: string, isSent: boolean, seen: Set<$ZodType>): string[] {
  if (seen.has(schema) || seen.size > MAX_SCHEMAS) return []
  seen.add(schema)
  const { def } = known(schema)._zod
  const inside = (inner: $ZodType, step = '') => writeProblems(inner, `${path}${step}`, isSent, seen)
  switch (def.type) {
    case 'transform':
      return [`its ${path} has a transform or preprocess, which has no way back; use z.codec(…)`]
    case 'pipe':
      return [...writeProblems(def.out, path, false, new Set(seen)), ...inside(def.in)]
    case 'object':
      return Object.entries(def.shape).flatMap(([name, field]) => inside(field, `.${name}`))
    case 'array':
      return inside(def.element, '[]')
    case 'tuple':
      return def.items.flatMap((item, i) => inside(item, `[${i}]`))
    case 'record':
      return inside(def.valueType, '[]')
    case 'union':
      return def.options.flatMap((option) => inside(option))
    case 'intersection':
      return [...inside(def.left), ...inside(def.right)]
    case 'lazy':
      return inside(def.getter())
    case 'bigint':
    case 'map':
    case 'set':
    case 'symbol':
    case 'function':
    case 'file':
      return !isSent ? [] : [`its ${path} is z.${def.type}(), which has no form in JSON; use z.codec(…)`]
    default:
      return 'innerType' in def ? inside(def.innerType) : []
  }
}

/** Schemas that functions make without end are left to the first response. */
const MAX_SCHEMAS = 10_000
