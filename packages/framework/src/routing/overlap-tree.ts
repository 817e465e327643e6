/**
 * Patterns by their segments, so that one finds those it may meet without being held against each. Says what may be, and
 * never leaves out what is; ambiguities.ts looks closer. Called by that.
 */
import { commonText, PARAMETER } from './segment-text.ts'

/** As far as the tree goes: see ambiguities.ts. */
interface Segments {
  readonly segments: readonly string[]
  readonly rest: boolean
}

interface Node {
  /** Patterns that end here, and those whose wildcard takes what follows. */
  readonly ends: number[]
  readonly rests: number[]
  readonly next: Map<string, Node>
  /** Those of `next` whose segment holds a parameter. */
  readonly open: Map<string, Node>
}

export class OverlapTree {
  readonly #root = newNode()

  /** @param value a number by which the pattern is known. */
  add({ segments, rest }: Segments, value: number): void {
    let node = this.#root
    for (const segment of segments) {
      const child = node.next.get(segment) ?? newNode()
      node.next.set(segment, child)
      if (segment.includes(PARAMETER)) node.open.set(segment, child)
      node = child
    }
    ;(rest ? node.rests : node.ends).push(value)
  }

  /** The values of the patterns that may match a path that this one matches. */
  meeting(shape: Segments): readonly number[] {
    const found: number[] = []
    collect(this.#root, shape, 0, found)
    return found
  }
}

function newNode(): Node {
  return { ends: [], rests: [], next: new Map(), open: new Map() }
}

function collect(node: Node, shape: Segments, at: number, found: number[]): void {
  found.push(...node.rests)
  const segment = shape.segments[at]
  if (segment === undefined) {
    found.push(...node.ends)
    if (shape.rest) for (const child of node.next.values()) collect(child, shape, at, found)
    return
  }
  if (segment.includes(PARAMETER)) {
    for (const [text, child] of node.next) {
      if (commonText(segment, text) !== undefined) collect(child, shape, at + 1, found)
    }
    return
  }
  const same = node.next.get(segment)
  if (same !== undefined) collect(same, shape, at + 1, found)
  for (const [text, child] of node.open)
    if (commonText(segment, text) !== undefined) collect(child, shape, at + 1, found)
}
