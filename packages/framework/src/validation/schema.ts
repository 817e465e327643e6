/**
 * What a schema is to the framework: Standard Schema v1 (standardschema.dev), which zod, valibot, arktype and others
 * speak. Written out here as types, so that nothing has to be installed for it. What only zod can do is zod-schema.ts.
 */

/**
 * A schema, as far as the table looks: to compare all of what zod declares of each of its schemas would be most of what
 * a route costs the compiler. The rest is looked at when the application is made.
 */
export interface AnySchema {
  readonly '~standard': { readonly vendor: string }
}

/** Checks a value of unknown shape, and makes an `Output` of it. */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': StandardProps<Input, Output>
}

/** What stands under `~standard` of a schema (Standard Schema v1). */
export interface StandardProps<Input, Output> {
  readonly version: 1
  /** Whose schema it is: `zod`. */
  readonly vendor: string
  readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
  /** Never there at run time. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined
}

/** What `validate` gives: the value, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a view gets of a value that the schema has read. */
export type OutputOf<S> = S extends { readonly _zod: { readonly output: infer Output } }
  ? Output
  : S extends Schema<unknown, infer Output>
    ? Output
    : never

/** What the schema reads: text, for a parameter of a path. */
export type InputOf<S> = S extends { readonly _zod: { readonly input: infer Input } }
  ? Input
  : S extends { readonly '~standard': { readonly types?: { readonly input: infer Input } | undefined } }
    ? Input
    : never

/** Whether a value is a schema; some libraries make functions of theirs. */
export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  if (!('~standard' in value)) return false
  const standard = value['~standard']
  return typeof standard === 'object' && standard !== null && 'validate' in standard
}

/** What is declared about the inputs and the answer of a route, each by a schema: of zod, or any Standard Schema. */
export interface RouteSchemas {
  /** Reads the parameters of the path; those it does not name stay text. */
  readonly params?: AnySchema
  /** Reads the query. A name that came several times is a list, and so is one that the schema wants as a list. */
  readonly query?: AnySchema
  /** Reads the headers that it names, in lower case. */
  readonly headers?: AnySchema
  readonly cookies?: AnySchema
  /** Reads the body: JSON, or a form. */
  readonly body?: AnySchema
  /** What the view returns is written by it: a plain value, or one in `json()` with a status below 300. */
  readonly response?: AnySchema
  /** What each event of a stream carries. */
  readonly events?: AnySchema
}
