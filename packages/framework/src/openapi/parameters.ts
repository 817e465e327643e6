/** What comes beside the body (OpenAPI §4.8.12), out of the schemas of a route. Knows JSON Schema; knows no values. */
import { type AnySchema, isSchema, type RouteSchemas } from '../validation/schema.ts'
import type { Components } from './components.ts'
import type { OpenApiParameter } from './document.ts'
import type { JsonSchema } from './json-schema.ts'
import type { PathTemplate } from './path-templates.ts'

/** A name with its schema. */
interface Field {
  readonly schema: JsonSchema
  readonly isRequired: boolean
}

interface Fields {
  readonly byName: ReadonlyMap<string, Field>
  /** What any other name holds; undefined where no other name is read. */
  readonly rest: JsonSchema | undefined
}

/** @param names of the parameters of the path, as the document calls them. */
export function parametersOf(
  schemas: RouteSchemas,
  template: PathTemplate,
  names: readonly string[],
  components: Components,
): readonly OpenApiParameter[] {
  return [
    ...pathParameters(schemas.params, template, names, components),
    ...queryParameters(schemas.query, components),
    ...namedParameters('header', schemas.headers, components).filter(({ name }) => !IGNORED.has(name.toLowerCase())),
    ...namedParameters('cookie', schemas.cookies, components),
  ]
}

/** OpenAPI has other words for them: a parameter of this name is ignored (§4.8.12.2). */
const IGNORED: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])

function pathParameters(
  schema: AnySchema | undefined,
  { params }: PathTemplate,
  names: readonly string[],
  components: Components,
): OpenApiParameter[] {
  const fields = fieldsOf(schema, components).byName
  return params.map(({ name, isList, isOwn }, i) => {
    const read = isOwn && !isList ? fields.get(name)?.schema : undefined
    return {
      ...parameter(names[i] ?? name, 'path', { schema: read ?? { type: 'string' }, isRequired: true }),
      ...(isList && { description: 'One segment or more, with "/" between them.' }),
    }
  })
}

function queryParameters(schema: AnySchema | undefined, components: Components): OpenApiParameter[] {
  const { byName, rest } = fieldsOf(schema, components)
  const named = [...byName].map(([name, field]) => parameter(name, 'query', field))
  if (rest === undefined) return named
  let name = 'fields'
  while (byName.has(name)) name += '_'
  const others = { type: 'object', additionalProperties: rest }
  return [
    ...named,
    { ...parameter(name, 'query', { schema: others, isRequired: false }), style: 'form', explode: true },
  ]
}

function namedParameters(
  place: 'header' | 'cookie',
  schema: AnySchema | undefined,
  components: Components,
): OpenApiParameter[] {
  return [...fieldsOf(schema, components).byName].map(([name, field]) => parameter(name, place, field))
}

function parameter(name: string, place: OpenApiParameter['in'], { schema, isRequired }: Field): OpenApiParameter {
  const { description, deprecated } = schema
  return {
    name,
    in: place,
    required: isRequired,
    ...(typeof description === 'string' && { description }),
    ...(deprecated === true && { deprecated }),
    schema,
  }
}

const NOTHING: Fields = { byName: new Map(), rest: undefined }

/** The names that a schema of an object has, also one made of several. */
function fieldsOf(schema: AnySchema | undefined, components: Components): Fields {
  return isSchema(schema) ? fieldsIn(components.schema(schema, 'text'), components, 0) : NOTHING
}

function fieldsIn(schema: JsonSchema, components: Components, depth: number): Fields {
  if (depth > MAX_DEPTH) return NOTHING
  const { properties, required, additionalProperties, allOf, anyOf, oneOf } = components.resolve(schema)
  const needed = Array.isArray(required) ? required : []
  const own = Object.entries(isObject(properties) ? properties : {}).map(([name, each]) => {
    return [name, { schema: isObject(each) ? each : {}, isRequired: needed.includes(name) }] as const
  })
  const inside = (list: unknown): readonly Fields[] =>
    (Array.isArray(list) ? list : []).filter(isObject).map((each) => fieldsIn(each, components, depth + 1))
  const rest = isObject(additionalProperties) ? additionalProperties : undefined
  return merged([{ byName: new Map(own), rest }, ...inside(allOf), ...optional(inside(anyOf ?? oneOf))])
}

/** Deeper than any schema is written; references may lead in a circle. */
const MAX_DEPTH = 16

/** Of several options a name is needed only where each of them needs it. */
function optional(options: readonly Fields[]): readonly Fields[] {
  return options.map(({ byName, rest }) => ({
    byName: new Map(
      [...byName].map(([name, { schema }]) => [
        name,
        { schema, isRequired: options.every((option) => option.byName.get(name)?.isRequired === true) },
      ]),
    ),
    rest,
  }))
}

/** A name that several have may hold what any of them says. */
function merged(parts: readonly Fields[]): Fields {
  const byName = new Map<string, Field>()
  for (const part of parts) {
    for (const [name, field] of part.byName) {
      const before = byName.get(name)
      const isSame = JSON.stringify(before?.schema) === JSON.stringify(field.schema)
      const schema = before === undefined || isSame ? field.schema : { anyOf: [before.schema, field.schema] }
      byName.set(name, { schema, isRequired: field.isRequired || before?.isRequired === true })
    }
  }
  return { byName, rest: parts.find(({ rest }) => rest !== undefined)?.rest }
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
