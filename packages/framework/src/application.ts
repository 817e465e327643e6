/**
 * A list of routes as one contract application. It names the steps of a request (find the entry, run it, begin the
 * response) and hands errors to the error handler. How a step works stands in its own file.
 */
import type { Body, Application as ContractApplication, Environ, HeaderList, StartResponse } from '@tsgi/contract'
import { staticFiles } from '#files'
import { type ApplicationOptions, optionProblems } from './application-options.ts'
import { Callable } from './callable.ts'
import { ErrorHandler } from './errors/error-handler.ts'
import { isProduction } from './http/environment.ts'
import { HttpError } from './http/http-error.ts'
import type { AnyParams } from './http/path-params.ts'
import { rawPath, shiftPath, unshiftPath } from './http/raw-path.ts'
import type { UrlWriter } from './http/url-options.ts'
import { Request } from './request/request.ts'
import { flushHeadSoon, isPromise, respond, toResponse, type ViewResult } from './response/respond.ts'
import { Response } from './response/response.ts'
import { type Ambiguity, describeAmbiguity, findAmbiguities } from './routing/ambiguities.ts'
import { JointLife } from './routing/application-life.ts'
import { compose } from './routing/compose.ts'
import { HostRouters } from './routing/host-routers.ts'
import type { FitsTable } from './routing/path-params-check.ts'
import type { MatchRules } from './routing/pattern-steps.ts'
import { type NamesIn, ReverseUrls, type UrlArguments, type UrlRoute } from './routing/reverse-url.ts'
import { mount, type RouteEntry } from './routing/route.ts'
import { checkNames, checkRows } from './routing/route-checks.ts'
import { RouteError } from './routing/route-error.ts'
import { type Found, NO_PARAMS } from './routing/route-index.ts'
import { labelOf, type RowTarget, readTable, type TableRow, type ViewTarget } from './routing/route-table.ts'
import type { RouteOptions } from './routing/route-types.ts'
import type { Match } from './routing/router.ts'
import { typedRows } from './routing/typed-view.ts'
import { tracedView, viewChannels } from './routing/view-channel.ts'
import type { RouteSchemas } from './validation/schema.ts'

/** An entry of the route table, as data. */
export interface RouteInfo {
  readonly place: string
  readonly kind: 'view' | 'callable' | 'mount'
  /** Undefined where the callable takes every method. */
  readonly methods: readonly string[] | undefined
  readonly pattern: string
  readonly name: string | undefined
  /** Undefined where every host is answered. */
  readonly host: string | undefined
  /** As they were given. */
  readonly schemas: RouteSchemas
}

/** An entry of the route table with all that was declared about it, for tools that describe the application. */
export interface RouteDeclaration extends RouteInfo {
  /** As they were given: what tools that describe the route read. Empty for what is no view. */
  readonly options: RouteOptions
  /** What is mounted, as it was given; undefined for a view. */
  readonly application: ContractApplication | undefined
}

const MEBIBYTE_BYTES = 2 ** 20
const BAD_REQUEST = { kind: 'badRequest' } as const
const NO_POSITIONAL: readonly [] = Object.freeze([] as const)
const NO_ROUTING = [NO_POSITIONAL, NO_PARAMS] as const

/**
 * A route list that is a contract application: `application(environ, startResponse)`.
 * @example new Application([get('/', () => 'hello')], { static: './static' })
 */
export class Application<const Entries extends readonly RouteEntry[] = readonly RouteEntry[]> extends Callable {
  /** The list as it was given. */
  readonly entries: Entries
  /** As it was read. */
  readonly #table: readonly TableRow[]
  /** The table with schemas and middleware around its views. */
  readonly #rows: readonly TableRow[]
  readonly #routers: HostRouters
  readonly #urls: ReverseUrls
  readonly #writeUrl: UrlWriter
  readonly #viewChannels = viewChannels()
  readonly #errors: ErrorHandler
  readonly #bodyLimit: number
  readonly #caseSensitive: boolean
  /** The application with its middleware around it; undefined without middleware. */
  readonly #layered: ContractApplication | undefined
  readonly #life: JointLife

  /**
   * @throws RouteError naming every bad pattern and schema, duplicate, shared name and route that is never reached; with
   *   `onAmbiguity: 'refuse'` those that overlap too.
   */
  constructor(entries: Entries & FitsTable<Entries>, options: ApplicationOptions = {}) {
    super()
    const rules = { caseSensitive: options.caseSensitive ?? true, trailingSlash: options.trailingSlash ?? 'strict' }
    refuse(optionProblems(options))
    const table = readTable(entries)
    this.entries = entries
    this.#table = [...staticRows(options.static), ...table.rows]
    const typed = typedRows(this.#table, options.check ?? !isProduction())
    this.#rows = typed.map((row) => (row.middleware.length === 0 ? row : { ...row, target: this.#layeredTarget(row) }))
    this.#routers = new HostRouters(this.#rows, rules)
    this.#caseSensitive = rules.caseSensitive
    refuse([...table.problems, ...checkNames(this.#rows), ...checkSites(this.#routers, rules)])
    this.#reportAmbiguities(options.onAmbiguity ?? (isProduction() ? 'allow' : 'warn'))
    this.#urls = new ReverseUrls(urlRoutes(this.#rows))
    this.#writeUrl = (name, params, options) => this.#urls.urlFor(name, params, options)
    this.#bodyLimit = options.bodyLimit ?? MEBIBYTE_BYTES
    const inner: ContractApplication = (environ, startResponse) =>
      this.#attempt(this.#match(environ), environ, startResponse)
    const { middleware = [] } = options
    this.#layered = middleware.length === 0 ? undefined : compose(inner, middleware, 'options')
    const { start, close } = options
    // A middleware that has a life of its own wraps `inner`, which has none.
    const layered = this.#layered === undefined ? [] : [this.#layered]
    this.#life = new JointLife([
      ...typed.flatMap(mountedBy),
      ...layered,
      { ...(start && { start }), ...(close && { close }) },
    ])
    this.#errors = new ErrorHandler(
      options,
      (environ, params = NO_PARAMS) => new Request(environ, params, this.#bodyLimit, this.#writeUrl),
    )
  }

  /** The table, in the order in which its entries are tried. */
  get routes(): readonly RouteInfo[] {
    return this.#table.map(infoOf)
  }

  /** The table with all that was declared, in the same order. */
  get declarations(): readonly RouteDeclaration[] {
    return this.#table.map((row) => ({
      ...infoOf(row),
      options: row.options,
      application: row.target.kind === 'view' ? undefined : row.target.application,
    }))
  }

  /**
   * Pairs of entries of which each takes paths that the other does not, and both take some: `/:a/x` and `/y/:b`. The
   * first one serves those; only the author knows whether that is intended.
   */
  get ambiguities(): readonly Ambiguity[] {
    return findAmbiguities(this.#rows, this.#caseSensitive)
  }

  /**
   * The URL of a named route: `urlFor('user', { id: 7 })` is `/users/7`.
   * @throws TypeError for an unknown name, a missing parameter, or a value that has no place in a path.
   */
  urlFor<Name extends NamesIn<Entries>>(name: Name, ...[params, options]: UrlArguments<Entries, Name>): string {
    return this.#urls.urlFor(name, params, options)
  }

  /**
   * Starts what is mounted, then what the option `start` names; once, however often it is called (SPEC C89). A server
   * calls it before the first request. Rejects with the first error; what has started is closed then.
   */
  override start(): Promise<void> {
    return this.#life.start()
  }

  /**
   * Runs the option `close`, then closes what is mounted; once (SPEC C89). A server calls it after the last response.
   * Rejects with the first error, after all have been closed.
   */
  override close(): Promise<void> {
    return this.#life.close()
  }

  /** The same as `close`. */
  override [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Answers one request. An instance calls this when it is called; a subclass may wrap it. */
  override handle(environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
    const layered = this.#layered
    if (layered === undefined) return this.#attempt(this.#match(environ), environ, startResponse)
    try {
      const body = layered(environ, startResponse)
      if (!isPromise(body)) return body
      return body.then(undefined, (error) => this.#errors.answer(error, undefined, environ, startResponse))
    } catch (error) {
      return this.#errors.answer(error, undefined, environ, startResponse)
    }
  }

  #attempt(match: Match<TableRow>, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
    try {
      if (match.kind !== 'found') return this.#refuse(match, environ, startResponse)
      return this.#run(match, environ, startResponse)
    } catch (error) {
      return this.#fail(error, match, environ, startResponse)
    }
  }

  /** The errors of a view are handled inside the middleware, which sees their responses as it sees any other. */
  #layeredTarget(row: TableRow): RowTarget {
    const { target, middleware } = row
    if (target.kind !== 'view') {
      return { kind: target.kind, application: compose(target.application, middleware, labelOf(row)) }
    }
    const inner: ContractApplication = (environ, startResponse) => {
      const [, params] = environ['wsgiorg.routing_args'] ?? NO_ROUTING
      // `#run` has put them there, also in an environ that a middleware has copied.
      const match = { kind: 'found', value: row, params: params as AnyParams, prefix: '' } as const
      try {
        return this.#runView(target, match, environ, startResponse)
      } catch (error) {
        return this.#fail(error, match, environ, startResponse)
      }
    }
    return { kind: 'callable', application: compose(inner, middleware, labelOf(row)) }
  }

  #reportAmbiguities(severity: 'refuse' | 'warn' | 'allow'): void {
    const lines = severity === 'allow' ? [] : this.ambiguities.map(describeAmbiguity)
    if (severity === 'refuse') refuse(lines)
    for (const line of lines) console.warn(line)
  }

  #match(environ: Environ): Match<TableRow> {
    const path = rawPath(environ)
    return path === undefined ? BAD_REQUEST : this.#routers.routerFor(environ).match(environ.REQUEST_METHOD, path)
  }

  #run(match: Found<TableRow>, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
    const { target, pattern } = match.value
    environ['wsgiorg.routing_args'] = [NO_POSITIONAL, match.params]
    // Inside a mount the pattern of the mount is there already.
    const around = environ['tsgi.route']
    environ['tsgi.route'] = around === undefined ? pattern.source : around + pattern.source
    if (target.kind === 'view') return this.#runView(target, match, environ, startResponse)
    if (target.kind === 'mount') shiftPath(environ, match.prefix)
    return this.#guard(target.application(environ, startResponse), match, environ, startResponse)
  }

  #runView(
    { view }: ViewTarget,
    match: Found<TableRow>,
    environ: Environ,
    startResponse: StartResponse,
  ): Body | Promise<Body> {
    const limit = match.value.bodyLimit ?? this.#bodyLimit
    const request = new Request(environ, match.params, limit, this.#writeUrl)
    const channels = this.#viewChannels
    const result = channels?.hasSubscribers === true ? tracedView(channels, view, request) : view(request)
    if (!isPromise(result)) return this.#guard(answer(result, environ, startResponse), match, environ, startResponse)
    return result.then(
      (later) => this.#answerLater(later, match, environ, startResponse),
      (error) => this.#fail(error, match, environ, startResponse),
    )
  }

  /** Runs in the turn in which the view has ended: its response and its errors together cost one promise. */
  #answerLater(
    result: ViewResult,
    match: Found<TableRow>,
    environ: Environ,
    startResponse: StartResponse,
  ): Body | Promise<Body> {
    try {
      return this.#guard(answer(result, environ, startResponse), match, environ, startResponse)
    } catch (error) {
      return this.#fail(error, match, environ, startResponse)
    }
  }

  /** A body that comes later may fail to come. */
  #guard(
    body: Body | Promise<Body>,
    match: Found<TableRow>,
    environ: Environ,
    startResponse: StartResponse,
  ): Body | Promise<Body> {
    return isPromise(body) ? body.then(undefined, (error) => this.#fail(error, match, environ, startResponse)) : body
  }

  #refuse(match: Exclude<Match<TableRow>, { kind: 'found' }>, environ: Environ, startResponse: StartResponse): Body {
    if (match.kind === 'badRequest') throw new HttpError(400)
    const allow = match.kind === 'methodNotAllowed' ? match.allow : undefined
    if (environ.REQUEST_METHOD === 'OPTIONS') {
      // `OPTIONS *` asks about the server as a whole (RFC 9110 §9.3.7).
      const methods = environ.PATH_INFO === '*' ? this.#routers.routerFor(environ).methods : allow
      if (methods !== undefined) return respond(new Response('', 204, allowHeader(methods)), startResponse)
    }
    throw allow === undefined ? new HttpError(404) : new HttpError(405, undefined, allowHeader(allow))
  }

  #fail(error: unknown, match: Match<TableRow>, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
    if (match.kind !== 'found') return this.#errors.answer(error, undefined, environ, startResponse)
    // The answer is ours, and not that of what is mounted.
    if (match.prefix !== '') unshiftPath(environ, match.prefix)
    return this.#errors.answer(error, labelOf(match.value), environ, startResponse, match.params)
  }
}

/** A view may leave the answer to a contract application, such as a file. */
function answer(result: ViewResult, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
  if (typeof result === 'function') return result(environ, startResponse)
  return flushHeadSoon(environ, respond(toResponse(result), startResponse))
}

function staticRows(option: ApplicationOptions['static']): readonly TableRow[] {
  if (option === undefined || option === false) return []
  const { root, ...options } = typeof option === 'string' ? { root: option } : option
  const table = readTable([mount('/static', staticFiles(root, { notFound: missing, ...options }))])
  return table.rows.map((row) => ({ ...row, place: 'options.static' }))
}

function infoOf({ place, kind, methods, pattern, name, host, schemas }: TableRow): RouteInfo {
  return { place, kind, methods, pattern: pattern.source, name, host, schemas }
}

/** The target of a row, if it is an application. */
function mountedBy({ target }: TableRow): readonly ContractApplication[] {
  return target.kind === 'view' ? [] : [target.application]
}

/** A file that is missing is answered as any other 404 of the application. */
function missing(): never {
  throw new HttpError(404)
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new RouteError(problems)
}

/** A row that is reached at its own host is reached: what else there is at other hosts can only hide it there. */
function checkSites(routers: HostRouters, rules: MatchRules): readonly string[] {
  return routers.sites.flatMap(({ host, rows, router }) => {
    const own = [...checkRows(rows, router, rules)].filter(([row]) => row.host === host)
    return own.map(([, problem]) => problem)
  })
}

function urlRoutes(rows: readonly TableRow[]): Map<string, UrlRoute> {
  return new Map(
    rows.flatMap(({ name, pattern, host, schemas: { params } }) => {
      const literal = host?.startsWith('*') === true ? undefined : host
      return name === undefined ? [] : [[name, { pattern, params, host: literal }]]
    }),
  )
}

function allowHeader(methods: readonly string[]): HeaderList {
  return [['Allow', methods.join(', ')]]
}
