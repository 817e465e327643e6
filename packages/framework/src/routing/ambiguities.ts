/**
 * Pairs of rows that overlap while neither holds the other: `/:a/x` and `/y/:b` both match `/y/x`. The first one wins, by
 * the rule of the list; whether that is meant, nobody but the author knows (decision 22). Each pair comes with a
 * path as its proof, tried on path-to-regexp itself; what cannot be proved is not told. Mounts are left out: who mounts
 * takes all below. Called by application.ts, when it is made and when somebody asks.
 */
import { pathToRegexp } from 'path-to-regexp'
import { OverlapTree } from './overlap-tree.ts'
import type { Alternative } from './path-pattern.ts'
import { labelOf, type TableRow } from './route-table.ts'
import { ANYTHING, commonText, PARAMETER, SAMPLE, sampleOf, takes } from './segment-text.ts'

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

/** One line for whoever wrote the list. */
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
    // A wildcard in the middle of a segment, or with something behind it, cannot be told in segments.
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

/** The segments that both match; undefined if there are none, or if one of them takes all that the other takes. */
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
