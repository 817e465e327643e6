/**
 * Which entry of the table serves a method and a path: one decision of four kinds. Knows methods, order and paths;
 * nothing of environs and responses.
 *
 * The first entry in the list that matches path *and* method wins, so a later entry with the right method comes before
 * a 405. A route for GET serves HEAD too (RFC 9110 §9.3.2). A path that routes name belongs to them: an entry for every
 * method (a mount, a callable) that stands behind them serves GET and HEAD of it, if no route does; any other method is
 * a 405 of the table, and OPTIONS is the table's, so that `Allow` lists what the resource takes (RFC 9110 §10.2.1).
 */
import { canonicalPath } from '../http/canonical-path.ts'
import type { MatchRules } from './pattern-steps.ts'
import { type Found, type IndexEntry, RouteIndex } from './route-index.ts'

/** What the router needs to know of an entry. `methods` is undefined for an entry that takes every method. */
export interface Routable {
  readonly methods: readonly string[] | undefined
}

export type Match<T> =
  | Found<T>
  | { readonly kind: 'methodNotAllowed'; readonly allow: readonly string[] }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'badRequest' }

const NOT_ASCII = /[^\x21-\x7e]/
const NOT_FOUND = { kind: 'notFound' } as const
const BAD_REQUEST = { kind: 'badRequest' } as const

export class Router<T extends Routable> {
  /** One index for each method that some route names. */
  readonly #indexes = new Map<string, RouteIndex<T>>()
  /** That of GET, which most requests are for: a field is quicker than a look-up. */
  readonly #get: RouteIndex<T>
  /** The entries that take every method: all there is for a method no route names. */
  readonly #any: RouteIndex<T>
  /** The routes alone, for tables that also have entries for every method. */
  readonly #routes: RouteIndex<T> | undefined
  /** Place in the list, for the same tables. */
  readonly #places = new Map<T, number>()
  /** Whether a path must be pure ASCII to be compared: for escaped literals, and to fold case by the letter. */
  readonly #asciiOnly: boolean

  constructor(entries: readonly IndexEntry<T>[], rules: MatchRules) {
    this.#any = new RouteIndex(entriesFor(entries, undefined), rules)
    const named = new Set(entries.flatMap((entry) => entry.value.methods ?? []))
    for (const method of named) {
      const index = new RouteIndex(entriesFor(entries, method), rules)
      this.#indexes.set(method, index)
      if (method === 'GET' && !named.has('HEAD')) this.#indexes.set('HEAD', index)
    }
    this.#get = this.#indexes.get('GET') ?? this.#any
    if (named.size > 0 && entries.some(({ value }) => value.methods === undefined)) {
      this.#routes = new RouteIndex(entriesFor(entries, 'named'), rules)
      for (const { value, order } of entries) this.#places.set(value, order)
    }
    this.#asciiOnly = !rules.caseSensitive || entries.some(hasEscapedText)
  }

  /** Every method a route of the table answers, OPTIONS always among them. */
  get methods(): readonly string[] {
    return [...new Set([...this.#indexes.keys(), 'OPTIONS'])]
  }

  /** @param path canonical and still escaped, as from `rawPath()`. */
  match(method: string, path: string): Match<T> {
    const canonical = this.#asciiOnly && NOT_ASCII.test(path) ? (canonicalPath(path) ?? path) : path
    try {
      const index = method === 'GET' ? this.#get : (this.#indexes.get(method) ?? this.#any)
      const found = index.find(canonical)
      if (found === undefined || this.#isRouted(found.value, method, canonical)) return this.#refuse(canonical)
      return found
    } catch (error) {
      if (error instanceof URIError) return BAD_REQUEST
      throw error
    }
  }

  /** Whether an entry for every method was found, and a route before it has the path for other methods. */
  #isRouted(entry: T, method: string, path: string): boolean {
    if (entry.methods !== undefined || this.#routes === undefined || isRetrieval(method)) return false
    const route = this.#routes.find(path)
    return route !== undefined && (this.#places.get(route.value) ?? 0) < (this.#places.get(entry) ?? 0)
  }

  #refuse(path: string): Match<T> {
    const allow = new Set<string>()
    for (const [method, index] of this.#indexes) {
      const found = index.find(path)
      if (found !== undefined && (found.value.methods !== undefined || isRetrieval(method))) allow.add(method)
    }
    if (this.#any.find(path) !== undefined) for (const method of RETRIEVALS) allow.add(method)
    if (allow.size === 0) return NOT_FOUND
    return { kind: 'methodNotAllowed', allow: [...allow.add('OPTIONS')] }
  }
}

const RETRIEVALS = ['GET', 'HEAD'] as const

function isRetrieval(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Whether an entry serves a method; undefined stands for any method that no route names. */
export function answers(entry: Routable, method: string | undefined): boolean {
  if (entry.methods === undefined) return true
  if (method === undefined) return false
  return entry.methods.includes(method) || (method === 'HEAD' && entry.methods.includes('GET'))
}

/** @param method `named` for the routes alone: those that name their methods. */
function* entriesFor<T extends Routable>(entries: readonly IndexEntry<T>[], method: string | undefined) {
  for (const entry of entries) {
    const { methods } = entry.value
    if (method === 'named' ? methods !== undefined : answers(entry.value, method)) yield entry
  }
}

function hasEscapedText<T>(entry: IndexEntry<T>): boolean {
  return entry.alternative.some((token) => token.type === 'text' && token.value.includes('%'))
}
