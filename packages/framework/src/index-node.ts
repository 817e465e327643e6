/**
 * The radix tree of the index: a node is reached by literal text or by one kind of parameter, and holds what ends
 * there. The search allocates nothing; where parameters begin and end is kept in two arrays of the tree.
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

interface Parameter<T> {
  readonly step: Step
  readonly node: IndexNode<T>
}

const SLASH = 47

export class IndexNode<T> {
  /** The text that leads here from the node above; empty after a parameter. */
  text: string
  /** The lowest order below and in this node. */
  first = Number.POSITIVE_INFINITY
  /** The node for each next character, from `lowest` on: a table, so that a step costs the same in any tree. */
  branches: Array<IndexNode<T> | undefined> = []
  lowest = 0
  parameters: Array<Parameter<T>> = []
  end: Leaf<T> | undefined = undefined
  /** Leaves that take what is left, by order. */
  tails: Array<Leaf<T>> = []

  constructor(text: string) {
    this.text = text
  }

  /** Leaves are inserted in ascending order. */
  insert(steps: readonly Step[], leaf: Leaf<T>): void {
    this.first = Math.min(this.first, leaf.order)
    const [step, ...later] = steps
    if (step === undefined) this.#hold(leaf)
    else if (step.kind === 'text') this.#insertText(step.text, later, leaf)
    else this.#parameter(step).insert(later, leaf)
  }

  /**
   * The earliest leaf before `bound` that matches `path` from `at` on; its spans are in `spans.kept`.
   * @param path in the case of the tree's texts.
   */
  search(spans: Spans, path: string, at: number, depth: number, bound: number): Leaf<T> | undefined {
    let best: Leaf<T> | undefined
    let limit = bound
    if (at === path.length) {
      if (this.end !== undefined && this.end.order < limit) {
        best = this.end
        limit = best.order
        keep(spans, depth)
      }
    } else {
      const branch = this.branches[path.charCodeAt(at) - this.lowest]
      if (branch !== undefined && branch.first < limit && isAt(branch.text, path, at)) {
        const leaf = branch.search(spans, path, at + branch.text.length, depth, limit)
        if (leaf !== undefined) {
          best = leaf
          limit = leaf.order
        }
      }
      for (const { step, node } of this.parameters) {
        if (node.first >= limit) continue
        const end = endOf(step, path, at)
        if (end < 0) continue
        spans.tried[depth] = at
        spans.tried[depth + 1] = end
        const leaf = node.search(spans, path, end + step.text.length, depth + 2, limit)
        if (leaf === undefined) continue
        best = leaf
        limit = leaf.order
      }
    }
    for (const leaf of this.tails) {
      if (leaf.order >= limit) break
      if (!takes(leaf, path, at)) continue
      spans.tried[depth] = at
      spans.tried[depth + 1] = path.length
      keep(spans, depth + 2)
      return leaf
    }
    return best
  }

  #hold(leaf: Leaf<T>): void {
    if (leaf.tail === 'end') {
      this.end ??= leaf
      return
    }
    this.tails.push(leaf)
  }

  #insertText(text: string, later: readonly Step[], leaf: Leaf<T>): void {
    const code = text.charCodeAt(0)
    const branch = this.branches[code - this.lowest]
    if (branch === undefined) {
      const fresh = new IndexNode<T>(text)
      this.#setBranch(code, fresh)
      fresh.insert(later, leaf)
      return
    }
    const common = commonLength(branch.text, text)
    const node = common === branch.text.length ? branch : this.#split(code, branch, common)
    if (common === text.length) node.insert(later, leaf)
    else node.insert([{ kind: 'text', text: text.slice(common) }, ...later], leaf)
  }

  #split(code: number, branch: IndexNode<T>, at: number): IndexNode<T> {
    const upper = new IndexNode<T>(branch.text.slice(0, at))
    upper.first = branch.first
    branch.text = branch.text.slice(at)
    upper.#setBranch(branch.text.charCodeAt(0), branch)
    this.#setBranch(code, upper)
    return upper
  }

  #setBranch(code: number, node: IndexNode<T>): void {
    if (this.branches.length === 0) this.lowest = code
    while (code < this.lowest) {
      this.branches.unshift(undefined)
      this.lowest--
    }
    while (code - this.lowest >= this.branches.length) this.branches.push(undefined)
    this.branches[code - this.lowest] = node
  }

  #parameter(step: Step): IndexNode<T> {
    const known = this.parameters.find(
      (parameter) => parameter.step.kind === step.kind && parameter.step.text === step.text,
    )
    if (known !== undefined) return known.node
    const node = new IndexNode<T>('')
    this.parameters.push({ step, node })
    return node
  }
}

function isAt(text: string, path: string, at: number): boolean {
  for (let i = text.length - 1; i > 0; i--) if (path.charCodeAt(at + i) !== text.charCodeAt(i)) return false
  return true
}

/** Where a parameter that begins at `at` ends; -1 if it cannot. */
function endOf(step: Step, path: string, at: number): number {
  const slash = path.indexOf('/', at)
  const segmentEnd = slash < 0 ? path.length : slash
  if (step.kind === 'segment') {
    const end = segmentEnd - step.text.length
    return end > at && path.startsWith(step.text, end) ? end : -1
  }
  if (segmentEnd === at) return -1
  const end = path.indexOf(step.text, at + 1)
  return end < 0 || end + step.text.length > segmentEnd ? -1 : end
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
