/**
 * The entries of a route list, as data. Making one checks nothing and registers nothing: the list is read, and checked
 * as a whole, when an Application is made of it (route-table.ts).
 */
import type { Application as ContractApplication, Middleware } from '@tsgi/contract'
import type { AnyParams, ParamsOf } from '../http/path-params.ts'
import type { Request } from '../request/request.ts'
import type { ViewResult } from '../response/respond.ts'
import type { KnownOptions, RequestFor, ResultFor, RouteOptions } from './route-types.ts'

/** Answers a request with a value, now or later. It never sees `startResponse`. */
export type View<Params = AnyParams> = (request: Request<Params>) => ViewResult | Promise<ViewResult>

/** A view with a pattern, its methods, and what is declared about it. */
export interface Route<
  Pattern extends string = string,
  Name extends string = string,
  Options extends RouteOptions = RouteOptions,
  Method extends string = string,
> {
  readonly kind: 'view'
  readonly methods: readonly Method[]
  readonly pattern: Pattern
  readonly name: Name | undefined
  /** As they were given: the schemas are for tools that describe the route. */
  readonly options: Options
  readonly view: View
}

/** Any contract application under a prefix; it sees the prefix in SCRIPT_NAME and the rest in PATH_INFO. */
export interface Mount {
  readonly kind: 'mount'
  readonly pattern: string
  readonly application: ContractApplication
}

/** A list inside the list, with a prefix before each of its patterns. */
export interface Group<Prefix extends string = string, Entries extends readonly RouteEntry[] = readonly RouteEntry[]> {
  readonly kind: 'group'
  readonly pattern: Prefix
  readonly entries: Entries
  readonly middleware?: readonly Middleware[] | undefined
}

/** Options of `group`. */
export interface GroupOptions {
  /**
   * Around each entry of the group, outermost first; those of groups inside are inside. It sees what the entry answers,
   * errors too, and nothing of a request that no entry is there for.
   */
  readonly middleware?: readonly Middleware[] | undefined
}

/** A bare contract callable: it takes every method, and the request is wholly its own. */
export type BareEntry = readonly [pattern: string, application: ContractApplication]

/** What answers below a host name only; see `host`. */
export interface Host<Entries extends readonly RouteEntry[] = readonly RouteEntry[]> {
  readonly kind: 'host'
  readonly host: string
  readonly entries: Entries
}

/** What a list of routes may hold. */
export type RouteEntry = Route | Mount | Group | Host | BareEntry

/** The shape of `get`, `post` and the rest. */
export interface RouteMaker<Method extends string = string> {
  <const Pattern extends string>(
    pattern: Pattern,
    view: View<ParamsOf<Pattern>>,
  ): Route<Pattern, never, RouteOptions, Method>
  <const Pattern extends string, const Options extends RouteOptions>(
    pattern: Pattern,
    options: Options & KnownOptions<Options>,
    view: (request: RequestFor<Pattern, Options>) => ResultFor<Options> | Promise<ResultFor<Options>>,
  ): NamedRoute<Pattern, Options, Method>
}

/** The route that a pattern and options make. */
export type NamedRoute<Pattern extends string, Options extends RouteOptions, Method extends string = string> = Route<
  Pattern,
  Options extends { readonly name: infer Name extends string } ? Name : never,
  Options,
  Method
>

/**
 * Answers HEAD too, as every GET route does.
 * @example get('/users/:id', ({ params }) => json({ id: params.id }))
 */
export const get: RouteMaker<'GET'> = makerFor(['GET'])
/**
 * A route for POST.
 * @example post('/notes', { body: z.object({ title: z.string() }) }, ({ body }) => json(body, 201))
 */
export const post: RouteMaker<'POST'> = makerFor(['POST'])
/** A route for PUT. */
export const put: RouteMaker<'PUT'> = makerFor(['PUT'])
/** A route for PATCH (RFC 5789). */
export const patch: RouteMaker<'PATCH'> = makerFor(['PATCH'])
/**
 * Also exported as `delete`, which cannot be the name of a binding.
 * @example del('/notes/:id', ({ params }) => notes.remove(params.id))
 */
export const del: RouteMaker<'DELETE'> = makerFor(['DELETE'])
export { del as delete }
/** For an answer to HEAD that is not that of GET; it stands before the GET route. */
export const head: RouteMaker<'HEAD'> = makerFor(['HEAD'])
/** For an answer to OPTIONS that is more than the methods. */
export const options: RouteMaker<'OPTIONS'> = makerFor(['OPTIONS'])
/** A safe method with a body (The HTTP QUERY Method). */
export const query: RouteMaker<'QUERY'> = makerFor(['QUERY'])

/**
 * A route for several methods, or for one without a function of its own: `route(['GET', 'POST'], '/form', view)`.
 * @example route(['GET', 'POST'], '/form', form)
 */
export function route<const Pattern extends string, const Method extends string>(
  methods: Method | readonly Method[],
  pattern: Pattern,
  view: View<ParamsOf<Pattern>>,
): Route<Pattern, never, RouteOptions, Method>
export function route<const Pattern extends string, const Options extends RouteOptions, const Method extends string>(
  methods: Method | readonly Method[],
  pattern: Pattern,
  options: Options & KnownOptions<Options>,
  view: (request: RequestFor<Pattern, Options>) => ResultFor<Options> | Promise<ResultFor<Options>>,
): NamedRoute<Pattern, Options, Method>
export function route(methods: string | readonly string[], pattern: string, ...rest: RouteTail): Route<string, never> {
  return makeRoute(typeof methods === 'string' ? [methods] : methods, pattern, rest)
}

/**
 * Any contract application under a prefix of whole segments: `mount('/admin', adminApplication)`.
 * @example mount('/admin', admin)
 */
export function mount(prefix: string, application: ContractApplication): Mount {
  return { kind: 'mount', pattern: prefix, application }
}

/**
 * A list with a prefix: `group('/api', [get('/users', …), get('', …)])` answers `/api/users` and `/api`. Groups nest.
 * With middleware around its entries: `group('/admin', { middleware: [login] }, […])`.
 * @example group('/api', [get('/users', list), post('/users', add)])
 */
export function group<const Prefix extends string, const Entries extends readonly RouteEntry[]>(
  prefix: Prefix,
  entries: Entries,
): Group<Prefix, Entries>
export function group<const Prefix extends string, const Entries extends readonly RouteEntry[]>(
  prefix: Prefix,
  options: GroupOptions,
  entries: Entries,
): Group<Prefix, Entries>
export function group(prefix: string, ...rest: GroupTail): Group {
  const [options, entries] = rest.length === 1 ? [{}, rest[0]] : rest
  return { kind: 'group', pattern: prefix, entries, ...options }
}

type GroupTail = [entries: readonly RouteEntry[]] | [options: GroupOptions, entries: readonly RouteEntry[]]

/**
 * What is asked of one host only: `host('api.example.com', entries)`, or an application in place of the list.
 * `*.example.com` takes every name with one label before it; ports and case do not count.
 * @example host('api.example.com', [get('/status', () => json({ ok: true }))])
 */
export function host<const Entries extends readonly RouteEntry[]>(name: string, entries: Entries): Host<Entries>
export function host(name: string, application: ContractApplication): Host<readonly [Mount]>
export function host(name: string, inner: readonly RouteEntry[] | ContractApplication): Host {
  return { kind: 'host', host: name, entries: typeof inner === 'function' ? [mount('', inner)] : inner }
}

/**
 * A view for some request. `never` stands for that here: what is written above holds for the user, and the application
 * passes exactly the request that pattern and schemas make.
 */
type SomeView = (request: never) => unknown
type RouteTail = [view: SomeView] | [options: RouteOptions, view: SomeView]

function makerFor<Method extends string>(methods: readonly Method[]): RouteMaker<Method> {
  return (pattern: string, ...rest: RouteTail) => makeRoute(methods, pattern, rest)
}

function makeRoute(methods: readonly string[], pattern: string, tail: RouteTail): Route<never, never, never, never> {
  const [declared = {}, view] = tail.length < 2 ? [{}, tail[0]] : tail
  const name = declared?.name // null comes only without a compiler; the check of the list reports it
  // The types of pattern, name and schemas were taken from the arguments, so they are what the caller's signature
  // says; and SomeView is called with its own request only.
  return { kind: 'view', methods, pattern, name, options: declared, view } as unknown as Route<
    never,
    never,
    never,
    never
  >
}
