/**
 * The radix tree of the index: a node is reached by literal text or by one kind of parameter, and holds what ends
 * there. The search allocates nothing; where parameters begin and end is kept in two arrays of its caller.
 * Knows steps and orders only. Called by route-index.ts.
 */
import type { Step, Steps } from './pattern-steps.ts'

/** A pattern's alternative where it ends in the tree. */
export interface Leaf<T> extends Steps {
  readonly order: number
  readonly value: T
}

/** What one search writes while it goes: the spans it tries, and those of the best leaf so far, as begin, end, … */
export interface Spans {
  readonly tried: number[]
  readonly kept: number[]
}

/** Later than every order; a small integer, so that orders are compared as such. */
export const NEVER = 2 ** 30 - 1

const SLASH = 47

export class IndexNode<T> {
  /** What leads here from the node above. */
  readonly #kind: Step['kind']
  #text: string
  /** What there is to try: text only, a whole segment too, or anything. */
  #ways: 'branches' | 'segment' | 'all' = 'branches'
  /** The lowest order below and in this node. */
  #first = NEVER
  /** The node for each next character, from `#lowest` on: a table, so that a step costs the same in any tree. */
  #branches: Array<IndexNode<T> | undefined> = []
  #lowest = 0
  /** The node after a parameter that is a whole segment, which is what most are. */
  #segment: IndexNode<T> | undefined = undefined
  /** The nodes after parameters that share their segment with text. */
  readonly #parameters: Array<IndexNode<T>> = []
  #end: Leaf<T> | undefined = undefined
  /** Leaves that take what is left, by order. */
  readonly #tails: Array<Leaf<T>> = []

  constructor(step: Step = { kind: 'text', text: '' }) {
    this.#kind = step.kind
    this.#text = step.text
  }

  /** Leaves are inserted in ascending order. */
  insert(steps: readonly Step[], leaf: Leaf<T>): void {
    this.#first = Math.min(this.#first, leaf.order)
    const [step, ...later] = steps
    if (step === undefined) {
      if (leaf.tail === 'end') this.#end ??= leaf
      else {
        this.#tails.push(leaf)
        this.#ways = 'all'
      }
    } else if (step.kind === 'text') this.#insertText(step.text, later, leaf)
    else this.#parameter(step).insert(later, leaf)
  }

  /**
   * The earliest leaf before `bound` that matches `path` from `at` on; its spans are in `spans.kept`.
   * Goes down as long as there is one way only, which for most lists is all of it.
   * @param path in the case of the tree's texts.
   */
  search(spans: Spans, path: string, at: number, depth: number, bound: number): Leaf<T> | undefined {
    let node: IndexNode<T> = this
    let from = at
    let captured = depth
    while (from < path.length) {
      const branch = node.#branchFor(path, from, bound)
      if (branch !== undefined && node.#ways === 'branches') {
        from += branch.#text.length
        node = branch
      } else if (branch === undefined && node.#ways === 'segment' && node.#segment !== undefined) {
        const end = segmentEnd(path, from)
        if (end === from || node.#segment.#first >= bound) return undefined
        spans.tried[captured] = from
        spans.tried[captured + 1] = end
        captured += 2
        from = end
        node = node.#segment
      } else if (branch === undefined && node.#ways === 'branches') return undefined
      else return node.#searchAll(branch, spans, path, from, captured, bound)
    }
    return node.#searchEnd(spans, path, from, captured, bound)
  }

  /** Tries every way; each finds only what is earlier than what was found before. */
  #searchAll(
    branch: IndexNode<T> | undefined,
    spans: Spans,
    path: string,
    at: number,
    depth: number,
    bound: number,
  ): Leaf<T> | undefined {
    let best = branch?.search(spans, path, at + branch.#text.length, depth, bound)
    const segment = this.#segment
    if (segment !== undefined && segment.#first < (best?.order ?? bound)) {
      const end = segmentEnd(path, at)
      if (end > at) {
        spans.tried[depth] = at
        spans.tried[depth + 1] = end
        best = segment.search(spans, path, end, depth + 2, best?.order ?? bound) ?? best
      }
    }
    best = this.#searchParameters(spans, path, at, depth, best?.order ?? bound) ?? best
    return this.#searchTails(spans, path, at, depth, best?.order ?? bound) ?? best
  }

  /** The node that the text at `at` leads to, if it holds something before `bound`. */
  #branchFor(path: string, at: number, bound: number): IndexNode<T> | undefined {
    const branch = this.#branch(path.charCodeAt(at))
    return branch !== undefined && branch.#first < bound && isAt(branch.#text, path, at) ? branch : undefined
  }

  /** An index outside of the table would be looked for as a name, which is slow. */
  #branch(code: number): IndexNode<T> | undefined {
    const i = code - this.#lowest
    return i >= 0 && i < this.#branches.length ? this.#branches[i] : undefined
  }

  #searchEnd(spans: Spans, path: string, at: number, depth: number, bound: number): Leaf<T> | undefined {
    const end = this.#end
    const best = end !== undefined && end.order < bound ? end : undefined
    if (best !== undefined) keep(spans, depth)
    if (this.#tails.length === 0) return best
    return this.#searchTails(spans, path, at, depth, best?.order ?? bound) ?? best
  }

  #searchParameters(spans: Spans, path: string, at: number, depth: number, bound: number): Leaf<T> | undefined {
    let best: Leaf<T> | undefined
    let limit = bound
    for (const node of this.#parameters) {
      const end = node.#first < limit ? parameterEnd(node.#kind, node.#text, path, at) : -1
      if (end < 0) continue
      spans.tried[depth] = at
      spans.tried[depth + 1] = end
      const leaf = node.search(spans, path, end + node.#text.length, depth + 2, limit)
      if (leaf === undefined) continue
      best = leaf
      limit = leaf.order
    }
    return best
  }

  #searchTails(spans: Spans, path: string, at: number, depth: number, bound: number): Leaf<T> | undefined {
    for (const leaf of this.#tails) {
      if (leaf.order >= bound) return undefined
      if (!takes(leaf, path, at)) continue
      spans.tried[depth] = at
      spans.tried[depth + 1] = path.length
      keep(spans, depth + 2)
      return leaf
    }
    return undefined
  }

  #insertText(text: string, later: readonly Step[], leaf: Leaf<T>): void {
    const code = text.charCodeAt(0)
    const branch = this.#branch(code)
    if (branch === undefined) {
      const fresh = new IndexNode<T>({ kind: 'text', text })
      this.#setBranch(code, fresh)
      fresh.insert(later, leaf)
      return
    }
    const common = commonLength(branch.#text, text)
    const node = common === branch.#text.length ? branch : this.#split(code, branch, common)
    if (common === text.length) node.insert(later, leaf)
    else node.insert([{ kind: 'text', text: text.slice(common) }, ...later], leaf)
  }

  /** Puts a node between this one and a branch, where their texts part. */
  #split(code: number, branch: IndexNode<T>, at: number): IndexNode<T> {
    const text = branch.#text
    const between = new IndexNode<T>({ kind: 'text', text: text.slice(0, at) })
    between.#first = branch.#first
    branch.#text = text.slice(at)
    between.#setBranch(text.charCodeAt(at), branch)
    this.#setBranch(code, between)
    return between
  }

  #setBranch(code: number, node: IndexNode<T>): void {
    if (this.#branches.length === 0) this.#lowest = code
    while (code < this.#lowest) {
      this.#branches.unshift(undefined)
      this.#lowest--
    }
    while (code - this.#lowest >= this.#branches.length) this.#branches.push(undefined)
    this.#branches[code - this.#lowest] = node
  }

  #parameter(step: Step): IndexNode<T> {
    if (step.kind === 'segment' && step.text === '') {
      this.#segment ??= new IndexNode<T>(step)
      if (this.#ways === 'branches') this.#ways = 'segment'
      return this.#segment
    }
    const known = this.#parameters.find((node) => node.#kind === step.kind && node.#text === step.text)
    if (known !== undefined) return known
    const node = new IndexNode<T>(step)
    this.#parameters.push(node)
    this.#ways = 'all'
    return node
  }
}

/** The first character is known to agree: it led here. A short slice and one comparison beat a look at each character. */
function isAt(text: string, path: string, at: number): boolean {
  return text.length === 1 || path.slice(at, at + text.length) === text
}

function segmentEnd(path: string, at: number): number {
  const slash = path.indexOf('/', at)
  return slash < 0 ? path.length : slash
}

/** Where a parameter that begins at `at` ends; -1 if it cannot. */
function parameterEnd(kind: Step['kind'], text: string, path: string, at: number): number {
  const last = segmentEnd(path, at)
  if (kind === 'segment') {
    const end = last - text.length
    return end > at && path.startsWith(text, end) ? end : -1
  }
  const end = path.indexOf(text, at + 1)
  return end < 0 || last === at || end + text.length > last ? -1 : end
}

function takes<T>(leaf: Leaf<T>, path: string, at: number): boolean {
  if (leaf.tail === 'rest') return at < path.length
  if (leaf.tail === 'mount') return at === path.length || path.charCodeAt(at) === SLASH
  return path.endsWith(leaf.ending) && leaf.regexp?.test(path) === true
}

/** The spans tried so far are those of the best leaf: searching on overwrites only the tried ones. */
function keep(spans: Spans, depth: number): void {
  for (let i = 0; i < depth; i++) spans.kept[i] = spans.tried[i] ?? 0
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}
