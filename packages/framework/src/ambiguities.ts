/**
 * Pairs of rows that overlap while neither holds the other: `/:a/x` and `/y/:b` both match `/y/x`. The first one wins, by
 * the rule of the list; that is no mistake by itself, so it is told as data and never refused. Each pair comes with a
 * path as its proof, tried on path-to-regexp itself; what cannot be proved is not told. Mounts are left out: who mounts
 * takes all below. Called by application.ts when somebody asks.
 */
import { pathToRegexp } from 'path-to-regexp'
import type { Alternative } from './path-pattern.ts'
import { labelOf, type TableRow } from './route-table.ts'

export interface Ambiguity {
  /** As in messages about the list: `routes[0] (GET "/:a/x")`. It answers what both match. */
  readonly first: string
  readonly second: string
  /** A path that both match. */
  readonly example: string
}

export function findAmbiguities(rows: readonly TableRow[]): readonly Ambiguity[] {
  const known = rows.filter(({ kind }) => kind !== 'mount').map((row) => ({ row, shapes: shapesOf(row) }))
  return known.flatMap((second, i) =>
    known.slice(0, i).flatMap((first) => {
      if (!meet(first.row, second.row)) return []
      const example = firstOverlap(first.shapes, second.shapes)
      return example === undefined ? [] : [{ first: labelOf(first.row), second: labelOf(second.row), example }]
    }),
  )
}

/** Whether there is a request that both are asked about. */
function meet(a: TableRow, b: TableRow): boolean {
  if (a.host !== undefined && b.host !== undefined && a.host !== b.host) return false
  return a.methods === undefined || b.methods === undefined || a.methods.some((method) => b.methods?.includes(method))
}

/** A pattern as segments, a parameter being NUL in its segment. */
interface Shape {
  readonly alternative: Alternative
  readonly segments: readonly string[]
  /** Whether a wildcard takes all that follows, at least a character. */
  readonly rest: boolean
}

const PARAMETER = '\0'
/** What a parameter may be; and what no text is, to see whether another segment takes it whatever it is. */
const SAMPLE = 'x'
const ANYTHING = '\u0001'

function shapesOf({ pattern }: TableRow): readonly Shape[] {
  return pattern.alternatives.flatMap((alternative) => {
    const wildcard = alternative.findIndex(({ type }) => type === 'wildcard')
    const rest = wildcard >= 0
    const before = rest ? alternative.slice(0, wildcard) : alternative
    const text = before.map((token) => (token.type === 'text' ? token.value : PARAMETER)).join('')
    const segments = text.split('/').slice(1)
    // A wildcard in the middle of a segment, or with something behind it, cannot be told in segments.
    if (rest && (wildcard < alternative.length - 1 || segments.pop() !== '')) return []
    return [{ alternative, segments, rest }]
  })
}

function firstOverlap(first: readonly Shape[], second: readonly Shape[]): string | undefined {
  for (const a of first) {
    for (const b of second) {
      const example = overlapOf(a, b)
      if (example !== undefined && matches(a, example) && matches(b, example)) return example
    }
  }
  return undefined
}

function matches({ alternative }: Shape, path: string): boolean {
  return pathToRegexp({ tokens: alternative }, { sensitive: true, trailing: false }).regexp.test(path)
}

/** A path that both match; undefined if there is none, or if one of them takes all that the other takes. */
function overlapOf(a: Shape, b: Shape): string | undefined {
  const [short, long] = a.segments.length <= b.segments.length ? [a, b] : [b, a]
  if (short.segments.length < long.segments.length && !short.rest) return undefined
  const path: string[] = []
  // Of a wildcard against none, or against one that begins later, the first takes more.
  const tailDiffers = short.rest && (!long.rest || short.segments.length < long.segments.length)
  let shortIsNarrow = false
  let longIsNarrow = tailDiffers
  for (const [i, segment] of long.segments.entries()) {
    const other = short.segments[i]
    const common = other === undefined ? sampleOf(segment, SAMPLE) : commonText(other, segment)
    if (common === undefined) return undefined
    path.push(common)
    if (other === undefined) continue
    shortIsNarrow ||= !takes(other, sampleOf(segment, ANYTHING))
    longIsNarrow ||= !takes(segment, sampleOf(other, ANYTHING))
  }
  // A wildcard that is shorter by nothing is not taken by the end of the other: `/a/*rest` does not match `/a`.
  if (long.rest) path.push(SAMPLE)
  if (long.rest && !short.rest) return undefined
  return shortIsNarrow && longIsNarrow ? `/${path.join('/')}` : undefined
}

/** A text that both segments take. */
function commonText(a: string, b: string): string | undefined {
  const joined = (x: string, y: string) => `${x.split(PARAMETER)[0]}${SAMPLE}${y.split(PARAMETER).at(-1)}`
  const candidates = [sampleOf(a, SAMPLE), sampleOf(b, SAMPLE), joined(a, b), joined(b, a)]
  return candidates.find((text) => takes(a, text) && takes(b, text))
}

function sampleOf(segment: string, sample: string): string {
  return segment.replaceAll(PARAMETER, sample)
}

/** Whether a segment takes a text: its own texts in their order, and at least a character for each parameter. */
function takes(segment: string, text: string): boolean {
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
