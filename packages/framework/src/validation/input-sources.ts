/**
 * Where the parts of a request come from, as plain data for a schema: what was not sent is absent, and text stays text.
 * Of the schema it looks only at the names, and at which of them take lists.
 */

import { headerOf } from '../http/header-fields.ts'
import { HttpError } from '../http/http-error.ts'
import { parseMediaType } from '../http/media-type.ts'
import type { FormOptions } from '../request/form.ts'
import type { Request } from '../request/request.ts'
import { type FieldArranger, fieldArranger, fieldNames, readsAnyName } from './field-lists.ts'
import type { Schema } from './schema.ts'
import type { InputPart } from './validation-error.ts'

/** Takes a part of a request as data. */
export type InputSource = (request: Request) => unknown

/** Uses a body. @param size bytes that were sent. */
type BodyUse<Result> = (value: unknown, size: number) => Result | Promise<Result>

/** Reads a body as data and uses it, in the same turn of the event loop in which the bytes arrived. */
export type BodySource = <Result>(request: Request, use: BodyUse<Result>) => Promise<Result>

/** The source of one part of the head, made once for a route. */
export function sourceFor(part: Exclude<InputPart, 'body'>, schema: Schema): InputSource {
  if (part === 'params') return ({ params }) => params
  if (part === 'cookies') return ({ cookies }) => cookies
  if (part === 'headers') return headerSource(schema)
  const arrange = fieldArranger(schema)
  return ({ query }) => arrange(query)
}

/** The source of a body, made once for a route. @param form how a form is read. */
export function bodySource(schema: Schema, form?: FormOptions): BodySource {
  const arrange = fieldArranger(schema)
  return (request, use) => readBody(request, arrange, form, use)
}

/** A schema whose names are known gets those only, in the case in which it has them; any other gets all, in lower case. */
function headerSource(schema: Schema): InputSource {
  const names = fieldNames(schema)
  if (readsAnyName(schema)) return (request) => ({ ...request.headers, ...namedHeaders(request, names) })
  return (request) => namedHeaders(request, names)
}

function namedHeaders({ environ }: Request, names: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (const name of names) {
    const value = headerOf(environ, name)
    if (value !== undefined) headers[name] = value
  }
  return headers
}

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'
const JSON_TYPE = 'application/json'
const TYPES = [JSON_TYPE, FORM, MULTIPART]

/**
 * By its type: JSON, the fields and files of a form, or nothing at all, which is `undefined`.
 * @throws HttpError 400, 413, 415; InputError; and what `use` throws.
 */
function readBody<Result>(
  request: Request,
  arrange: FieldArranger,
  form: FormOptions | undefined,
  use: BodyUse<Result>,
): Promise<Result> {
  const { CONTENT_TYPE: type } = request.environ
  if (type === JSON_TYPE) return request.body.readJson(use)
  if (type === undefined) {
    return request.body.bytes().then(({ length }) => (length === 0 ? use(undefined, 0) : request.body.readJson(use)))
  }
  const media = parseMediaType(type)?.type
  if (media === FORM || media === MULTIPART) {
    return request.form(form).then(({ fields, files }) => use(arrange({ ...fields, ...files }), 0))
  }
  if (media === JSON_TYPE || media?.endsWith('+json')) return request.body.readJson(use)
  const refusal = new HttpError(415, `The body must be ${TYPES.join(' or ')}`, [['Accept', TYPES.join(', ')]])
  return Promise.reject(refusal)
}
