/**
 * Reads what a route has declared about its request: params, query, headers, cookies and body, each by its schema.
 * Prepared once, when the application is made; a view is called only with a request that fits.
 * Knows schemas and requests; knows nothing of the table and of responses. Called by application.ts.
 */
import type { FormOptions } from '../request/form.ts'
import { putTyped, type Request, type TypedParts } from '../request/request.ts'
import { isPromise } from '../response/respond.ts'
import { type BodySource, bodySource, type InputSource, sourceFor } from './input-sources.ts'
import type { RouteSchemas } from './schema.ts'
import { isSchema, type SchemaResult } from './schema.ts'
import { type FieldError, fieldErrors, type InputPart, ValidationError } from './validation-error.ts'
import type { ZodCompiler } from './zod-schema.ts'
import { CompiledSchema } from './zod-schema.ts'

/** The parts that are there with the head of the request, and are looked at before its body is read. */
const HEAD_PARTS = ['params', 'query', 'headers', 'cookies'] as const

interface Input {
  readonly part: InputPart
  readonly source: InputSource
  readonly schema: CompiledSchema
}

interface BodyInput {
  readonly source: BodySource
  readonly schema: CompiledSchema
}

export class RequestValidator {
  readonly #head: readonly Input[]
  readonly #body: BodyInput | undefined

  /** @param schemas each a schema; see `checkSchemas`. @param form how a form is read for the body's. */
  constructor(schemas: RouteSchemas, compiler: ZodCompiler | undefined, form?: FormOptions) {
    this.#head = HEAD_PARTS.flatMap((part) => prepare(part, schemas, compiler))
    const { body } = schemas
    this.#body = isSchema(body)
      ? { source: bodySource(body, form), schema: new CompiledSchema(body, compiler) }
      : undefined
  }

  /**
   * Gives the request what the schemas made of it, under the same names, then goes on with `next`; at once
   * unless there is a body to be waited for, or a schema that takes its time. The body is read only if all else is right.
   * @throws ValidationError naming each field; HttpError 400, 413, 415 for a body that cannot be read; what `next` throws.
   */
  read<Result>(request: Request, next: () => Result | Promise<Result>): Result | Promise<Result> {
    if (this.#head.length === 0) return this.#readBody(request, {}, next)
    const results = this.#head.map((input) => input.schema.validate(input.source(request)))
    if (results.some(isPromise)) return Promise.all(results).then((settled) => this.#take(request, settled, next))
    // None of them is a promise, which the compiler cannot tell from `some`.
    return this.#take(request, results as readonly SchemaResult<unknown>[], next)
  }

  #take<Result>(
    request: Request,
    results: readonly SchemaResult<unknown>[],
    next: () => Result | Promise<Result>,
  ): Result | Promise<Result> {
    const errors: FieldError[] = []
    const values: PartValues = {}
    for (const [i, { part }] of this.#head.entries()) {
      const result = results[i]
      if (result?.issues !== undefined) errors.push(...fieldErrors(part, result.issues))
      else if (result !== undefined) values[part] = result.value
    }
    if (errors.length > 0) throw new ValidationError(400, errors)
    return this.#readBody(request, values, next)
  }

  #readBody<Result>(
    request: Request,
    values: PartValues,
    next: () => Result | Promise<Result>,
  ): Result | Promise<Result> {
    if (this.#body === undefined) return putAll(request, values, next)
    const { schema, source } = this.#body
    const takeBody = (result: SchemaResult<unknown>) => {
      if (result.issues !== undefined) throw new ValidationError(422, fieldErrors('body', result.issues))
      values.body = result.value
      return putAll(request, values, next)
    }
    return source(request, (value) => {
      const result = schema.validate(value)
      return isPromise(result) ? result.then(takeBody) : takeBody(result)
    })
  }
}

/** Whether there is anything to be read by schemas. */
export function hasInputs(schemas: RouteSchemas): boolean {
  return [...HEAD_PARTS, 'body' as const].some((part) => schemas[part] !== undefined)
}

function prepare(part: (typeof HEAD_PARTS)[number], schemas: RouteSchemas, compiler: ZodCompiler | undefined): Input[] {
  const schema = schemas[part]
  if (!isSchema(schema)) return []
  return [{ part, source: sourceFor(part, schema), schema: new CompiledSchema(schema, compiler) }]
}

/** What the schemas made of the parts. */
type PartValues = { [Part in InputPart]?: unknown }

/** All of it or nothing: a request that is refused stays as it was sent. Parameters without a schema stay what they are. */
function putAll<Result>(request: Request, values: PartValues, next: () => Result): Result {
  if (values.params !== undefined) {
    const own: { params: unknown } = request
    own.params = Object.assign(Object.create(null), request.params, values.params)
  }
  // Their types are those of the route's view, which the request as such does not know.
  putTyped(request, values as TypedParts)
  return next()
}
