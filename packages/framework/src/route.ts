/**
 * The entries of a route list, as data. Making one checks nothing and registers nothing: the list is read, and checked
 * as a whole, when an Application is made of it (route-table.ts).
 */
import type { Application as ContractApplication } from '@tsgi/contract'
import type { AnyParams, ParamsOf } from './path-params.ts'
import type { Request } from './request.ts'
import type { ViewResult } from './respond.ts'

/** Answers a request with a value, now or later. It never sees `startResponse`. */
export type View<Params = AnyParams> = (request: Request<Params>) => ViewResult | Promise<ViewResult>

/** A view with a pattern, its methods, and what is declared about it. */
export interface Route<Pattern extends string = string, Name extends string = string> {
  readonly kind: 'view'
  readonly methods: readonly string[]
  readonly pattern: Pattern
  readonly name: Name | undefined
  readonly schemas: RouteSchemas
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
}

/** A bare contract callable: it takes every method, and the request is wholly its own. */
export type BareEntry = readonly [pattern: string, application: ContractApplication]

export type RouteEntry = Route | Mount | Group | BareEntry

/** What is declared about the inputs and the answer of a route; each is a schema, carried as data. */
export interface RouteSchemas {
  readonly params?: unknown
  readonly query?: unknown
  readonly headers?: unknown
  readonly cookies?: unknown
  readonly body?: unknown
  readonly response?: unknown
}

export interface RouteOptions<Name extends string = string> extends RouteSchemas {
  /** For `application.urlFor`; one route in a list may have it. */
  readonly name?: Name
}

/** The shape of `get`, `post` and the rest. */
export interface RouteMaker {
  <const Pattern extends string>(pattern: Pattern, view: View<ParamsOf<Pattern>>): Route<Pattern, never>
  <const Pattern extends string, const Name extends string = never>(
    pattern: Pattern,
    options: RouteOptions<Name>,
    view: View<ParamsOf<Pattern>>,
  ): Route<Pattern, Name>
}

/** Answers HEAD too, as every GET route does. */
export const get: RouteMaker = makerFor(['GET'])
export const post: RouteMaker = makerFor(['POST'])
export const put: RouteMaker = makerFor(['PUT'])
export const patch: RouteMaker = makerFor(['PATCH'])
/** Also exported as `delete`, which cannot be the name of a binding. */
export const del: RouteMaker = makerFor(['DELETE'])
export { del as delete }
/** For an answer to HEAD that is not that of GET; it stands before the GET route. */
export const head: RouteMaker = makerFor(['HEAD'])
/** For an answer to OPTIONS that is more than the methods. */
export const options: RouteMaker = makerFor(['OPTIONS'])
/** A safe method with a body (The HTTP QUERY Method). */
export const query: RouteMaker = makerFor(['QUERY'])

/** A route for several methods, or for one without a function of its own: `route(['GET', 'POST'], '/form', view)`. */
export function route<const Pattern extends string>(
  methods: string | readonly string[],
  pattern: Pattern,
  view: View<ParamsOf<Pattern>>,
): Route<Pattern, never>
export function route<const Pattern extends string, const Name extends string = never>(
  methods: string | readonly string[],
  pattern: Pattern,
  options: RouteOptions<Name>,
  view: View<ParamsOf<Pattern>>,
): Route<Pattern, Name>
export function route(methods: string | readonly string[], pattern: string, ...rest: RouteTail): Route<string, never> {
  return makeRoute(typeof methods === 'string' ? [methods] : methods, pattern, rest)
}

/** Any contract application under a prefix of whole segments: `mount('/admin', adminApplication)`. */
export function mount(prefix: string, application: ContractApplication): Mount {
  return { kind: 'mount', pattern: prefix, application }
}

/** A list with a prefix: `group('/api', [get('/users', …), get('', …)])` answers `/api/users` and `/api`. Groups nest. */
export function group<const Prefix extends string, const Entries extends readonly RouteEntry[]>(
  prefix: Prefix,
  entries: Entries,
): Group<Prefix, Entries> {
  return { kind: 'group', pattern: prefix, entries }
}

/**
 * A view whose parameters are those of some pattern. `never` stands for them here: what is written above holds for the
 * user, and the router passes exactly the parameters of the pattern the view came with.
 */
type SomeView = View<never>
type RouteTail = [view: SomeView] | [options: RouteOptions, view: SomeView]

function makerFor(methods: readonly string[]): RouteMaker {
  return (pattern: string, ...rest: RouteTail) => makeRoute(methods, pattern, rest)
}

function makeRoute(methods: readonly string[], pattern: string, tail: RouteTail): Route<never, never> {
  const [declared, view] = tail.length === 1 ? [{}, tail[0]] : tail
  const { name, ...schemas } = declared
  // The types of pattern and name were taken from the arguments, so they are what the caller's signature says; and
  // SomeView is called with the parameters of its own pattern only.
  return { kind: 'view', methods: [...methods], pattern, name, schemas, view } as unknown as Route<never, never>
}
