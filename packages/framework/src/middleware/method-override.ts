/**
 * PUT, PATCH and DELETE for forms of HTML, which send GET and POST only: a POST names the method in a field of the form
 * or in the query. Knows forms; inside of crossOriginProtection it changes nothing about what other sites may send.
 */
import type { Middleware } from '@tsgi/contract'
import { first, parseFields } from '../http/fields.ts'
import { parseMediaType } from '../http/media-type.ts'
import { refuseUnknown } from '../option-names.ts'
import { Request } from '../request/request.ts'
import { keepLife } from '../routing/application-life.ts'

/** Options of `methodOverride`. */
export interface MethodOverrideOptions {
  /** The field of the form, and the name in the query. @default `_method` */
  readonly field?: string
  /** Methods that a form may name. @default PUT, PATCH, DELETE */
  readonly methods?: readonly string[]
  /** Bytes of a form that is looked into. @default 1 MiB */
  readonly bodyLimit?: number
}

const NAMES: ReadonlySet<string> = new Set<keyof MethodOverrideOptions>(['field', 'methods', 'bodyLimit'])

/**
 * Takes a POST of a form for the method that it names: `<input type="hidden" name="_method" value="DELETE">`. A form with
 * files, whose body is not kept, names it in the query: `<form action="/photo?_method=PUT" …>`.
 * @throws TypeError for a method that a form may send anyway.
 * @example `new Application(list, { middleware: [crossOriginProtection(), methodOverride()] })`
 */
export function methodOverride(options: MethodOverrideOptions = {}): Middleware {
  refuseUnknown('methodOverride', options, NAMES)
  const { field = '_method', methods = ['PUT', 'PATCH', 'DELETE'], bodyLimit = 2 ** 20 } = options
  const bad = methods.find((method) => !/^[A-Z]+$/.test(method) || UNWANTED.has(method))
  if (bad !== undefined) throw new TypeError(`methodOverride: ${bad} cannot stand in place of POST`)
  const allowed = new Set(methods)
  return keepLife((application) => (environ, startResponse) => {
    const type = environ.REQUEST_METHOD === 'POST' ? parseMediaType(environ.CONTENT_TYPE)?.type : undefined
    if (type !== FORM && type !== MULTIPART) return application(environ, startResponse)
    const overridden = (name: string | undefined) => {
      if (name !== undefined && allowed.has(name)) environ.REQUEST_METHOD = name
      return application(environ, startResponse)
    }
    const named = inQuery(environ.QUERY_STRING, field)
    if (named !== undefined || type === MULTIPART) return overridden(named?.toUpperCase())
    // What cannot be read is left to the application, which says what is wrong with it.
    const form = new Request(environ, undefined, bodyLimit).form()
    return form.then(
      ({ fields }) => overridden(first(fields[field])?.toUpperCase()),
      () => overridden(undefined),
    )
  })
}

/** What cannot be read is left to the application. */
function inQuery(query: string, field: string): string | undefined {
  try {
    return first(parseFields(query)[field])
  } catch {
    return undefined
  }
}

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'

/** A form that becomes one of these would pass for a request that changes nothing, or opens a tunnel. */
const UNWANTED: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY', 'TRACE', 'CONNECT', 'POST'])
