/**
 * Where the parts of a request come from, as plain data for a schema: what was not sent is absent, and what is text
 * stays text. Of the schema only the names are looked at, and which of them take lists. Called by read-input.ts.
 */
import { HttpError } from './errors.ts'
import type { FormOptions } from './form.ts'
import { headerOf } from './header-fields.ts'
import { parseMediaType } from './media-type.ts'
import type { Request } from './request.ts'
import type { Schema } from './schema.ts'
import type { InputPart } from './validation-error.ts'
import { shapeOf, takesList } from './zod-schema.ts'

/** Takes a part of a request as data; a promise only where it has to be waited for. */
export type InputSource = (request: Request) => unknown

/** The source of one part, made once for a route. */
export function sourceFor(part: InputPart, schema: Schema, form?: FormOptions): InputSource {
  const shape = shapeOf(schema) ?? {}
  if (part === 'params') return ({ params }) => params
  if (part === 'cookies') return ({ cookies }) => cookies
  if (part === 'headers') return headerSource(Object.keys(shape))
  const lists = Object.entries(shape).flatMap(([name, field]) => (takesList(field) ? [name] : []))
  if (part === 'query') return ({ query }) => withLists(query, lists)
  return (request) => bodyOf(request, lists, form)
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
const TYPES = ['application/json', FORM, MULTIPART]

/**
 * By its type: JSON, the fields and files of a form, or nothing at all, which is `undefined`.
 * @throws HttpError 400, 413, 415; InputError.
 */
async function bodyOf(request: Request, lists: readonly string[], form?: FormOptions): Promise<unknown> {
  const { CONTENT_TYPE: type } = request.environ
  if (type === undefined && (await request.body.bytes()).length === 0) return undefined
  const media = parseMediaType(type)?.type
  if (media === FORM || media === MULTIPART) {
    const { fields, files } = await request.form(form)
    return withLists({ ...fields, ...files }, lists)
  }
  if (type === undefined || media === 'application/json' || media?.endsWith('+json')) return request.body.json()
  throw new HttpError(415, `The body must be ${TYPES.join(' or ')}`, [['Accept', TYPES.join(', ')]])
}
