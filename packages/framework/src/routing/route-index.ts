/**
 * Finds the first of many patterns that matches a path, without trying them one by one: whole literal paths in a map,
 * the others in a radix tree of steps. Which pattern is first is decided by `order`, never by how specific it is:
 * the answer is that of a scan over path-to-regexp's `match()`. Knows nothing of methods and requests.
 *
 * In the tree each node is reached in one way only, so a search visits a node at most once, and a branch is entered
 * only if it holds something earlier than what was found.
 */
import { IndexNode, NEVER } from './index-node.ts'
import { IndexSearch, type Leaf } from './index-search.ts'
import type { Alternative } from './path-pattern.ts'
import { type MatchRules, stepsOf } from './pattern-steps.ts'

/** The answer of the index. `prefix` is the part of the path that a mount takes, still escaped; `''` for all others. */
export interface Found<T> {
  readonly kind: 'found'
  readonly value: T
  readonly params: Params
  readonly prefix: string
}

/** Null prototype: `__proto__` and `constructor` are plain names. */
export type Params = Readonly<Record<string, string | string[]>>

/** What goes into the index: one flat alternative. Of two that match, the lower `order` wins. */
export interface IndexEntry<T> {
  readonly alternative: Alternative
  readonly order: number
  readonly mount: boolean
  readonly value: T
}

export class RouteIndex<T> {
  readonly #exact = new Map<string, Found<T>>()
  /** Which lengths the paths in the map have: no other path needs to be hashed. */
  readonly #lengths: boolean[] = []
  readonly #search: IndexSearch<T>
  readonly #fold: boolean

  /** @param entries in ascending order. */
  constructor(entries: Iterable<IndexEntry<T>>, rules: MatchRules) {
    this.#fold = !rules.caseSensitive
    const root = new IndexNode()
    const leaves: Array<Leaf<T>> = []
    for (const { alternative, mount, value } of entries) {
      for (const variant of withSlash(alternative, mount, rules)) {
        const leaf = { ...stepsOf(variant, mount, rules), order: leaves.length, value }
        leaves.push(leaf)
        if (!isLiteral(leaf)) root.insert(leaf.steps, leaf.tail, leaf.order)
      }
    }
    this.#search = new IndexSearch(root, leaves)
    for (const leaf of leaves) if (isLiteral(leaf)) this.#addLiteral(leaf)
  }

  /**
   * @param path canonical, with its escapes; begins with `/`.
   * @throws URIError if the escapes of a parameter are not UTF-8.
   */
  find(path: string): Found<T> | undefined {
    const folded = this.#fold ? path.toLowerCase() : path
    // An index outside of the table would be looked for as a name, which is slow.
    if (path.length < this.#lengths.length && this.#lengths[path.length] === true) {
      const exact = this.#exact.get(folded)
      if (exact !== undefined) return exact
    }
    const leaf = this.#search.find(folded, NEVER)
    return leaf === undefined ? undefined : found(leaf, path, this.#search)
  }

  /** A literal is put into the map only where no earlier pattern takes its path, so the map's answer is final. */
  #addLiteral(leaf: Leaf<T>): void {
    const path = leaf.steps[0]?.text ?? ''
    if (this.#exact.has(path)) return
    if (this.#search.find(path, leaf.order) !== undefined) return
    while (this.#lengths.length <= path.length) this.#lengths.push(false)
    this.#lengths[path.length] = true
    this.#exact.set(path, { kind: 'found', value: leaf.value, params: NO_PARAMS, prefix: '' })
  }
}

/** What parameters are put into: quick as an object with a prototype, but nothing is inherited. */
class ParamStore {
  [name: string]: string | string[]
  static {
    Object.setPrototypeOf(ParamStore.prototype, null)
    Reflect.deleteProperty(ParamStore.prototype, 'constructor')
  }
}

/** No parameters: frozen, as all requests without any share it. */
export const NO_PARAMS: Params = Object.freeze(new ParamStore())

function isLiteral<T>(leaf: Leaf<T>): boolean {
  return leaf.tail === 'end' && leaf.names.length === 0
}

/** With `trailingSlash: 'optional'` a pattern that does not end with `/` matches one more (a wildcard takes it anyway). */
function withSlash(alternative: Alternative, mount: boolean, rules: MatchRules): Alternative[] {
  const last = alternative.at(-1)
  const closed =
    mount || last === undefined || last.type === 'wildcard' || (last.type === 'text' && last.value.endsWith('/'))
  if (rules.trailingSlash === 'strict' || closed) return [alternative]
  const slashed: Alternative =
    last.type === 'text'
      ? [...alternative.slice(0, -1), { type: 'text', value: `${last.value}/` }]
      : [...alternative, { type: 'text', value: '/' }]
  return [alternative, slashed]
}

/** What a leaf takes of a path. Most take whole segments, and to know that none holds an escape is to be done with them. */
function found<T>(leaf: Leaf<T>, path: string, search: IndexSearch<T>): Found<T> {
  const { names, tail, value } = leaf
  if (names.length === 0) {
    return { kind: 'found', value, params: NO_PARAMS, prefix: tail === 'mount' ? path.slice(0, search.spans[0]) : '' }
  }
  const { spans } = search
  const params = new ParamStore()
  if (tail === 'end' && !search.escaped) {
    for (let i = 0; i < names.length; i++) params[names[i] ?? ''] = path.slice(spans[2 * i], spans[2 * i + 1])
  } else putDecoded(params, leaf, path, spans)
  return { kind: 'found', value, params, prefix: tail === 'mount' ? path.slice(0, spans[2 * names.length]) : '' }
}

function putDecoded<T>(params: ParamStore, leaf: Leaf<T>, path: string, spans: readonly number[]): void {
  const { names, lists, regexp } = leaf
  const texts = regexp?.exec(path)
  const escaped = path.includes('%')
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? ''
    const text = texts ? (texts[i + 1] ?? '') : path.slice(spans[2 * i], spans[2 * i + 1])
    if (lists[i] === true) params[name] = segmentsOf(text, escaped)
    else params[name] = escaped ? decodeURIComponent(text) : text
  }
}

function segmentsOf(text: string, escaped: boolean): string[] {
  if (!text.includes('/')) return [escaped ? decodeURIComponent(text) : text]
  const segments = text.split('/')
  return escaped ? segments.map((segment) => decodeURIComponent(segment)) : segments
}

export type { RouteSchemas } from '../validation/schema.ts'
