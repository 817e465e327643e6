/**
 * The tree of steps that an index is made of, as it grows: a node is reached by literal text or by one kind of
 * parameter, and holds what ends there. Leaves are numbers: of two that match, the lower one wins.
 * Unused fields stay undefined: most nodes have only one kind of child. Knows steps only; does not search.
 */
import type { Step, Tail } from './pattern-steps.ts'

/** Later than every leaf; a small integer, so that leaves are compared as such. */
export const NEVER = 2 ** 30 - 1

export class IndexNode {
  readonly kind: Step['kind']
  /** What leads here from the node above. */
  text: string
  /** The lowest leaf in and below this node. */
  first = NEVER
  /** The leaf that nothing may follow. */
  end = NEVER
  /** The nodes that text leads to; no two begin with the same character. */
  branches: IndexNode[] | undefined = undefined
  /** The node after a parameter that is a whole segment, which is what most are. */
  segment: IndexNode | undefined = undefined
  /** The nodes after parameters that share their segment with text. */
  parameters: IndexNode[] | undefined = undefined
  /** Leaves that take what is left, in ascending order. */
  tails: number[] | undefined = undefined

  constructor(kind: Step['kind'] = 'text', text = '') {
    this.kind = kind
    this.text = text
  }

  /** Leaves are inserted in ascending order. */
  insert(steps: readonly Step[], tail: Tail, leaf: number): void {
    let node: IndexNode = this
    node.#lead(leaf)
    for (const { kind, text } of steps) {
      node = kind === 'text' ? node.#afterText(text, leaf) : node.#afterParameter(kind, text)
      node.#lead(leaf)
    }
    if (tail !== 'end') node.tails = added(node.tails, leaf)
    else if (node.end === NEVER) node.end = leaf
  }

  #lead(leaf: number): void {
    if (leaf < this.first) this.first = leaf
  }

  #afterText(text: string, leaf: number): IndexNode {
    let node: IndexNode = this
    for (let at = 0; at < text.length; ) {
      const code = text.charCodeAt(at)
      const branch = node.branches?.find((known) => known.text.charCodeAt(0) === code)
      const next = branch ?? new IndexNode('text', text.slice(at))
      if (branch === undefined) node.branches = added(node.branches, next)
      else next.#splitAt(commonLength(branch.text, text, at))
      next.#lead(leaf)
      at += next.text.length
      node = next
    }
    return node
  }

  /** Becomes the node after the first `length` characters of its text; what it was is below it. */
  #splitAt(length: number): void {
    if (length === this.text.length) return
    const below = new IndexNode('text', this.text.slice(length))
    below.first = this.first
    below.end = this.end
    below.segment = this.segment
    below.branches = this.branches
    below.parameters = this.parameters
    below.tails = this.tails
    this.text = this.text.slice(0, length)
    this.end = NEVER
    this.segment = undefined
    this.branches = [below]
    this.parameters = undefined
    this.tails = undefined
  }

  #afterParameter(kind: Step['kind'], text: string): IndexNode {
    if (kind === 'segment' && text === '') {
      this.segment ??= new IndexNode(kind, text)
      return this.segment
    }
    const known = this.parameters?.find((node) => node.kind === kind && node.text === text)
    const node = known ?? new IndexNode(kind, text)
    if (known === undefined) this.parameters = added(this.parameters, node)
    return node
  }
}

function added<Item>(list: Item[] | undefined, item: Item): Item[] {
  if (list === undefined) return [item]
  list.push(item)
  return list
}

/** How much of `a` stands in `b` at `at`. */
function commonLength(a: string, b: string, at: number): number {
  let length = 0
  while (length < a.length && at + length < b.length && a.charCodeAt(length) === b.charCodeAt(at + length)) length++
  return length
}
