/**
 * One answer in several forms: makes the one the client likes best (RFC 9110 §12.1), and says that it depends on `Accept`.
 * Called by views.
 */
import type { Application, HeaderList } from '@tsgi/contract'
import { mediaTypeFor } from '../http/accept.ts'
import { HttpError } from '../http/http-error.ts'
import type { Request } from '../request/request.ts'
import { isPromise, toResponse, type ViewResult } from './respond.ts'
import { JsonResponse, Response } from './response.ts'

/** How each form is made, by media type or extension: `{ html: () => page, json: () => data }`. */
export type Forms = Readonly<Record<string, () => ViewResult | Promise<ViewResult>>>

/**
 * The response in the form that the client likes best. Text, bytes and data that a form gives are sent as the media type
 * it is called by; the first form is for clients without a preference.
 * @throws HttpError 406 if the client takes none of them; TypeError for a name that is neither type nor known extension.
 * @example negotiate(request, { html: () => page(note), json: () => note })
 */
export function negotiate(
  request: Pick<Request, 'accepts'>,
  forms: Forms,
): Response | Application | Promise<Response | Application> {
  const names = Object.keys(forms)
  const chosen = names.length === 0 ? undefined : request.accepts(...names)
  const make = chosen === undefined ? undefined : forms[chosen]
  if (chosen === undefined || make === undefined) {
    const types = names.map(mediaTypeFor).join(', ')
    throw new HttpError(406, `This is available as ${types || 'nothing'}`, [VARY])
  }
  const result = make()
  return isPromise(result) ? result.then((later) => asForm(later, chosen)) : asForm(result, chosen)
}

const VARY = ['Vary', 'Accept'] as const

function asForm(result: ViewResult, form: string): Response | Application {
  if (typeof result === 'function') {
    return (environ, startResponse) =>
      result(environ, (status, headers, error) => startResponse(status, [...headers, ...varyBeside(headers)], error))
  }
  const response = responseAs(result, form)
  return response.withHeaders(varyBeside(response.headers))
}

/** A Response says itself what it is. */
function responseAs(result: Exclude<ViewResult, Application>, form: string): Response {
  if (result instanceof Response || result instanceof HttpError) return toResponse(result)
  const type = mediaTypeFor(form)
  const labelled: HeaderList = [['Content-Type', type.startsWith('text/') ? `${type}; charset=utf-8` : type]]
  if (typeof result === 'string' || result instanceof Uint8Array) return new Response(result, 200, labelled)
  const response = toResponse(result)
  // Data is JSON, whatever it is called; markup is HTML.
  const isSaid = response instanceof JsonResponse ? JSON_TYPE.test(type) : HTML_TYPES.has(type)
  if (isSaid) return response.withHeaders(labelled)
  throw new TypeError(`negotiate: the form ${form} gave data or markup; give text or bytes, or a Response of that type`)
}

const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?json$/
const HTML_TYPES: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml'])

/** `Vary: Accept`, unless that is said. */
function varyBeside(headers: HeaderList): HeaderList {
  const said = headers.filter(([name]) => name.toLowerCase() === 'vary').flatMap(([, value]) => value.split(','))
  return said.some((name) => ['accept', '*'].includes(name.trim().toLowerCase())) ? [] : [VARY]
}
