/**
 * A schema, prepared once for all requests, that runs each function of the user once per value. A schema of zod's
 * without such functions is compiled; one with functions is run asynchronously from the start. Knows no request.
 */
import type { $ZodType } from 'zod/v4/core'
import { isSchema, type Schema, type SchemaIssue, type SchemaResult } from './schema.ts'
import { callsFunctions, withoutStrays } from './zod-functions.ts'
import { asZod, type ZodCompiler } from './zod-schema.ts'

/** A result, perhaps later. */
export type Outcome = SchemaResult<unknown> | Promise<SchemaResult<unknown>>

type Run = (value: unknown, size: number) => Outcome

/** The value that the parsers of zod pass on. */
interface Payload {
  readonly value: unknown
  readonly issues: readonly unknown[]
}

/** In a larger value zod stops at the first error of a list: to list 500,000 errors would delay every other request. */
const MAX_FULLY_CHECKED_BYTES = 64 * 1024

export class CompiledSchema {
  readonly #schema: Schema
  readonly #compiler: ZodCompiler | undefined
  #run: Run | undefined

  constructor(schema: Schema, compiler: ZodCompiler | undefined) {
    this.#schema = schema
    this.#compiler = compiler
  }

  /**
   * The schema's result, at once wherever the schema is synchronous.
   * @param size bytes from which the value was made, where that is known.
   * @throws what a function of the user throws; an asynchronous one rejects.
   */
  validate(value: unknown, size = 0): Outcome {
    this.#run ??= this.#prepare()
    return this.#run(value, size)
  }

  /** At the first value: schemas may refer to others that are defined after the routes. */
  #prepare(): Run {
    const zod = asZod(this.#schema)
    if (zod === undefined) return (value) => this.#schema['~standard'].validate(value)
    if (callsFunctions(zod)) return asynchronous(zod)
    return synchronous(this.#schema, zod, this.#compiler)
  }
}

/** The schema as it is; compiled as soon as there is a compiler. */
function synchronous(schema: Schema, zod: $ZodType, compiler: ZodCompiler | undefined): Run {
  let compiled: $ZodType | undefined
  return (value, size) => {
    compiled ??= compiler?.compile(zod)
    const ready = compiled ?? zod
    if (size <= MAX_FULLY_CHECKED_BYTES) return (isSchema(ready) ? ready : schema)['~standard'].validate(value)
    const payload = ready._zod.run({ value, issues: [] }, { async: false, abortEarly: true })
    // It calls no function of the user, so there is nothing to wait for.
    return payload instanceof Promise ? payload.then((later) => resultOf(zod, later)) : resultOf(zod, payload)
  }
}

/** zod calls functions only once if `async` is set in advance; otherwise it calls them again. */
function asynchronous(zod: $ZodType): Run {
  const copy = withoutStrays(zod)
  return (value, size) => {
    const payload = copy._zod.run({ value, issues: [] }, { async: true, abortEarly: size > MAX_FULLY_CHECKED_BYTES })
    return payload instanceof Promise ? payload.then((later) => resultOf(zod, later)) : resultOf(zod, payload)
  }
}

function resultOf(zod: $ZodType, payload: Payload): SchemaResult<unknown> {
  return payload.issues.length === 0 ? { value: payload.value } : worded(zod, payload)
}

/**
 * The messages of raw issues: in the language that zod is set to, and by the schema's own words. Only zod knows how, so a
 * twin of the schema that has "found" these issues is asked.
 */
function worded(zod: $ZodType, payload: Payload): { readonly issues: readonly SchemaIssue[] } {
  const twin: unknown = new zod._zod.constr(zod._zod.def)
  const internals = asZod(twin)?._zod
  if (internals === undefined || !isSchema(twin)) throw new TypeError('zod made a value that is not a schema')
  internals.run = () => ({ value: payload.value, issues: [...payload.issues] }) as ReturnType<$ZodType['_zod']['run']>
  const result = twin['~standard'].validate(undefined)
  return { issues: result instanceof Promise ? [] : (result.issues ?? []) }
}
