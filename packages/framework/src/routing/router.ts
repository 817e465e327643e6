/**
 * Which entry of the table answers a method and a path. One place decides it, with one answer of four kinds.
 * Knows methods, order and paths; nothing of environs and responses. Called by application.ts.
 *
 * The first entry in the list that matches path *and* method wins, so a later entry with the right method comes
 * before a 405. A route for GET answers HEAD too (RFC 9110 §9.3.2).
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
      return index.find(canonical) ?? this.#refuse(canonical)
    } catch (error) {
      if (error instanceof URIError) return BAD_REQUEST
      throw error
    }
  }

  #refuse(path: string): Match<T> {
    const allow: string[] = []
    for (const [method, index] of this.#indexes) if (index.find(path) !== undefined) allow.push(method)
    if (allow.length === 0) return NOT_FOUND
    return { kind: 'methodNotAllowed', allow: allow.includes('OPTIONS') ? allow : [...allow, 'OPTIONS'] }
  }
}

/** Whether an entry answers a method; undefined stands for any method that no route names. */
export function answers(entry: Routable, method: string | undefined): boolean {
  if (entry.methods === undefined) return true
  if (method === undefined) return false
  return entry.methods.includes(method) || (method === 'HEAD' && entry.methods.includes('GET'))
}

function* entriesFor<T extends Routable>(entries: readonly IndexEntry<T>[], method: string | undefined) {
  for (const entry of entries) if (answers(entry.value, method)) yield entry
}

function hasEscapedText<T>(entry: IndexEntry<T>): boolean {
  return entry.alternative.some((token) => token.type === 'text' && token.value.includes('%'))
}
