/**
 * From a route's name and parameters back to its URL: the inverse of matching. A URL that would lead to other parameters,
 * or nowhere, is refused. Knows patterns; knows no table.
 */
import { compile, match, type ParamData } from 'path-to-regexp'
import type { ParamsOf } from '../http/path-params.ts'
import { rawScriptName } from '../http/raw-path.ts'
import type { QueryValue, UrlOptions } from '../http/url-options.ts'
import type { AnySchema, OutputOf } from '../validation/schema.ts'
import { asZod, encodeNow } from '../validation/zod-schema.ts'
import { type PathPattern, readPattern } from './path-pattern.ts'
import type { Group, Host, RouteEntry } from './route.ts'
import type { Replaced } from './route-types.ts'

/**
 * The names of a list's routes, those in groups too; any, if the list is not known. The names alone: a union of all that
 * is known of the routes would be compared pair by pair.
 */
export type NamesIn<Entries extends readonly unknown[]> = readonly RouteEntry[] extends Entries
  ? string
  : { [I in keyof Entries]: NameOf<Entries[I]> }[number]

type NameOf<Entry> = Entry extends { readonly kind: 'view'; readonly name: infer Name }
  ? Exclude<Name, undefined>
  : Entry extends { readonly entries: infer Inner extends readonly unknown[] }
    ? NamesIn<Inner>
    : never

/** The route with a name, its pattern with the prefixes of its groups. */
export type RouteNamed<
  Entries extends readonly unknown[],
  Name,
  Prefix extends string = '',
> = readonly RouteEntry[] extends Entries
  ? { readonly pattern: string; readonly schemas: unknown }
  : { [I in keyof Entries]: Name extends NameOf<Entries[I]> ? RouteIn<Entries[I], Name, Prefix> : never }[number]

type RouteIn<Entry, Name, Prefix extends string> = Entry extends {
  readonly kind: 'view'
  readonly pattern: infer Pattern extends string
  readonly options: infer Options
}
  ? { readonly pattern: `${Prefix}${Pattern}`; readonly schemas: Options }
  : Entry extends Group<infer Inner, infer Entries>
    ? RouteNamed<Entries, Name, `${Prefix}${Inner}`>
    : Entry extends Host<infer Entries>
      ? RouteNamed<Entries, Name, Prefix>
      : never

/** What the parameters are given as: what their schema reads them as; else text or numbers, a list for a wildcard. */
export type UrlParams<Pattern extends string, Schemas = unknown> = Schemas extends {
  readonly params: infer S
}
  ? Replaced<TextParams<ParamsOf<Pattern>>, OutputOf<S>>
  : TextParams<ParamsOf<Pattern>>

/** Text may be given as a number too. Mapped in place, so that an editor shows what is in it. */
type TextParams<Params> = Params extends infer Text
  ? {
      readonly [Name in keyof Text]: Text[Name] extends string | undefined
        ? string | number
        : string extends Text[Name]
          ? UrlValue
          : readonly (string | number)[]
    }
  : never

type UrlValue = string | number | readonly (string | number)[]

/**
 * What follows the name: parameters only where the pattern has some that must be given. The name is inferred once more,
 * as the compiler would else work out the arguments of all names before it looks at the one.
 */
export type UrlArguments<Entries extends readonly unknown[], Name> = [Name] extends [infer One]
  ? UrlArgumentsOf<RouteNamed<Entries, One>>
  : never

/** What follows the name, of one route. */
export type UrlArgumentsOf<Named> = Named extends {
  readonly pattern: infer Pattern extends string
  readonly schemas: infer S
}
  ? Record<never, never> extends UrlParams<Pattern, S>
    ? [params?: UrlParams<Pattern, S>, options?: UrlOptions]
    : [params: UrlParams<Pattern, S>, options?: UrlOptions]
  : never

/** A pattern, and the way back from parameters to its URL. */
export interface Path<Pattern extends string> {
  (...[params, options]: UrlArgumentsOf<{ readonly pattern: Pattern; readonly schemas: unknown }>): string
  /** For the route: `get(note.pattern, …)`. */
  readonly pattern: Pattern
}

/**
 * URLs of a whole pattern, without the application that answers it, so that views and pages can have them, typed:
 * `const note = path('/notes/:id')`, `note({ id: 7 })` is `/notes/7`. Of groups, mounts and schemas it knows nothing.
 * @throws TypeError for a bad pattern. What it makes throws as `urlFor` does.
 * @example const note = path('/notes/:id')
 */
export function path<const Pattern extends string>(pattern: Pattern): Path<Pattern> {
  const route: UrlRoute = { pattern: readPattern(pattern), params: undefined }
  const urlOf = (params: Readonly<Record<string, unknown>> = {}, options: UrlOptions = {}) =>
    urlTo(pattern, route, params, options)
  // The types of the parameters were taken from the pattern, which is what is written here.
  return Object.assign(urlOf, { pattern }) as unknown as Path<Pattern>
}

/** A named route, as far as its URL goes. */
export interface UrlRoute {
  readonly pattern: PathPattern
  /** Schema of the parameters; one of zod's writes them. */
  readonly params: AnySchema | undefined
  /** The literal host that the route holds for. */
  readonly host?: string | undefined
}

/** Writes the URLs of a table's named routes. */
export class ReverseUrls {
  readonly #routes: ReadonlyMap<string, UrlRoute>

  constructor(routes: ReadonlyMap<string, UrlRoute>) {
    this.#routes = routes
  }

  /** @throws TypeError for an unknown name, a missing parameter, or a value that has no place in a path. */
  urlFor(name: string, params: Readonly<Record<string, unknown>> = {}, options: UrlOptions = {}): string {
    const route = this.#routes.get(name)
    if (route === undefined) throw new TypeError(`no route has the name ${JSON.stringify(name)}; ${this.#known()}`)
    return urlTo(name, route, params, options)
  }

  #known(): string {
    return this.#routes.size === 0 ? 'the list names none' : `the names are ${[...this.#routes.keys()].join(', ')}`
  }
}

function urlTo(
  name: string,
  route: UrlRoute,
  params: Readonly<Record<string, unknown>>,
  { environ, query, origin }: UrlOptions,
): string {
  const prefix = environ === undefined ? '' : rawScriptName(environ)
  return originOf(route, origin) + prefix + pathOf(name, route, params) + queryOf(query)
}

function originOf({ host }: UrlRoute, origin: string | undefined): string {
  if (origin === undefined) return ''
  const url = URL.parse(origin)
  if (url === null || url.origin === 'null')
    throw new TypeError(`urlFor: the origin is ${JSON.stringify(origin)}; give one such as "https://example.org"`)
  if (host !== undefined) url.hostname = host
  return url.origin
}

function pathOf(
  name: string,
  { pattern, params: schema }: UrlRoute,
  params: Readonly<Record<string, unknown>>,
): string {
  const route = `route ${JSON.stringify(name)} (${JSON.stringify(pattern.source)})`
  const texts = textParams(route, schema === undefined ? params : writtenBy(schema, params, route), pattern.names)
  const path = compilePath(route, pattern, texts)
  // A client resolves dot segments before it asks (RFC 3986 §5.2.4), and takes // for another host (§4.2).
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(path)) throw new TypeError(`${route}: "." and ".." cannot be segments of ${path}`)
  if (path.startsWith('//')) throw new TypeError(`${route}: ${path} would name another host`)
  if (!isUnique(pattern)) refuseOtherParams(route, pattern, path, texts)
  return path
}

/**
 * Whether a path of the pattern can only be read in one way: without groups, and with a slash between any two
 * parameters, of which one may be a wildcard.
 */
function isUnique({ alternatives }: PathPattern): boolean {
  const [tokens, ...others] = alternatives
  if (tokens === undefined || others.length > 0) return false
  const parameters = tokens.map((token, i) => (token.type === 'text' ? -1 : i)).filter((i) => i >= 0)
  const isApart = parameters.slice(1).every((at) => {
    const before = tokens[at - 1]
    return before?.type === 'text' && before.value.includes('/')
  })
  return isApart && tokens.filter(({ type }) => type === 'wildcard').length <= 1
}

/** `/:from-:to` of `a-b` and `c` is a path that is read as `a` and `b-c`. */
function refuseOtherParams(route: string, { tokens, names }: PathPattern, path: string, texts: ParamData): void {
  const found = match({ tokens }, { sensitive: true, trailing: false })(path)
  const read = found === false ? {} : found.params
  if (names.every((name) => JSON.stringify(read[name]) === JSON.stringify(texts[name]))) return
  const others = JSON.stringify(read)
  throw new TypeError(`${route}: ${path} would be read as ${others}; a value may not hold the text that ends it`)
}

/** The parameters that the schema names, as it writes them; the others as they are. Only zod knows the way back. */
function writtenBy(
  schema: AnySchema,
  params: Readonly<Record<string, unknown>>,
  route: string,
): Record<string, unknown> {
  const zod = asZod(schema)
  const encoded = zod === undefined ? { value: params } : encodeNow(zod, params)
  if ('problem' in encoded) throw new TypeError(`${route}: ${encoded.problem}`)
  return Object.assign(Object.create(null), params, encoded.value)
}

function compilePath(route: string, { tokens }: PathPattern, texts: ParamData): string {
  try {
    return compile({ tokens })(texts)
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof URIError)) throw error
    throw new TypeError(`${route}: ${error.message}`, { cause: error })
  }
}

/** path-to-regexp takes strings only. Own properties only: a parameter may be called `constructor`. */
function textParams(route: string, params: Readonly<Record<string, unknown>>, names: readonly string[]): ParamData {
  const texts: ParamData = Object.create(null)
  for (const name of names) {
    if (!Object.hasOwn(params, name)) continue
    const value = params[name]
    if (value === undefined || value === null) continue
    const textOfOne = (one: unknown) => textOf(`${route}: the parameter ${name}`, one)
    const text = Array.isArray(value) ? value.map(textOfOne) : textOfOne(value)
    // Servers refuse it, ours among them: programs in C take it for the end.
    if (text.includes('\0') || (Array.isArray(text) && text.some((one) => one.includes('\0'))))
      throw new TypeError(`${route}: the parameter ${name} holds a NUL, which cannot stand in a path`)
    texts[name] = text
  }
  return texts
}

function textOf(what: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  const kind = typeof value === 'number' || value === null ? String(value) : `a ${typeof value}`
  throw new TypeError(`${what} is ${kind}; give a string or a finite number`)
}

function queryOf(query: UrlOptions['query']): string {
  if (query === undefined) return ''
  const search = query instanceof URLSearchParams ? query : new URLSearchParams(pairsOf(query))
  return search.size === 0 ? '' : `?${search}`
}

function pairsOf(
  query: Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>,
): Array<[string, string]> {
  return Object.entries(query).flatMap(([name, value]) => {
    const values = value === undefined ? [] : isList(value) ? value : [value]
    return values.map((each): [string, string] => [name, queryText(name, each)])
  })
}

function queryText(name: string, value: QueryValue): string {
  return typeof value === 'boolean' ? String(value) : textOf(`the query's ${name}`, value)
}

function isList(value: QueryValue | readonly QueryValue[]): value is readonly QueryValue[] {
  return Array.isArray(value)
}
