/** What a route declares about its responses, by status. Knows schemas; knows no route. */
import type { problem } from '../response/problem.ts'
import { type AnySchema, isSchema, type Schema } from './schema.ts'

/** A response of a route: a schema, `problem` for RFC 9457 problem details, what it means, or all of it. */
export type ResponseDoc = AnySchema | typeof problem | string | ResponseDescription

/** A response in detail. */
export interface ResponseDescription {
  readonly description?: string
  readonly schema?: AnySchema
  /** Media type. @default `application/json` with a schema, else no content */
  readonly type?: string
  /** Headers by name: a schema of the value, or what it means. */
  readonly headers?: Readonly<Record<string, AnySchema | string>>
}

/** Responses by status. */
export type ResponseDocs = Readonly<Record<number, ResponseDoc>>

/** The schemas among responses by status. */
export function schemasByStatus(responses: ResponseDocs): readonly (readonly [status: number, schema: Schema])[] {
  return Object.entries(responses).flatMap(([status, value]) => {
    const schema = typeof value === 'object' && !isSchema(value) && 'schema' in value ? value.schema : value
    return isSchema(schema) ? [[Number(status), schema] as const] : []
  })
}
