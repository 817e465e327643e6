/**
 * Turns an error into a response: asks the application's own handlers, and sends the plain page where there is no handler
 * or it fails too. Every unexpected error is logged, once.
 */
import type { Body, Application as ContractApplication, Environ, StartResponse } from '@tsgi/contract'
import { asHttpError, HttpError } from '../http/http-error.ts'
import type { AnyParams } from '../http/path-params.ts'
import { statusLine } from '../http/status.ts'
import type { Request } from '../request/request.ts'
import { isPromise, respond, toResponse, type ViewResult } from '../response/respond.ts'
import { Response } from '../response/response.ts'
import type { View } from '../routing/route.ts'
import { errorPage, logError, requestIdOf } from './error-page.ts'

/** An unexpected error, for a page about it. */
export interface Failure {
  readonly error: unknown
  readonly environ: Environ
  /** As in the messages about the table: `routes[2] (GET "/users/:id")`. Undefined if no route had been found. */
  readonly route: string | undefined
  /** The one in the log. */
  readonly requestId: string
}

/** The handlers for errors of an `Application`. Without them it sends a plain error page. */
export interface ErrorHandlers {
  /** Answers a 404, of the router or of a view. What it returns is sent as 404 unless it says another status. */
  readonly notFound?: View
  /**
   * Answers an error: an HttpError, also one of the router (400, 405, and 404 without `notFound`), or an unexpected
   * one, which has been logged. What it returns is sent with the status of the error unless it says another.
   * @param shown the error as the client may know it, its status above all: 500 for an unexpected one.
   */
  readonly onError?: (error: unknown, request: Request, shown: HttpError) => ViewResult | Promise<ViewResult>
  /**
   * Shows an unexpected error before `onError` is asked, or leaves it to that with undefined:
   * `developmentPage()` of `@tsgi/framework/development`.
   */
  readonly errorPage?: (failure: Failure) => Response | undefined | Promise<Response | undefined>
}

/** Of applications that name none: none in production, the development page under `tsgi serve --reload`. */
let defaultErrorPage: ErrorHandlers['errorPage']

/** For all applications of this process, those that are there already too. */
export function setDefaultErrorPage(page: ErrorHandlers['errorPage']): void {
  defaultErrorPage = page
}

/** An error on its way to the client. `shown` is what the client may know of it. */
interface Case {
  readonly error: unknown
  readonly shown: HttpError
  readonly environ: Environ
  /** Of the route that failed; undefined if none was found. */
  readonly params: AnyParams | undefined
  /** Only of an error that was logged. */
  readonly requestId: string | undefined
}

export class ErrorHandler {
  readonly #handlers: ErrorHandlers
  readonly #requestFor: (environ: Environ, params: AnyParams | undefined) => Request

  constructor(handlers: ErrorHandlers, requestFor: (environ: Environ, params: AnyParams | undefined) => Request) {
    this.#handlers = handlers
    this.#requestFor = requestFor
  }

  /**
   * Begins the response to what was thrown. It goes with it, because a callable may have begun another response. A
   * Response that was thrown is sent as it is: it is no error, so no handler is asked.
   * @param params of the route that failed.
   */
  answer(
    error: unknown,
    route: string | undefined,
    environ: Environ,
    startResponse: StartResponse,
    params?: AnyParams,
  ): Body | Promise<Body> {
    if (error instanceof Response) return respond(error, startResponse, error)
    const known = asHttpError(error)
    const requestId = known === undefined ? requestIdOf(environ) : undefined
    if (requestId !== undefined) logError(error, environ, requestId)
    const trouble: Case = { error, shown: known ?? new HttpError(500), environ, params, requestId }
    const send = (result: ViewResult) => sendResult(result, trouble, startResponse)
    const instead = (second: unknown) => respond(pageInstead(second, trouble), startResponse, error)
    try {
      const result = this.#result(trouble, route)
      const body = isPromise(result) ? Promise.resolve(result).then(send) : send(result)
      return isPromise(body) ? body.catch(instead) : body
    } catch (second) {
      return instead(second)
    }
  }

  #result(trouble: Case, route: string | undefined): ViewResult | Promise<ViewResult> {
    const { error, environ, requestId } = trouble
    const page = this.#handlers.errorPage ?? defaultErrorPage
    if (requestId === undefined || page === undefined) return this.#handled(trouble)
    const shown = page({ error, environ, route, requestId })
    if (isPromise(shown)) return shown.then((later) => later ?? this.#handled(trouble))
    return shown ?? this.#handled(trouble)
  }

  #handled({ error, shown, environ, params, requestId }: Case): ViewResult | Promise<ViewResult> {
    const { notFound, onError } = this.#handlers
    if (shown.status === 404 && notFound !== undefined) return notFound(this.#requestFor(environ, params))
    if (onError === undefined) return errorPage(shown, environ, requestId)
    return onError(error, this.#requestFor(environ, params), shown)
  }
}

/** A failure of a handler is logged, unless it rethrows the original error or throws an HttpError. */
function pageInstead(second: unknown, { error, shown, environ, requestId }: Case): Response {
  if (second instanceof Response) return second
  const known = second === error ? shown : asHttpError(second)
  if (known !== undefined) return errorPage(known, environ, requestId)
  logError(second, environ, requestIdOf(environ))
  return errorPage(shown, environ, requestIdOf(environ))
}

/** A handler that says no status means that of the error, and what the error must say in headers is said. */
function sendResult(result: ViewResult, trouble: Case, startResponse: StartResponse): Body | Promise<Body> {
  if (typeof result === 'function') return callFor(result, trouble, startResponse)
  const { error, shown } = trouble
  const response = toResponse(result)
  const headers = missingHeaders(shown, response.headers)
  const complete = headers.length === 0 ? response : response.withHeaders(headers)
  return respond(complete.status === 200 ? complete.withStatus(shown.status) : complete, startResponse, error)
}

/** Lets a contract application, such as a file, answer for the error. */
function callFor(application: ContractApplication, trouble: Case, startResponse: StartResponse): Body | Promise<Body> {
  const { error, shown, environ } = trouble
  return application(asPlainRequest(environ), (status, headers, second) => {
    const line = status.startsWith('200') ? statusLine(shown.status) : status
    return startResponse(line, [...headers, ...missingHeaders(shown, headers)], second ?? error)
  })
}

/**
 * The page is always fetched whole and by GET: conditions and ranges are about the resource that is not
 * there (RFC 9110 §13.2.1, §14.2).
 */
function asPlainRequest(environ: Environ): Environ {
  const plain: Environ = { ...environ }
  for (const name of CONDITIONS) delete plain[name]
  if (plain.REQUEST_METHOD !== 'HEAD') plain.REQUEST_METHOD = 'GET'
  return plain
}

const CONDITIONS = [
  'HTTP_IF_MATCH',
  'HTTP_IF_NONE_MATCH',
  'HTTP_IF_MODIFIED_SINCE',
  'HTTP_IF_UNMODIFIED_SINCE',
  'HTTP_IF_RANGE',
  'HTTP_RANGE',
] as const

function missingHeaders(error: HttpError, headers: Response['headers']): Response['headers'] {
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  return error.headers.filter(([name]) => !names.has(name.toLowerCase()))
}
