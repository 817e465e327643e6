/**
 * What the framework knows of zod 4 beyond Standard Schema: how to recognise a schema of zod's, look below what is put
 * around it, go backwards through codecs, and compile. zod is never imported but by the compiler below, and only where
 * a route has a schema of zod's. Knows no request.
 */
import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import type { AnySchema } from './schema.ts'

/** @returns undefined for a schema of another library, or of zod before 4. */
export function asZod(schema: unknown): $ZodTypes | undefined {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null || !('_zod' in schema)) {
    return undefined
  }
  const { _zod: internals } = schema
  const isZod = typeof internals === 'object' && internals !== null && 'run' in internals
  // $ZodTypes is the union of all zod schemas, distinguished by `_zod.def.type`; other kinds do not matter here.
  return isZod ? (schema as unknown as $ZodTypes) : undefined
}

/** The fields of an object schema, also one with refinements, defaults or transforms around it. */
export function shapeOf(schema: AnySchema): Readonly<Record<string, $ZodType>> | undefined {
  const zod = asZod(schema)
  const read = zod && innermost(zod, true)
  return read?._zod.def.type === 'object' ? read._zod.def.shape : undefined
}

/**
 * What a schema reads at first, below all that is put around it.
 * @param behindPreprocess of `z.preprocess(f, schema)`: whether to look at `schema`, or at what calls `f`.
 */
export function innermost(schema: $ZodType, behindPreprocess: boolean): $ZodTypes {
  let at = known(schema)
  // Bounded, as a getter could return its own schema.
  for (let depth = 0; depth < MAX_WRAPPERS; depth++) {
    const inner = innerOf(at, behindPreprocess)
    if (inner === undefined) return at
    at = known(inner)
  }
  return at
}

/** The schema that stands directly inside of a wrapper; undefined for one that is no wrapper. */
function innerOf({ _zod: { def } }: $ZodTypes, behindPreprocess: boolean): $ZodType | undefined {
  if (def.type === 'pipe') return behindPreprocess && def.in._zod.def.type === 'transform' ? def.out : def.in
  if (def.type === 'lazy') return def.getter()
  return 'innerType' in def ? def.innerType : undefined
}

/** $ZodType is the base of the classes whose union is $ZodTypes. */
export function known(schema: $ZodType): $ZodTypes {
  return schema as $ZodTypes
}

/** More wrappers than any schema has around another. */
const MAX_WRAPPERS = 32

/** A value that went backwards through the codecs of a schema, or why it does not fit. */
export type Encoded = { readonly value: unknown } | { readonly problem: string }

/**
 * From what a view has to what is sent: `7` becomes `'7'`, a Date its text, and fields that the schema does not name
 * are left out.
 * @param checks whether to look at `.min()` and the like as well.
 * @throws what a codec or a refinement throws: an error of the application, with its own stack.
 */
export function encode(zod: $ZodType, value: unknown, checks: boolean): Encoded | Promise<Encoded> {
  try {
    const context = { direction: 'backward', skipChecks: !checks, async: true } as const
    const result = zod._zod.run({ value, issues: [] }, context)
    return result instanceof Promise ? result.then(encodedOf, problemOf) : encodedOf(result)
  } catch (error) {
    return problemOf(error)
  }
}

/** As `encode`, at once. */
export function encodeNow(zod: $ZodType, value: unknown): Encoded {
  const encoded = encode(zod, value, true)
  if (!(encoded instanceof Promise)) return encoded
  encoded.catch(() => undefined) // the caller gets the problem below; this promise has no reader
  return { problem: 'the schema is asynchronous' }
}

/** zod throws this where a transform has no way back. Every other error is not zod's, and stays what it is. */
function problemOf(error: unknown): Encoded {
  if (!(error instanceof Error) || error.name !== 'ZodEncodeError') throw error
  return { problem: `a transform has no way back; use a codec in place of it (${error.message})` }
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

/**
 * zod's compiler, which makes code of a schema where the platform allows that and returns the schema where it does
 * not. Loaded in the background: a schema works before that, and without it.
 */
export class ZodCompiler {
  #compile: ((schema: $ZodType) => $ZodType) | undefined

  /** Begins to load zod's compiler; there is nothing to wait for. */
  static load(): ZodCompiler {
    const compiler = new ZodCompiler()
    import('#zod-core').then(
      ({ compile, util, version }) => {
        // A zod before 4.6 has no compiler. A strict Content-Security-Policy is asked once, by zod.
        if (compile === undefined || !util.allowsEval.value) return
        compiler.#compile = (schema) => (isOf(version, schema) ? compile(schema) : schema)
      },
      // zod is not installed where the framework can find it.
      () => undefined,
    )
    return compiler
  }

  /** @returns undefined as long as the compiler is not loaded. */
  compile(schema: $ZodType): $ZodType | undefined {
    return this.#compile?.(schema)
  }
}

function isOf(version: { readonly major: number; readonly minor: number }, schema: $ZodType): boolean {
  return schema._zod.version.major === version.major && schema._zod.version.minor === version.minor
}
