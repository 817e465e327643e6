/**
 * Where the parts of a request come from, as plain data for a schema: what was not sent is absent, and what is text
 * stays text. Of the schema only the names are looked at, and which of them take lists. Called by read-input.ts.
 */

import { headerOf } from '../http/header-fields.ts'
import { HttpError } from '../http/http-error.ts'
import { parseMediaType } from '../http/media-type.ts'
import type { FormOptions } from '../request/form.ts'
import type { Request } from '../request/request.ts'
import type { Schema } from './schema.ts'
import type { InputPart } from './validation-error.ts'
import { shapeOf, takesList } from './zod-schema.ts'

/** Takes a part of a request as data. */
export type InputSource = (request: Request) => unknown

/** What becomes of a body. */
type BodyUse<Result> = (value: unknown) => Result | Promise<Result>

/** Reads a body as data and uses it, in the turn in which it has come. */
export type BodySource = <Result>(request: Request, use: BodyUse<Result>) => Promise<Result>

/** The source of one part of the head, made once for a route. */
export function sourceFor(part: Exclude<InputPart, 'body'>, schema: Schema): InputSource {
  const shape = shapeOf(schema) ?? {}
  if (part === 'params') return ({ params }) => params
  if (part === 'cookies') return ({ cookies }) => cookies
  if (part === 'headers') return headerSource(Object.keys(shape))
  const lists = listsOf(schema)
  return ({ query }) => withLists(query, lists)
}

/** The source of a body, made once for a route. @param form how a form is read. */
export function bodySource(schema: Schema, form?: FormOptions): BodySource {
  const lists = listsOf(schema)
  return (request, use) => readBody(request, lists, form, use)
}

function listsOf(schema: Schema): readonly string[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, field]) => (takesList(field) ? [name] : []))
}

/** A schema whose names are known gets those only, in the case in which it has them; any other gets all, in lower case. */
function headerSource(names: readonly string[]): InputSource {
  if (names.length === 0) return ({ headers }) => headers
  return ({ environ }) => {
    const headers: Record<string, string> = Object.create(null)
    for (const name of names) {
      const value = headerOf(environ, name)
      if (value !== undefined) headers[name] = value
    }
    return headers
  }
}

/** A field that takes a list gets one, however often its name came; any other that came twice stays a list, to be refused. */
function withLists(fields: object, lists: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = Object.assign(Object.create(null), fields)
  for (const name of lists) {
    const value = values[name]
    if (value !== undefined && !Array.isArray(value)) values[name] = [value]
  }
  return values
}

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'
const JSON_TYPE = 'application/json'
const TYPES = [JSON_TYPE, FORM, MULTIPART]

/**
 * By its type: JSON, the fields and files of a form, or nothing at all, which is `undefined`.
 * @param use what becomes of it, in the turn in which it has come.
 * @throws HttpError 400, 413, 415; InputError; and what `use` throws.
 */
function readBody<Result>(
  request: Request,
  lists: readonly string[],
  form: FormOptions | undefined,
  use: BodyUse<Result>,
): Promise<Result> {
  const { CONTENT_TYPE: type } = request.environ
  if (type === JSON_TYPE) return request.body.readJson(use)
  if (type === undefined) {
    return request.body.bytes().then(({ length }) => (length === 0 ? use(undefined) : request.body.readJson(use)))
  }
  const media = parseMediaType(type)?.type
  if (media === FORM || media === MULTIPART) {
    return request.form(form).then(({ fields, files }) => use(withLists({ ...fields, ...files }, lists)))
  }
  if (media === JSON_TYPE || media?.endsWith('+json')) return request.body.readJson(use)
  const refusal = new HttpError(415, `The body must be ${TYPES.join(' or ')}`, [['Accept', TYPES.join(', ')]])
  return Promise.reject(refusal)
}
