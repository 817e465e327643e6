/**
 * What the framework knows of zod 4 beyond Standard Schema, told by the shape of a schema: which fields an object has,
 * which of them take lists, how to go backwards through codecs, how to be compiled. zod is never imported but by the
 * compiler below, and only where somebody has given a schema of zod's. Called by prepared-schema.ts and read-input.ts.
 */
import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import { type AnySchema, isSchema, type Schema, type SchemaResult } from './schema.ts'

/** @returns undefined for a schema of another library, or of zod before 4. */
export function asZod(schema: AnySchema): $ZodTypes | undefined {
  const isZod = '_zod' in schema && typeof schema._zod === 'object' && schema._zod !== null && 'run' in schema._zod
  // $ZodTypes is the union of all that zod makes, told apart by `_zod.def.type`; others are of no kind we look for.
  return isZod ? (schema as unknown as $ZodTypes) : undefined
}

/** The fields of an object schema, also one with refinements, defaults or transforms around it. */
export function shapeOf(schema: AnySchema): Readonly<Record<string, $ZodType>> | undefined {
  const zod = asZod(schema)
  const read = zod && innermost(zod)
  return read?._zod.def.type === 'object' ? read._zod.def.shape : undefined
}

/** Whether a field takes a list, so that a name which came once is a list of one. */
export function takesList(schema: $ZodType): boolean {
  const read = innermost(known(schema))
  const { def } = read._zod
  if (def.type === 'union') return def.options.some((option) => takesList(option))
  return def.type === 'array' || def.type === 'tuple' || def.type === 'set'
}

/** A value that went backwards through the codecs of a schema, or why it cannot. */
export type Encoded = { readonly value: unknown } | { readonly problem: string }

/**
 * From what a view has to what is sent: `7` becomes `'7'`, a Date its text, and fields that the schema does not name
 * are left out. `checks` says whether to look at `.min()` and the like as well.
 */
export function encode(zod: $ZodType, value: unknown, checks: boolean): Encoded | Promise<Encoded> {
  const payload = { value, issues: [] }
  try {
    const context = { direction: 'backward', skipChecks: !checks } as const
    const result = zod._zod.run(payload, { ...context, async: true })
    return result instanceof Promise ? result.then(encodedOf) : encodedOf(result)
  } catch (error) {
    return { problem: problemOf(error) }
  }
}

/** As `encode`, at once. */
export function encodeNow(zod: $ZodType, value: unknown): Encoded {
  const encoded = encode(zod, value, true)
  return encoded instanceof Promise ? { problem: 'the schema is asynchronous' } : encoded
}

/**
 * zod's compiler, which makes code of a schema where the platform allows that and returns the schema where it does
 * not. Loaded in the background: a schema works before that, and without it.
 */
export class ZodCompiler {
  #compile: ((schema: $ZodType) => $ZodType) | undefined

  /** Begins to load zod's compiler; there is nothing to be waited for. */
  static load(): ZodCompiler {
    const compiler = new ZodCompiler()
    import('zod/v4/core').then(
      ({ compile, util, version }) => {
        // A zod before 4.6 has none. A strict Content-Security-Policy is asked once, by zod.
        if (compile === undefined || !util.allowsEval.value) return
        compiler.#compile = (schema) => (isOf(version, schema) ? compile(schema) : schema)
      },
      // Not to be found from here.
      () => undefined,
    )
    return compiler
  }

  /** @returns undefined as long as the compiler is not there. */
  compile(schema: $ZodType): $ZodType | undefined {
    return this.#compile?.(schema)
  }
}

function isOf(version: { readonly major: number; readonly minor: number }, schema: $ZodType): boolean {
  return schema._zod.version.major === version.major && schema._zod.version.minor === version.minor
}

/** What a schema reads at first, below all that is put around it. */
function innermost(schema: $ZodTypes): $ZodTypes {
  let at = schema
  // Bounded, as a getter could return its own schema.
  for (let depth = 0; depth < 32; depth++) {
    const { def } = at._zod
    const inner =
      def.type === 'pipe' ? def.in : def.type === 'lazy' ? def.getter() : 'innerType' in def && def.innerType
    if (!inner) return at
    at = known(inner)
  }
  return at
}

/** $ZodType is the base of the classes whose union is $ZodTypes. */
function known(schema: $ZodType): $ZodTypes {
  return schema as $ZodTypes
}

function encodedOf(payload: { readonly value: unknown; readonly issues: readonly RawIssue[] }): Encoded {
  const [issue] = payload.issues
  if (issue === undefined) return { value: payload.value }
  const place = issue.path === undefined || issue.path.length === 0 ? 'it' : issue.path.map(String).join('.')
  const expected = 'expected' in issue ? ` (expected ${String(issue.expected)})` : ''
  return { problem: `${place} does not fit the schema: ${issue.message ?? issue.code ?? 'invalid'}${expected}` }
}

interface RawIssue {
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly path?: readonly PropertyKey[] | undefined
}

/** zod throws where a transform has no way back. */
function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `the schema cannot be gone through backwards; use a codec in place of a transform (${message})`
}

/*
 * A schema, made ready once for all requests: compiled at its first use where zod and the platform can do that.
 * Knows no request. Called by read-input.ts.
 */

export class CompiledSchema {
  #schema: Schema
  /** As long as there is something to be compiled. */
  #waiting: { readonly zod: $ZodType; readonly compiler: ZodCompiler } | undefined

  constructor(schema: Schema, compiler: ZodCompiler | undefined) {
    const zod = asZod(schema)
    this.#schema = schema
    this.#waiting = zod === undefined || compiler === undefined ? undefined : { zod, compiler }
  }

  /** The schema's own answer, at once wherever the schema is synchronous. */
  validate(value: unknown): SchemaResult<unknown> | Promise<SchemaResult<unknown>> {
    if (this.#waiting !== undefined) this.#compile(this.#waiting)
    return this.#schema['~standard'].validate(value)
  }

  #compile({ zod, compiler }: { readonly zod: $ZodType; readonly compiler: ZodCompiler }): void {
    const compiled = compiler.compile(zod)
    if (compiled === undefined) return
    this.#waiting = undefined
    if (isSchema(compiled)) this.#schema = compiled
  }
}
