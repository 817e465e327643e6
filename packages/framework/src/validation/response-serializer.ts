/**
 * Writes what a view returns by the response schema of its route: codecs go backwards, fields that the schema does not
 * name are left out. Errors, files, pages and redirects pass unchanged.
 */
import type { $ZodType } from 'zod/v4/core'
import { HttpError } from '../http/http-error.ts'
import { hasNoBody } from '../http/status.ts'
import { isPromise, type ViewResult } from '../response/respond.ts'
import { JsonResponse, json, Response } from '../response/response.ts'
import { type ResponseDocs, schemasByStatus } from './declared-responses.ts'
import { isSchema, type Schema } from './schema.ts'
import { callsFunctions, withoutStrays } from './zod-functions.ts'
import { asZod, type Encoded, encode } from './zod-schema.ts'

/** What is declared about the responses of a route. */
export interface DeclaredResponses {
  readonly response?: unknown
  readonly responses?: ResponseDocs
}

/** Writes the responses of one route, each by the schema of its status. */
export class ResponseSerializers {
  readonly #byStatus = new Map<number, ResponseSerializer>()
  readonly #usual: ResponseSerializer | undefined

  /** @returns undefined where nothing is declared. @param checks whether values are held against all of a schema. */
  static of({ response, responses = {} }: DeclaredResponses, checks: boolean): ResponseSerializers | undefined {
    const made = new ResponseSerializers(isSchema(response) ? new ResponseSerializer(response, checks) : undefined)
    for (const [status, schema] of schemasByStatus(responses))
      made.#byStatus.set(status, new ResponseSerializer(schema, checks))
    return made.#usual === undefined && made.#byStatus.size === 0 ? undefined : made
  }

  private constructor(usual: ResponseSerializer | undefined) {
    this.#usual = usual
  }

  /** @throws TypeError for a value that does not fit: an error of ours, not of the client. */
  write(result: ViewResult): ViewResult | Promise<ViewResult> {
    const status = result instanceof Response ? result.status : 200
    const usual = status < 300 ? this.#usual : undefined
    return (this.#byStatus.get(status) ?? usual)?.write(result) ?? result
  }
}

class ResponseSerializer {
  readonly #schema: Schema
  readonly #checks: boolean

  #zod: $ZodType | undefined

  /** @param checks whether to check the value against all that the schema says, or only to write it. */
  constructor(schema: Schema, checks: boolean) {
    this.#schema = schema
    this.#checks = checks
  }

  write(result: ViewResult): ViewResult | Promise<ViewResult> {
    if (result instanceof JsonResponse) {
      if (hasNoBody(result.status)) return result
      return this.#encode(result.data, (data) => result.withData(data))
    }
    const isData = !(result instanceof Response || result instanceof HttpError || typeof result === 'function')
    return isData && result !== undefined ? this.#encode(result, json) : result
  }

  #encode(data: unknown, wrap: (data: unknown) => Response): Response | Promise<Response> {
    const zod = this.#prepared()
    const encoded = zod === undefined ? this.#check(data) : encode(zod, data, this.#checks)
    const finish = (later: Encoded) => wrap(encodedValue(later))
    return isPromise(encoded) ? encoded.then(finish) : finish(encoded)
  }

  /** At the first value: a schema may refer to others that are defined after the routes. */
  #prepared(): $ZodType | undefined {
    const zod = asZod(this.#schema)
    this.#zod ??= zod !== undefined && callsFunctions(zod) ? withoutStrays(zod) : zod
    return this.#zod
  }

  /** A Standard Schema has no way back: it can only say whether the value would fit. */
  #check(value: unknown): Encoded | Promise<Encoded> {
    if (!this.#checks) return { value }
    const result = this.#schema['~standard'].validate(value)
    const encodedOf = ({ issues }: Awaited<typeof result>): Encoded =>
      issues === undefined ? { value } : { problem: issues.map(({ message }) => message).join('; ') }
    return isPromise(result) ? result.then(encodedOf) : encodedOf(result)
  }
}

function encodedValue(encoded: Encoded): unknown {
  if ('problem' in encoded)
    throw new TypeError(`the result of the view does not fit its response schema: ${encoded.problem}`)
  return encoded.value
}
