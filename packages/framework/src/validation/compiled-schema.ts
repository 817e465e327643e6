/**
 * A schema, made ready once for all requests: compiled at its first use where zod and the platform can do that.
 * Knows no request. Called by read-input.ts.
 */
import type { $ZodType } from 'zod/v4/core'
import { isSchema, type Schema, type SchemaResult } from './schema.ts'
import { asZod, type ZodCompiler } from './zod-schema.ts'

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
