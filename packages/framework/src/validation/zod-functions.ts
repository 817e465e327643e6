/**
 * Which functions of the user a schema of zod's calls, and a copy of such a schema in which none of them can leave a
 * promise behind. zod runs such a schema twice when it is asked synchronously, and drops promises in unions and beside
 * errors: a rejection would end the process. Knows how zod's definitions are built; knows no values and no requests.
 */
import type { $ZodType } from 'zod/v4/core'
import { asZod } from './zod-schema.ts'

/** A schema or a check, as far as this file looks. `def` is what it was made of. */
interface Part {
  readonly _zod: {
    readonly def: object
    readonly constr?: new (def: object) => $ZodType
  }
}

/** What a schema or a check runs. */
interface Runners {
  run?: (payload: never, context: never) => unknown
  check?: (payload: never) => unknown
}

/** Beyond this, parts are made by functions without end: such a schema is treated as one that calls functions. */
const MAX_PARTS = 10_000

/** Members of definitions whose result zod never awaits. */
const AWAITED_NEVER: ReadonlySet<string> = new Set(['error', 'getter', 'when', 'tx', 'catchValue', 'defaultValue'])

/** Functions that never return a promise: those of our codecs, and what people give to codecs most. */
const SYNCHRONOUS = new WeakSet<object>([Number, String, Boolean, BigInt, Number.parseInt, Number.parseFloat])

/** Declares that no function of a schema returns a promise, so that it may be compiled. @returns the schema. */
export function synchronous<S extends $ZodType>(schema: S): S {
  for (const part of partsOf(schema)) {
    for (const [, value] of dataOf(part._zod.def)) if (typeof value === 'function') SYNCHRONOUS.add(value)
  }
  return schema
}

/** As `synchronous`, of one function. */
export function synchronousFunction<F extends object>(f: F): F {
  SYNCHRONOUS.add(f)
  return f
}

/** Whether a schema calls functions that might return a promise. */
export function callsFunctions(schema: $ZodType): boolean {
  const parts = partsOf(schema)
  return parts.size >= MAX_PARTS || [...parts].some(isAsynchronous)
}

function isAsynchronous({ _zod: { def } }: Part): boolean {
  if ('type' in def && def.type === 'promise') return true
  // `.superRefine(…)` and `.check(…)` keep their function outside of the definition.
  if ('check' in def && def.check === 'custom' && !('fn' in def)) return true
  return dataOf(def).some(
    ([name, value]) => typeof value === 'function' && !AWAITED_NEVER.has(name) && !SYNCHRONOUS.has(value),
  )
}

/** A schema with all schemas and checks that it is made of. */
function partsOf(schema: $ZodType): ReadonlySet<Part> {
  const parts = new Set<Part>()
  const waiting: unknown[] = [schema]
  while (waiting.length > 0 && parts.size < MAX_PARTS) {
    const value = waiting.pop()
    if (!isPart(value)) {
      // The shape of an object, a list of options or checks.
      if (typeof value === 'object' && value !== null) waiting.push(...Object.values(value).filter(isObject))
      continue
    }
    if (parts.has(value)) continue
    parts.add(value)
    const { def } = value._zod
    for (const [name, member] of dataOf(def)) if (INNER.has(name)) waiting.push(member)
    if ('shape' in def) waiting.push(def.shape)
    if (isLazy(def)) waiting.push(def.getter())
  }
  return parts
}

/** Members of definitions that hold schemas or checks. `literal.values` and the like are data of the user. */
const INNER: ReadonlySet<string> = new Set([
  ...['checks', 'innerType', 'element', 'items', 'rest', 'keyType', 'valueType', 'options', 'left', 'right'],
  ...['in', 'out', 'catchall', 'schema', 'input', 'output', 'parts'],
])

/** Own members that are data. A getter, such as that of a default, is not asked: it may be a function of the user. */
function dataOf(def: object): Array<[name: string, value: unknown]> {
  return Object.entries(Object.getOwnPropertyDescriptors(def)).flatMap(([name, { value }]) =>
    value === undefined ? [] : [[name, value] as [string, unknown]],
  )
}

function isPart(value: unknown): value is Part {
  return isObject(value) && '_zod' in value && isObject(value._zod) && 'def' in value._zod
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
}

function isLazy(def: object): def is { readonly getter: () => unknown } {
  return 'type' in def && def.type === 'lazy' && 'getter' in def && typeof def.getter === 'function'
}

/**
 * A copy of a schema for asynchronous runs: no part of it throws at once, and every promise that a part gives has a
 * reader. So whatever zod does with them, the only rejection is that of the run itself.
 */
export function withoutStrays(schema: $ZodType): $ZodType {
  return new Copier().copy(schema)
}

class Copier {
  readonly #copies = new Map<object, $ZodType>()

  copy(schema: $ZodType): $ZodType {
    const known = this.#copies.get(schema)
    if (known !== undefined) return known
    // As zod copies schemas itself: by the constructor, with a definition of the same kind.
    const made = new schema._zod.constr(this.#definition(schema._zod.def))
    this.#copies.set(schema, made)
    watch(made._zod)
    return made
  }

  /** Shapes and lazy schemas are copied when zod first asks for them: they may lead back to where we are. */
  #definition(def: object): object {
    const { _cachedInner: _, ...own }: Record<string, PropertyDescriptor> = Object.getOwnPropertyDescriptors(def)
    const members = Object.entries(own).map(([name, member]) => {
      if (name === 'shape' && 'shape' in def) return [name, once(() => this.#shape(def.shape))] as const
      if (name === 'getter' && isLazy(def))
        return [name, { ...member, value: () => this.#inner(def.getter()) }] as const
      if (name === 'checks') return [name, { ...member, value: this.#checks(member.value) }] as const
      return [name, INNER.has(name) ? { ...member, value: this.#inner(member.value) } : member] as const
    })
    return Object.defineProperties({}, Object.fromEntries(members))
  }

  #shape(shape: unknown): object {
    return Object.fromEntries(Object.entries(shape ?? {}).map(([name, field]) => [name, this.#inner(field)]))
  }

  #inner(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#inner(item))
    const zod = asZod(value)
    return zod === undefined ? value : this.copy(zod)
  }

  /** A check is asked by `_zod.check` only, so a look-alike with another one is enough. */
  #checks(checks: unknown): unknown {
    if (!Array.isArray(checks)) return checks
    return checks.map((check: Part) => {
      const internals: Runners = Object.create(check._zod)
      watch(internals)
      return Object.create(check, { _zod: { value: internals } })
    })
  }
}

/** A member that is made when it is first read. */
function once(make: () => unknown): PropertyDescriptor {
  let made: unknown
  return {
    enumerable: true,
    configurable: true,
    get: () => {
      made ??= make()
      return made
    },
  }
}

function watch(internals: Runners): void {
  const { run, check } = internals
  if (run !== undefined) internals.run = (payload, context) => settled(() => run(payload, context))
  if (check !== undefined) internals.check = (payload) => settled(() => check(payload))
}

/** An error becomes a rejection, which has a reader from the start. */
function settled(begin: () => unknown): unknown {
  try {
    const result = begin()
    if (result instanceof Promise) result.catch(ignore)
    return result
  } catch (error) {
    // There is no stack left to make a promise with.
    if (isStackOverflow(error)) throw error
    const rejection = Promise.reject(error)
    rejection.catch(ignore)
    return rejection
  }
}

/** Whether an error says that a recursion went too deep, in the words of V8, SpiderMonkey and JavaScriptCore. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof Error && /^(?:Maximum call stack size exceeded|too much recursion)/.test(error.message)
}

function ignore(): void {}
