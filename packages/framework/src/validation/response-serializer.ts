/**
 * Writes what a view returns by the response schema of its route: codecs go backwards, fields that the schema does not
 * name stay here. Errors, files, pages and redirects are not its business. Called by typed-view.ts.
 */
import { HttpError } from '../http/http-error.ts'
import { isPromise, type ViewResult } from '../response/respond.ts'
import { JsonResponse, json, Response } from '../response/response.ts'
import type { Schema } from './schema.ts'
import { asZod, type Encoded, encode } from './zod-schema.ts'

export class ResponseSerializer {
  readonly #schema: Schema
  readonly #checks: boolean

  /** @param checks whether to hold the value against all the schema says, or only to write it. */
  constructor(schema: Schema, checks: boolean) {
    this.#schema = schema
    this.#checks = checks
  }

  /** @throws TypeError for a value that does not fit: an error of ours, not of the client. */
  write(result: ViewResult): ViewResult | Promise<ViewResult> {
    if (result instanceof JsonResponse) {
      if (result.status >= 300) return result
      return this.#encode(result.data, (data) => result.withData(data))
    }
    const isData = !(result instanceof Response || result instanceof HttpError || typeof result === 'function')
    return isData && result !== undefined ? this.#encode(result, json) : result
  }

  #encode(data: unknown, wrap: (data: unknown) => Response): Response | Promise<Response> {
    const zod = asZod(this.#schema)
    const encoded = zod === undefined ? this.#check(data) : encode(zod, data, this.#checks)
    const finish = (later: Encoded) => wrap(encodedValue(later))
    return isPromise(encoded) ? encoded.then(finish) : finish(encoded)
  }

  /** A Standard Schema has no way back: it can only say whether the value would do. */
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
    throw new TypeError(`the view's answer does not fit its response schema: ${encoded.problem}`)
  return encoded.value
}
