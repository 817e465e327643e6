/**
 * The spine: a list of routes as one contract application. It names the steps of a request (find the entry, run it,
 * begin the response) and turns what goes wrong into an answer. How each step works is told in its own file.
 */
import type { Body, Environ, HeaderList, StartResponse } from '@tsgi/contract'
import { Callable } from './callable.ts'
import { decodePath } from './canonical-path.ts'
import { errorPage, logError } from './error-page.ts'
import { asHttpError, HttpError } from './errors.ts'
import type { PathPattern } from './path-pattern.ts'
import type { MatchRules } from './pattern-steps.ts'
import { rawPath } from './raw-path.ts'
import { Request } from './request.ts'
import { isPromise, respond, toResponse, type ViewResult } from './respond.ts'
import { Response } from './response.ts'
import { type NamedRoutes, ReverseUrls, type UrlArguments } from './reverse-url.ts'
import { mount, type RouteEntry, type View } from './route.ts'
import { checkRows } from './route-checks.ts'
import { RouteError } from './route-error.ts'
import { type Found, NO_PARAMS } from './route-index.ts'
import { indexEntries, readTable, type TableRow } from './route-table.ts'
import { type Match, Router } from './router.ts'
import { type StaticOptions, staticFiles } from './static-files.ts'

export interface ApplicationOptions {
  /** A folder to serve under `/static`, before any route; `{ root, … }` with the options of `staticFiles`. Default false. */
  readonly static?: string | false | (StaticOptions & { readonly root: string | readonly string[] })
  /** Answers a 404, of the router or of a view. What it returns is sent as 404 unless it says another status. */
  readonly notFound?: View
  /**
   * Answers an error: an HttpError, also one of the router (400, 405, and 404 without `notFound`), or an unexpected
   * one, which has been logged. What it returns is sent with the status of the error unless it says another.
   */
  readonly onError?: (error: unknown, request: Request) => ViewResult | Promise<ViewResult>
  /** Whether `/Users` and `/users` differ; in ASCII. Default true. */
  readonly caseSensitive?: boolean
  /** Whether `/users/` matches `/users`: `strict` no, `optional` yes. Default `strict`. */
  readonly trailingSlash?: MatchRules['trailingSlash']
  /** The most octets of a body that a view may read. Default 1 MiB. */
  readonly bodyLimit?: number
}

/** An entry of the route table, as data. */
export interface RouteInfo {
  readonly place: string
  readonly kind: TableRow['kind']
  /** Undefined where the callable takes every method. */
  readonly methods: readonly string[] | undefined
  readonly pattern: string
  readonly name: string | undefined
}

const MEBIBYTE = 2 ** 20
const NO_POSITIONAL: readonly [] = Object.freeze([] as const)

/** A route list that is a contract application: `application(environ, startResponse)`. */
export class Application<const Entries extends readonly RouteEntry[] = readonly RouteEntry[]> extends Callable {
  /** The list as it was given. */
  readonly entries: Entries
  readonly #rows: readonly TableRow[]
  readonly #router: Router<TableRow>
  readonly #urls: ReverseUrls
  readonly #options: ApplicationOptions
  readonly #bodyLimit: number

  /**
   * @throws RouteError naming every bad pattern, duplicate, shared name and route that is never reached.
   */
  constructor(entries: Entries, options: ApplicationOptions = {}) {
    super()
    const rules = { caseSensitive: options.caseSensitive ?? true, trailingSlash: options.trailingSlash ?? 'strict' }
    const table = readTable(entries)
    this.entries = entries
    this.#rows = [...staticRows(options.static), ...table.rows]
    this.#router = new Router(indexEntries(this.#rows), rules)
    const problems = [...table.problems, ...checkRows(this.#rows, this.#router, rules)]
    if (problems.length > 0) throw new RouteError(problems)
    this.#urls = new ReverseUrls(namedPatterns(this.#rows))
    this.#options = options
    this.#bodyLimit = options.bodyLimit ?? MEBIBYTE
  }

  /** The table, in the order in which its entries are tried. */
  get routes(): readonly RouteInfo[] {
    return this.#rows.map(({ place, kind, methods, pattern, name }) => ({
      place,
      kind,
      methods,
      pattern: pattern.source,
      name,
    }))
  }

  /**
   * The URL of a named route: `urlFor('user', { id: 7 })` is `/users/7`.
   * @throws TypeError for an unknown name, a missing parameter, or a value that has no place in a path.
   */
  urlFor<Name extends NamedRoutes<Entries>['name']>(
    name: Name,
    ...[params, options]: UrlArguments<Extract<NamedRoutes<Entries>, { readonly name: Name }>['pattern']>
  ): string {
    return this.#urls.urlFor(name, params, options)
  }

  /** Answers one request. An instance calls this when it is called; a subclass may wrap it. */
  override handle(environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
    try {
      const body = this.#dispatch(environ, startResponse)
      return isPromise(body) ? body.then(undefined, (error) => this.#fail(error, environ, startResponse)) : body
    } catch (error) {
      return this.#fail(error, environ, startResponse)
    }
  }

  #dispatch(environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
    const path = rawPath(environ)
    if (path === undefined) throw new HttpError(400)
    const match = this.#router.match(environ.REQUEST_METHOD, path)
    return match.kind === 'found'
      ? this.#run(match, environ, startResponse)
      : this.#refuse(match, environ, startResponse)
  }

  #run(match: Found<TableRow>, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
    const { target } = match.value
    environ['wsgiorg.routing_args'] = [NO_POSITIONAL, match.params]
    if (target.kind === 'view') {
      const result = target.view(new Request(environ, match.params, this.#bodyLimit))
      if (!isPromise(result)) return answer(result, environ, startResponse)
      return result.then((later) => answer(later, environ, startResponse))
    }
    if (target.kind === 'mount') shiftPath(environ, match.prefix)
    return target.application(environ, startResponse)
  }

  #refuse(match: Exclude<Match<TableRow>, { kind: 'found' }>, environ: Environ, startResponse: StartResponse): Body {
    if (match.kind === 'badRequest') throw new HttpError(400)
    const allow = match.kind === 'methodNotAllowed' ? match.allow : undefined
    if (environ.REQUEST_METHOD === 'OPTIONS') {
      // `OPTIONS *` asks about the server as a whole (RFC 9110 §9.3.7).
      const methods = environ.PATH_INFO === '*' ? this.#router.methods : allow
      if (methods !== undefined) return respond(new Response('', 204, allowHeader(methods)), startResponse)
    }
    throw allow === undefined ? new HttpError(404) : new HttpError(405, undefined, allowHeader(allow))
  }

  /** The error goes with the answer, because a callable may have begun another one. */
  #fail(error: unknown, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
    const known = asHttpError(error)
    if (known === undefined) logError(error, environ)
    const response = this.#errorResponse(error, known ?? new HttpError(500), environ)
    if (!isPromise(response)) return respond(response, startResponse, error)
    return response.then((later) => respond(later, startResponse, error))
  }

  #errorResponse(error: unknown, shown: HttpError, environ: Environ): Response | Promise<Response> {
    const pageInstead = (second: unknown): Response => {
      logError(second, environ)
      return errorPage(shown, environ)
    }
    try {
      const result = this.#errorResult(error, shown, environ)
      if (!isPromise(result)) return errorAnswer(result, shown)
      return Promise.resolve(result)
        .then((later) => errorAnswer(later, shown))
        .catch(pageInstead)
    } catch (second) {
      return pageInstead(second)
    }
  }

  #errorResult(error: unknown, shown: HttpError, environ: Environ): ViewResult | Promise<ViewResult> {
    const { notFound, onError } = this.#options
    const request = new Request(environ, NO_PARAMS, this.#bodyLimit)
    if (shown.status === 404 && notFound !== undefined) return notFound(request)
    return onError === undefined ? errorPage(shown, environ) : onError(error, request)
  }
}

/** A view may leave the answer to a contract application, such as a file. */
function answer(result: ViewResult, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
  if (typeof result === 'function') return result(environ, startResponse)
  return respond(toResponse(result), startResponse)
}

function staticRows(option: ApplicationOptions['static']): readonly TableRow[] {
  if (option === undefined || option === false) return []
  const { root, ...options } = typeof option === 'string' ? { root: option } : option
  const table = readTable([mount('/static', staticFiles(root, { notFound: missing, ...options }))])
  return table.rows.map((row) => ({ ...row, place: 'options.static' }))
}

/** A file that is missing is answered as any other 404 of the application. */
function missing(): never {
  throw new HttpError(404)
}

function namedPatterns(rows: readonly TableRow[]): Map<string, PathPattern> {
  return new Map(rows.flatMap((row) => (row.name === undefined ? [] : [[row.name, row.pattern]])))
}

/** Moves a prefix of the path from PATH_INFO to SCRIPT_NAME (RFC 3875 §4.1.13); REQUEST_URI stays as it was sent. */
function shiftPath(environ: Environ, prefix: string): void {
  const decoded = decodePath(prefix)
  environ.SCRIPT_NAME += decoded
  environ.PATH_INFO = environ.PATH_INFO.slice(decoded.length)
}

function allowHeader(methods: readonly string[]): HeaderList {
  return [['Allow', methods.join(', ')]]
}

/** A handler that says no status means that of the error, and what the error must say in headers is said. */
function errorAnswer(result: ViewResult, error: HttpError): Response {
  const response = toResponse(result)
  const names = new Set(response.headers.map(([name]) => name.toLowerCase()))
  const missing = error.headers.filter(([name]) => !names.has(name.toLowerCase()))
  const complete = missing.length === 0 ? response : response.withHeaders(missing)
  return complete.status === 200 ? complete.withStatus(error.status) : complete
}
