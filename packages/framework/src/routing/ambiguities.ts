/**
 * Pairs of rows that overlap while neither holds the other: `/:a/x` and `/y/:b` both match `/y/x`. The first one wins, by
 * the rule of the list; only the author knows whether that is intended (decision 22). Each pair comes with a
 * path as its proof, tried on path-to-regexp itself; a pair without a proof is not reported. Mounts are left out: a mount
 * takes all below its prefix.
 */
import { pathToRegexp } from 'path-to-regexp'
import type { Alternative } from './path-pattern.ts'
import { labelOf, type TableRow } from './route-table.ts'

/** Two entries that overlap in part: each also takes paths that the other does not take. */
export interface Ambiguity {
  /** As in messages about the list: `routes[0] (GET "/:a/x")`. It answers what both match. */
  readonly first: string
  readonly second: string
  /** A path that both match. */
  readonly example: string
}

/** In the order of the list. A pair is settled, and left out, where an earlier row answers all that both match. */
export function findAmbiguities(rows: readonly TableRow[], caseSensitive = true): readonly Ambiguity[] {
  const known = rows.map((row) => ({ row, shapes: row.kind === 'mount' ? [] : shapesOf(row, caseSensitive) }))
  const earlier = new OverlapTree()
  const found: Ambiguity[] = []
  for (const [i, second] of known.entries()) {
    const candidates = new Set(second.shapes.flatMap((shape) => earlier.meeting(shape)))
    for (const at of [...candidates].sort((a, b) => a - b)) {
      const first = known[at]
      if (first === undefined || !meet(first.row, second.row)) continue
      const overlap = firstOverlap(first.shapes, second.shapes, caseSensitive)
      if (overlap === undefined || isSettled(overlap, first, second, known.slice(0, at))) continue
      found.push({ first: labelOf(first.row), second: labelOf(second.row), example: overlap.example })
    }
    for (const shape of second.shapes) earlier.add(shape, i)
  }
  return found
}

/** One line for the author of the list. */
export function describeAmbiguity({ first, second, example }: Ambiguity): string {
  return `${second} overlaps ${first}: both match ${JSON.stringify(example)}, and the first answers; put a route for what both match before them, or say onAmbiguity: 'allow'`
}

interface Known {
  readonly row: TableRow
  readonly shapes: readonly Shape[]
}

/** Whether there is a request that both are asked about. */
function meet(a: TableRow, b: TableRow): boolean {
  if (a.host !== undefined && b.host !== undefined && a.host !== b.host) return false
  return a.methods === undefined || b.methods === undefined || a.methods.some((method) => b.methods?.includes(method))
}

/** Whether an earlier row answers every request that both would. */
function isSettled({ whole }: Overlap, first: Known, second: Known, before: readonly Known[]): boolean {
  return before.some(({ row, shapes }) => {
    if (row.host !== undefined && (row.host !== first.row.host || row.host !== second.row.host)) return false
    const { methods } = row
    const shared = (first.row.methods ?? second.row.methods)?.filter(
      (method) => second.row.methods?.includes(method) ?? true,
    )
    if (methods !== undefined && !(shared?.every((method) => methods.includes(method)) ?? false)) return false
    return shapes.some(({ segments, rest }) => {
      const fits = rest ? segments.length < whole.length : segments.length === whole.length
      return fits && segments.every((segment, i) => takes(segment, whole[i] ?? ''))
    })
  })
}

/** A pattern as segments, a parameter being NUL in its segment. */
export interface Shape {
  readonly alternative: Alternative
  readonly segments: readonly string[]
  /** Whether a wildcard takes all that follows, at least a character. */
  readonly rest: boolean
}

function shapesOf({ pattern }: TableRow, caseSensitive: boolean): readonly Shape[] {
  return pattern.alternatives.flatMap((alternative) => {
    const wildcard = alternative.findIndex(({ type }) => type === 'wildcard')
    const rest = wildcard >= 0
    const before = rest ? alternative.slice(0, wildcard) : alternative
    const text = before.map((token) => (token.type === 'text' ? token.value : PARAMETER)).join('')
    const segments = (caseSensitive ? text : text.toLowerCase()).split('/').slice(1)
    // A wildcard in the middle of a segment, or with something behind it, has no form in segments.
    if (rest && (wildcard < alternative.length - 1 || segments.pop() !== '')) return []
    return [{ alternative, segments, rest }]
  })
}

interface Overlap {
  readonly example: string
  /** The segments that both match, with ANYTHING where a parameter of both is. */
  readonly whole: readonly string[]
}

function firstOverlap(first: readonly Shape[], second: readonly Shape[], caseSensitive: boolean): Overlap | undefined {
  for (const a of first) {
    for (const b of second) {
      const whole = overlapOf(a, b)
      if (whole === undefined) continue
      const example = `/${whole.join('/').replaceAll(ANYTHING, SAMPLE)}`
      if (matches(a, example, caseSensitive) && matches(b, example, caseSensitive)) return { example, whole }
    }
  }
  return undefined
}

function matches({ alternative }: Shape, path: string, sensitive: boolean): boolean {
  return pathToRegexp({ tokens: alternative }, { sensitive, trailing: false }).regexp.test(path)
}

/** The segments that both match; undefined without one, or if one pattern takes everything that the other takes. */
function overlapOf(a: Shape, b: Shape): readonly string[] | undefined {
  const [short, long] = a.segments.length <= b.segments.length ? [a, b] : [b, a]
  if (short.segments.length < long.segments.length && !short.rest) return undefined
  const path: string[] = []
  // Of a wildcard against none, or against one that begins later, the first takes more.
  const tailDiffers = short.rest && (!long.rest || short.segments.length < long.segments.length)
  let shortIsNarrow = false
  let longIsNarrow = tailDiffers
  for (const [i, segment] of long.segments.entries()) {
    const other = short.segments[i]
    const common = other === undefined ? sampleOf(segment, ANYTHING) : commonText(other, segment)
    if (common === undefined) return undefined
    path.push(common)
    if (other === undefined) continue
    shortIsNarrow ||= !takes(other, sampleOf(segment, ANYTHING))
    longIsNarrow ||= !takes(segment, sampleOf(other, ANYTHING))
  }
  // A wildcard that is shorter by nothing is not taken by the end of the other: `/a/*rest` does not match `/a`.
  if (long.rest) path.push(ANYTHING)
  if (long.rest && !short.rest) return undefined
  return shortIsNarrow && longIsNarrow ? path : undefined
}

/*
 * Patterns by their segments, so that one finds those it may meet without being held against each. Says what may be, and
 * never leaves out what is; ambiguities.ts looks closer. Called by that.
 */

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

/*
 * One segment of a pattern as text, a parameter being NUL in it: what it takes, and what two of them take in common.
 * Knows segments only.
 */

export const PARAMETER = '\0'
/** What a parameter may be, in a path that is shown. */
export const SAMPLE = 'x'
/** No text: a segment that takes it takes any text in its place. */
export const ANYTHING = '\u0001'

export function sampleOf(segment: string, sample: string): string {
  return segment.replaceAll(PARAMETER, sample)
}

/** A text that both segments take, with ANYTHING where it may be anything. */
export function commonText(a: string, b: string): string | undefined {
  const joined = (x: string, y: string) => `${x.split(PARAMETER)[0]}${ANYTHING}${y.split(PARAMETER).at(-1)}`
  const candidates = [sampleOf(a, ANYTHING), sampleOf(b, ANYTHING), joined(a, b), joined(b, a)]
  return candidates.find((text) => takes(a, text) && takes(b, text))
}

/** Whether a segment takes a text: its own texts in their order, and at least a character for each parameter. */
export function takes(segment: string, text: string): boolean {
  const [head = '', ...texts] = segment.split(PARAMETER)
  if (texts.length === 0) return text === segment
  const tail = texts.pop() ?? ''
  if (!text.startsWith(head)) return false
  let at = head.length
  for (const middle of texts) {
    const found = text.indexOf(middle, at + 1)
    if (found < 0) return false
    at = found + middle.length
  }
  return text.length > at + tail.length && text.endsWith(tail)
}
