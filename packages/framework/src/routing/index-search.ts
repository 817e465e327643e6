/**
 * The tree of an index as a search goes through it: made once of an IndexNode, laid out so that a match waits for memory
 * as seldom as can be, which is most of what it costs. Allocates nothing but what it compares. Knows nodes and leaves; knows no routes.
 * Called by route-index.ts.
 *
 * Each node is reached in one way only, so a search visits a node at most once, and a way is taken only if it leads to
 * something earlier than what was found.
 */
import { type IndexNode, NEVER } from './index-node.ts'
import type { Step, Steps } from './pattern-steps.ts'

/** A pattern's alternative where it ends in the tree. Of two that match, the lower `order` wins. */
export interface Leaf<T> extends Steps {
  readonly order: number
  readonly value: T
}

/** A parameter that shares its segment with text. */
interface Parameter<T> {
  readonly kind: Step['kind']
  readonly text: string
  readonly node: SearchNode<T>
}

/** The rarer ways on from a node. */
interface Detours<T> {
  readonly parameters: readonly Parameter<T>[]
  /** Leaves that take what is left, by order. */
  readonly tails: readonly Leaf<T>[]
}

const SLASH = 47
const PERCENT = 37
/** No character. */
const NO_CODE = -1

/** What is read of each node on the way stands first: that is what one line of the processor's cache holds. */
class SearchNode<T> {
  readonly first: number
  readonly length: number
  readonly text: string
  /** The only branch, and the character that it begins with: most nodes have no other. */
  readonly code: number
  readonly only: SearchNode<T> | undefined
  /** The node after a parameter that is a whole segment. */
  readonly segment: SearchNode<T> | undefined
  /** The node after such a parameter and text, if there is no other way on after the parameter. */
  readonly beyond: SearchNode<T> | undefined
  readonly detours: Detours<T> | undefined
  readonly end: Leaf<T> | undefined
  /** Where there are several branches: the node for each character from `lowest` on. */
  readonly branches: ReadonlyArray<SearchNode<T> | undefined>
  readonly lowest: number

  constructor(node: IndexNode, leaves: readonly Leaf<T>[]) {
    const { branches, end, kind, segment, text } = node
    const only = branches?.length === 1 ? branches[0] : undefined
    this.first = node.first
    this.length = kind === 'text' ? text.length : 0
    this.text = text
    this.code = only === undefined ? NO_CODE : only.text.charCodeAt(0)
    this.only = only && new SearchNode(only, leaves)
    this.segment = segment && new SearchNode(segment, leaves)
    this.beyond = this.segment?.detours === undefined ? this.segment?.only : undefined
    this.detours = detoursOf(node, leaves)
    this.end = end === NEVER ? undefined : leaves[end]
    const table = only === undefined && branches !== undefined ? tableOf(branches, leaves) : NO_TABLE
    this.lowest = table.lowest
    this.branches = table.branches
  }
}

interface Table<T> {
  readonly lowest: number
  readonly branches: ReadonlyArray<SearchNode<T> | undefined>
}

const NO_TABLE = { lowest: 0, branches: [] } as const

function tableOf<T>(nodes: readonly IndexNode[], leaves: readonly Leaf<T>[]): Table<T> {
  const lowest = Math.min(...nodes.map(({ text }) => text.charCodeAt(0)))
  const branches: Array<SearchNode<T> | undefined> = []
  for (const node of nodes) {
    const i = node.text.charCodeAt(0) - lowest
    while (branches.length <= i) branches.push(undefined)
    branches[i] = new SearchNode(node, leaves)
  }
  return { lowest, branches }
}

function detoursOf<T>({ parameters, tails }: IndexNode, leaves: readonly Leaf<T>[]): Detours<T> | undefined {
  if (parameters === undefined && tails === undefined) return undefined
  return {
    parameters: (parameters ?? []).map((node) => ({
      kind: node.kind,
      text: node.text,
      node: new SearchNode(node, leaves),
    })),
    tails: (tails ?? []).flatMap((tail) => leaves[tail] ?? []),
  }
}

export class IndexSearch<T> {
  readonly #root: SearchNode<T>
  /** Where parameters begin and end, as begin, end, …: those that are being tried, and those of the best leaf so far. */
  readonly #tried: number[] = []
  readonly #kept: number[] = []
  #escaped = false

  constructor(root: IndexNode, leaves: readonly Leaf<T>[]) {
    this.#root = new SearchNode(root, leaves)
    // As long as they will ever be: one place more than its parameters for what a mount takes.
    const most = leaves.reduce((names, leaf) => Math.max(names, leaf.names.length), 0)
    for (let i = 0; i < 2 * most + 2; i++) {
      this.#tried.push(0)
      this.#kept.push(0)
    }
  }

  /** Where the parameters of the leaf that was found last begin and end. */
  get spans(): readonly number[] {
    return this.#kept
  }

  /** Whether any segment that a parameter might have taken holds an escape. */
  get escaped(): boolean {
    return this.#escaped
  }

  /**
   * The earliest leaf before `bound` that matches `path`.
   * @param path in the case of the tree's texts.
   */
  find(path: string, bound: number): Leaf<T> | undefined {
    this.#escaped = false
    return this.#walk(path, this.#root, 0, 0, bound)
  }

  /** Goes down from `node` as long as there is one way only, which for most lists is all of it. */
  #walk(path: string, from: SearchNode<T>, begin: number, captured: number, bound: number): Leaf<T> | undefined {
    let node = from
    let at = begin
    let depth = captured
    while (at < path.length) {
      const code = path.charCodeAt(at)
      let branch = code === node.code ? node.only : branchOf(node, code)
      if (branch !== undefined && branch.length > 1 && !isAt(branch.text, path, at)) branch = undefined
      if (node.detours !== undefined || (branch !== undefined && node.segment !== undefined)) {
        return this.#walkAll(path, node, branch, at, depth, bound)
      }
      if (branch !== undefined) {
        at += branch.length
        node = branch
      } else {
        const { segment, beyond } = node
        if (segment === undefined) return undefined
        const end = this.#segmentEnd(path, at)
        if (end === at) return undefined
        this.#tried[depth] = at
        this.#tried[depth + 1] = end
        depth += 2
        if (beyond === undefined || end === path.length) {
          at = end
          node = segment
        } else {
          if (beyond.length > 1 && !isAt(beyond.text, path, end)) return undefined
          at = end + beyond.length
          node = beyond
        }
      }
      if (node.first >= bound) return undefined
    }
    return this.#walkEnd(path, node, depth, bound)
  }

  /** Tries every way; each finds only what is earlier than what was found before. */
  #walkAll(
    path: string,
    node: SearchNode<T>,
    branch: SearchNode<T> | undefined,
    at: number,
    depth: number,
    bound: number,
  ): Leaf<T> | undefined {
    let best: Leaf<T> | undefined
    if (branch !== undefined && branch.first < bound) {
      best = this.#walk(path, branch, at + branch.length, depth, bound)
    }
    const { segment, detours } = node
    if (segment !== undefined && segment.first < (best?.order ?? bound)) {
      best = this.#walkParameter(path, segment, at, this.#segmentEnd(path, at), depth, best?.order ?? bound) ?? best
    }
    if (detours === undefined) return best
    if (detours.parameters.length > 0)
      best = this.#walkParameters(path, detours.parameters, at, depth, best?.order ?? bound) ?? best
    return this.#walkTails(path, detours.tails, at, depth, best?.order ?? bound) ?? best
  }

  #walkParameters(
    path: string,
    parameters: readonly Parameter<T>[],
    at: number,
    depth: number,
    bound: number,
  ): Leaf<T> | undefined {
    let best: Leaf<T> | undefined
    for (const { kind, text, node } of parameters) {
      if (node.first >= (best?.order ?? bound)) continue
      const end = parameterEnd(kind, text, path, at, this.#segmentEnd(path, at))
      best = this.#walkParameter(path, node, at, end, depth, best?.order ?? bound, text.length) ?? best
    }
    return best
  }

  #walkParameter(
    path: string,
    node: SearchNode<T>,
    at: number,
    end: number,
    depth: number,
    bound: number,
    text = 0,
  ): Leaf<T> | undefined {
    if (end <= at) return undefined
    this.#tried[depth] = at
    this.#tried[depth + 1] = end
    return this.#walk(path, node, end + text, depth + 2, bound)
  }

  #walkEnd(path: string, node: SearchNode<T>, depth: number, bound: number): Leaf<T> | undefined {
    const { end, detours } = node
    const best = end !== undefined && end.order < bound ? end : undefined
    if (best !== undefined) this.#keep(depth)
    if (detours === undefined) return best
    return this.#walkTails(path, detours.tails, path.length, depth, best?.order ?? bound) ?? best
  }

  #walkTails(path: string, tails: readonly Leaf<T>[], at: number, depth: number, bound: number): Leaf<T> | undefined {
    for (let i = 0; i < tails.length; i++) {
      const leaf = tails[i]
      if (leaf === undefined || leaf.order >= bound) return undefined
      if (!takes(leaf, path, at)) continue
      this.#tried[depth] = at
      this.#tried[depth + 1] = path.length
      this.#keep(depth + 2)
      return leaf
    }
    return undefined
  }

  /** Parameters are short: to look at each character, for escapes as well, beats a search for the slash. */
  #segmentEnd(path: string, at: number): number {
    for (let end = at; end < path.length; end++) {
      const code = path.charCodeAt(end)
      if (code === SLASH) return end
      if (code === PERCENT) this.#escaped = true
    }
    return path.length
  }

  /** The spans tried so far are those of the best leaf: searching on overwrites only the tried ones. */
  #keep(depth: number): void {
    for (let i = 0; i < depth; i++) this.#kept[i] = this.#tried[i] ?? 0
  }
}

/** The node that a character leads to, where there are several. */
function branchOf<T>({ branches, lowest }: SearchNode<T>, code: number): SearchNode<T> | undefined {
  const i = code - lowest
  // An index outside of the table would be looked for as a name, which is slow.
  return i >= 0 && i < branches.length ? branches[i] : undefined
}

/** A short slice and one comparison beat a look at each character. */
function isAt(text: string, path: string, at: number): boolean {
  return path.slice(at, at + text.length) === text
}

/** Where a parameter that begins at `at` ends; -1 if it cannot. */
function parameterEnd(kind: Step['kind'], text: string, path: string, at: number, last: number): number {
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
