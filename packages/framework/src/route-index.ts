/**
 * Finds the first of many patterns that matches a path, without trying them one by one: whole literal paths in a map,
 * the others in a radix tree of steps. Which pattern is first is decided by `order`, never by how specific it is:
 * the answer is that of a scan over path-to-regexp's `match()`. Knows nothing of methods and requests.
 *
 * In the tree each node is reached in one way only, so a search visits a node at most once, and a branch is entered
 * only if it holds something earlier than what was found. Called by router.ts.
 */
import { IndexNode, type Leaf, NEVER, type Spans } from './index-node.ts'
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
  readonly #root = new IndexNode<T>()
  readonly #spans: Spans = { tried: [], kept: [] }
  readonly #fold: boolean

  /** @param entries in ascending order. */
  constructor(entries: Iterable<IndexEntry<T>>, rules: MatchRules) {
    this.#fold = !rules.caseSensitive
    const literals: Array<Leaf<T>> = []
    for (const { alternative, mount, order, value } of entries) {
      for (const variant of withSlash(alternative, mount, rules)) {
        const leaf: Leaf<T> = { ...stepsOf(variant, mount, rules), order, value }
        if (isLiteral(leaf)) literals.push(leaf)
        else this.#root.insert(leaf.steps, leaf)
      }
    }
    for (const leaf of literals) this.#addLiteral(leaf)
  }

  /**
   * @param path canonical, with its escapes; begins with `/`.
   * @throws URIError if the escapes of a parameter are not UTF-8.
   */
  find(path: string): Found<T> | undefined {
    const folded = this.#fold ? path.toLowerCase() : path
    const exact = this.#exact.get(folded)
    if (exact !== undefined) return exact
    const leaf = this.#root.search(this.#spans, folded, 0, 0, NEVER)
    return leaf === undefined ? undefined : found(leaf, path, this.#spans.kept)
  }

  /** A literal is put into the map only where no earlier pattern takes its path, so the map's answer is final. */
  #addLiteral(leaf: Leaf<T>): void {
    const path = leaf.steps[0]?.text ?? ''
    if (this.#exact.has(path)) return
    if (this.#root.search(this.#spans, path, 0, 0, leaf.order) !== undefined) return
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
  return leaf.tail === 'end' && leaf.captures.length === 0
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

function found<T>(leaf: Leaf<T>, path: string, spans: readonly number[]): Found<T> {
  const { value, captures, tail } = leaf
  const prefix = tail === 'mount' ? path.slice(0, spans[2 * captures.length]) : ''
  if (captures.length === 0) return { kind: 'found', value, params: NO_PARAMS, prefix }
  const texts = tail === 'scan' ? leaf.regexp?.exec(path) : undefined
  const escaped = path.includes('%')
  const params = new ParamStore()
  for (let i = 0; i < captures.length; i++) {
    const capture = captures[i]
    if (capture === undefined) break
    const text = texts ? (texts[i + 1] ?? '') : path.slice(spans[2 * i], spans[2 * i + 1])
    if (capture.wildcard) params[capture.name] = segmentsOf(text, escaped)
    else params[capture.name] = escaped ? decodeURIComponent(text) : text
  }
  return { kind: 'found', value, params, prefix }
}

function segmentsOf(text: string, escaped: boolean): string[] {
  if (!text.includes('/')) return [escaped ? decodeURIComponent(text) : text]
  const segments = text.split('/')
  return escaped ? segments.map((segment) => decodeURIComponent(segment)) : segments
}
