/**
 * Schemas that have a name, gathered under `components/schemas`: zod's `.meta({ id })`, and what refers to itself. Rewrites
 * references. Knows JSON Schema; knows no route.
 */
import type { AnySchema } from '../validation/schema.ts'
import { type JsonSchema, jsonSchemaOf, type Wire } from './json-schema.ts'

/** What a name gets where the plain one is taken by another form of the same schema. */
const SUFFIXES: Readonly<Record<Wire, string>> = { text: 'Text', input: 'Input', output: 'Response' }

/** The schemas of one document. */
export class Components {
  readonly #schemas = new Map<string, JsonSchema>()
  /** What each name stands for, with all that it refers to, as text. */
  readonly #meanings = new Map<string, string>()

  /** @returns the schema with its references in the document. */
  schema(schema: AnySchema, wire: Wire): JsonSchema {
    return this.#add(jsonSchemaOf(schema, wire), wire)
  }

  /** A schema of ours under a name of its own. */
  own(name: string, schema: JsonSchema): JsonSchema {
    return this.#add({ $ref: `#/$defs/${name}`, $defs: { [name]: schema } }, 'output')
  }

  /** Follows a reference that this class has made. */
  resolve(schema: JsonSchema): JsonSchema {
    const name = typeof schema.$ref === 'string' ? schema.$ref.slice(PLACE.length) : undefined
    return (name !== undefined && this.#schemas.get(name)) || schema
  }

  /** Those that `parts` of the document lead to, in the order of the alphabet. */
  usedBy(...parts: readonly unknown[]): Readonly<Record<string, JsonSchema>> {
    const used = new Set<string>()
    const waiting = [...parts]
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([\w.-]+)"/g)) {
        if (!used.has(name)) waiting.push(this.#schemas.get(name))
        used.add(name)
      }
    }
    return Object.fromEntries(
      [...this.#schemas].filter(([name]) => used.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }

  #add({ $defs = {}, ...root }: JsonSchema, wire: Wire): JsonSchema {
    const defs = new Map<string, JsonSchema>(Object.entries($defs as Readonly<Record<string, JsonSchema>>))
    const isRecursive = refsOf(root).includes('')
    if (isRecursive) defs.set('', root)
    const names = new Map<string, string>()
    for (const def of defs.keys()) names.set(def, this.#nameFor(def, meaningOf(def, defs), wire))
    for (const [def, schema] of defs) {
      const name = names.get(def)
      if (name !== undefined) this.#schemas.set(name, rewritten(schema, names))
    }
    return rewritten(isRecursive ? { $ref: '#' } : root, names)
  }

  #nameFor(def: string, meaning: string, wire: Wire): string {
    // What zod makes up is no name.
    const plain = def === '' || /^__schema\d+$/.test(def) ? 'Schema' : def.replace(/[^\w.-]/g, '_')
    const candidates = plain === 'Schema' ? [] : [plain, plain + SUFFIXES[wire]]
    const forms = [plain, ...Object.values(SUFFIXES).map((suffix) => plain + suffix)]
    const same = forms.find((name) => this.#meanings.get(name) === meaning)
    if (same !== undefined) return same
    for (let i = 0; ; i++) {
      const name = candidates[i] ?? `${plain}${i - candidates.length + (plain === 'Schema' ? 1 : 2)}`
      const known = this.#meanings.get(name)
      if (known !== undefined && known !== meaning) continue
      this.#meanings.set(name, meaning)
      return name
    }
  }
}

const PLACE = '#/components/schemas/'

/** Keywords whose values are schemas by name, and those whose values are data. */
const SCHEMA_MAPS: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs'])
const DATA: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'examples', 'example', 'required'])

/** The name that a reference inside of one schema means: `''` for the root; undefined for another kind. */
function defOf(ref: unknown): string | undefined {
  if (ref === '#') return ''
  const [, pointer] = typeof ref === 'string' ? (/^#\/\$defs\/([^/]+)$/.exec(ref) ?? []) : []
  return pointer?.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** A copy, in which references lead to the document. */
function rewritten(schema: JsonSchema, names: ReadonlyMap<string, string>): JsonSchema {
  return mapped(schema, (ref) => {
    const name = names.get(defOf(ref) ?? '\0')
    return name === undefined ? ref : PLACE + name
  })
}

function refsOf(schema: JsonSchema): readonly string[] {
  const found: string[] = []
  mapped(schema, (ref) => {
    const def = defOf(ref)
    if (def !== undefined) found.push(def)
    return ref
  })
  return found
}

/** What a name stands for: itself with all that it leads to. */
function meaningOf(def: string, defs: ReadonlyMap<string, JsonSchema>): string {
  const reached = new Set([def])
  for (const name of reached) for (const ref of refsOf(defs.get(name) ?? {})) reached.add(ref)
  return JSON.stringify([...reached].map((name) => [name, defs.get(name)]))
}

function mapped(schema: JsonSchema, follow: (ref: unknown) => unknown): JsonSchema {
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside)
    return isObject(value) ? mapped(value, follow) : value
  }
  const entries = Object.entries(schema).map(([name, value]): [string, unknown] => {
    if (name === '$ref') return [name, follow(value)]
    if (DATA.has(name)) return [name, value]
    if (!SCHEMA_MAPS.has(name) || !isObject(value)) return [name, inside(value)]
    return [name, withoutPrototype(Object.entries(value).map(([key, each]) => [key, inside(each)]))]
  })
  return withoutPrototype(entries)
}

/** `__proto__` is a name like any other. */
function withoutPrototype(entries: readonly (readonly [string, unknown])[]): JsonSchema {
  const made = {}
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true })
  return made
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
