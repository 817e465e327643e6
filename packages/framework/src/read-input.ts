/**
 * Reads what a route has declared about its request: params, query, headers, cookies and body, each by its schema.
 * Prepared once, when the application is made; a view is called only with a request that fits.
 * Knows schemas and requests; knows nothing of the table and of responses. Called by application.ts.
 */
import type { FormOptions } from './form.ts'
import { type InputSource, sourceFor } from './input-sources.ts'
import { PreparedSchema } from './prepared-schema.ts'
import type { Request } from './request.ts'
import { isPromise } from './respond.ts'
import type { RouteSchemas } from './route-types.ts'
import { isSchema, type SchemaResult } from './schema.ts'
import { type FieldError, fieldErrors, type InputPart, ValidationError } from './validation-error.ts'
import type { ZodCompiler } from './zod-schema.ts'

/** The parts that are there with the head of the request, and are looked at before its body is read. */
const HEAD_PARTS = ['params', 'query', 'headers', 'cookies'] as const

interface Input {
  readonly part: InputPart
  readonly source: InputSource
  readonly schema: PreparedSchema
}

export class InputReader {
  readonly #head: readonly Input[]
  readonly #body: Input | undefined

  /** @param schemas each a schema; see `checkSchemas`. @param form how a form is read for the body's. */
  constructor(schemas: RouteSchemas, compiler: ZodCompiler | undefined, form?: FormOptions) {
    this.#head = HEAD_PARTS.flatMap((part) => prepare(part, schemas, compiler))
    this.#body = prepare('body', schemas, compiler, form)[0]
  }

  /**
   * Puts what the schemas made of the request into its properties of the same names; at once unless there is a body to
   * be waited for, or a schema that takes its time. The body is read only if all else is right.
   * @throws ValidationError naming each field; HttpError 400, 413, 415 for a body that cannot be read.
   */
  read(request: Request): void | Promise<void> {
    const results = this.#head.map((input) => input.schema.validate(input.source(request)))
    if (results.some(isPromise)) return Promise.all(results).then((settled) => this.#take(request, settled))
    // None of them is a promise, which the compiler cannot tell from `some`.
    return this.#take(request, results as readonly SchemaResult<unknown>[])
  }

  #take(request: Request, results: readonly SchemaResult<unknown>[]): void | Promise<void> {
    const errors: FieldError[] = []
    const values: PartValue[] = []
    for (const [i, { part }] of this.#head.entries()) {
      const result = results[i]
      if (result?.issues !== undefined) errors.push(...fieldErrors(part, result.issues))
      else if (result !== undefined) values.push([part, result.value])
    }
    if (errors.length > 0) throw new ValidationError(400, errors)
    if (this.#body === undefined) return putAll(request, values)
    return readBody(this.#body, request).then((body) => putAll(request, [...values, body]))
  }
}

/** Whether there is anything to be read by schemas. */
export function hasInputs(schemas: RouteSchemas): boolean {
  return [...HEAD_PARTS, 'body' as const].some((part) => schemas[part] !== undefined)
}

function prepare(
  part: InputPart,
  schemas: RouteSchemas,
  compiler: ZodCompiler | undefined,
  form?: FormOptions,
): Input[] {
  const schema = schemas[part]
  if (!isSchema(schema)) return []
  return [{ part, source: sourceFor(part, schema, form), schema: new PreparedSchema(schema, compiler) }]
}

/** What a schema made of a part. */
type PartValue = readonly [part: InputPart, value: unknown]

async function readBody({ source, schema, part }: Input, request: Request): Promise<PartValue> {
  const result = await schema.validate(await source(request))
  if (result.issues !== undefined) throw new ValidationError(422, fieldErrors(part, result.issues))
  return [part, result.value]
}

/** All of it or nothing: a request that is refused stays as it was sent. */
function putAll(request: Request, values: readonly PartValue[]): void {
  for (const [part, value] of values) put(request, part, value)
}

/** An own property stands before the getter of the class. Parameters without a schema stay what they are. */
function put(request: Request, part: InputPart, value: unknown): void {
  const merged = part === 'params' ? Object.assign(Object.create(null), request.params, value) : value
  Object.defineProperty(request, part, { value: merged, enumerable: true, configurable: true })
}
