/**
 * Reads what a route has declared about its request: params, query, headers, cookies and body, each by its schema.
 * Prepared once, when the application is made; a view is called only with a request that fits.
 * Knows schemas and requests; knows nothing of the table and of responses.
 */
import { HttpError } from '../http/http-error.ts'
import type { FormOptions } from '../request/form.ts'
import { putTyped, type Request, type TypedParts } from '../request/request.ts'
import { isPromise } from '../response/respond.ts'
import { CompiledSchema, type Outcome } from './compiled-schema.ts'
import { type BodySource, bodySource, type InputSource, sourceFor } from './input-sources.ts'
import type { RouteSchemas } from './schema.ts'
import { isSchema, type SchemaResult } from './schema.ts'
import { type FieldError, fieldErrors, type InputPart, ValidationError } from './validation-error.ts'
import { isStackOverflow } from './zod-functions.ts'
import type { ZodCompiler } from './zod-schema.ts'

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
    const results = this.#validateHead(request)
    if (results.some(isPromise)) return Promise.all(results).then((settled) => this.#take(request, settled, next))
    // No result is a promise, which the compiler cannot tell from `some`.
    return this.#take(request, results as readonly SchemaResult<unknown>[], next)
  }

  /** Every part, so that the response lists all that is wrong. */
  #validateHead(request: Request): readonly Outcome[] {
    const results: Outcome[] = []
    try {
      for (const { schema, source } of this.#head) results.push(schema.validate(source(request)))
      return results
    } catch (error) {
      // The response is this error; what the others reject with has no other reader.
      for (const result of results) Promise.resolve(result).catch(() => undefined)
      throw error
    }
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
    return source(request, (value, size) => {
      const result = validateBody(schema, value, size)
      return isPromise(result) ? result.then(takeBody) : takeBody(result)
    })
  }
}

/** @throws HttpError 422 for a value nested so deep that a recursive schema has no stack left for it. */
function validateBody(schema: CompiledSchema, value: unknown, size: number): Outcome {
  const explain = (error: unknown): never => {
    if (isStackOverflow(error) && isDeep(value)) {
      throw new HttpError(422, 'The body is nested too deep', [], { cause: error })
    }
    throw error
  }
  try {
    const result = schema.validate(value, size)
    return isPromise(result) ? result.then(undefined, explain) : result
  } catch (error) {
    return explain(error)
  }
}

/** Level by level, so that it needs no stack itself. */
function isDeep(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; depth < MAX_PLAIN_DEPTH && level.length > 0; depth++) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []))
  }
  return level.length > 0
}

/** Below this depth a stack that overflows is an error of the application. */
const MAX_PLAIN_DEPTH = 200

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
