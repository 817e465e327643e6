/**
 * What the rows of a table do to each other: names and routes that come twice, and routes that are never reached.
 * A row is called unreachable only if that is certain: for each of its methods and alternatives some earlier row
 * matches always. Called once, when an Application is made.
 */
import { shapeOf } from './path-pattern.ts'
import type { MatchRules } from './pattern-steps.ts'
import { CoverTree } from './route-cover.ts'
import { labelOf, type TableRow } from './route-table.ts'
import { answers, type Router } from './router.ts'

/** What is wrong with rows, one line for each of them. @param router made of the same rows. */
export function checkRows(
  rows: readonly TableRow[],
  router: Router<TableRow>,
  rules: MatchRules,
): ReadonlyMap<TableRow, string> {
  const duplicates = findDuplicates(rows)
  return new Map([...duplicates, ...findUnreachable(rows, router, rules, duplicates)])
}

/** One line for each name that is given twice, across all hosts. */
export function checkNames(rows: readonly TableRow[]): string[] {
  const first = new Map<string, TableRow>()
  const problems: string[] = []
  for (const row of rows) {
    if (row.name === undefined) continue
    const other = first.get(row.name)
    if (other === undefined) first.set(row.name, row)
    else
      problems.push(
        `${labelOf(row)} has the name ${JSON.stringify(row.name)} of ${labelOf(other)}; give each its own name`,
      )
  }
  return problems
}

/** Rows that match the same paths as an earlier one, for a method they share. */
function findDuplicates(rows: readonly TableRow[]): Map<TableRow, string> {
  const byShape = new Map<string, TableRow[]>()
  const problems = new Map<TableRow, string>()
  for (const row of rows) {
    const shape = `${row.kind === 'mount'} ${row.pattern.alternatives.map(shapeOf).join('\n')}`
    const earlier = byShape.get(shape) ?? []
    const other = earlier.find((candidate) => sharedMethods(candidate, row) !== undefined)
    if (other !== undefined) {
      const methods = sharedMethods(other, row)
      problems.set(row, `${labelOf(row)} repeats ${labelOf(other)}${methods && ` for ${methods}`}; remove one of them`)
    }
    earlier.push(row)
    byShape.set(shape, earlier)
  }
  return problems
}

/** `''` if both take every method; undefined if they share none. */
function sharedMethods(a: TableRow, b: TableRow): string | undefined {
  if (a.methods === undefined || b.methods === undefined) return a.methods === b.methods ? '' : undefined
  return a.methods.filter((method) => b.methods?.includes(method)).join(', ') || undefined
}

function findUnreachable(
  rows: readonly TableRow[],
  router: Router<TableRow>,
  rules: MatchRules,
  known: ReadonlyMap<TableRow, string>,
): Map<TableRow, string> {
  const earlier = new CoverTree<TableRow>()
  const position = new Map(rows.map((row, i) => [row, i]))
  const problems = new Map<TableRow, string>()
  for (const row of rows) {
    const coverers = known.has(row) ? undefined : coverersOf(row, router, earlier, position, rules)
    if (coverers !== undefined) {
      const names = [...coverers].map(labelOf).join(' and ')
      problems.set(row, `${labelOf(row)} is never reached: ${names} matches first; move it before, or remove it`)
    }
    for (const alternative of row.pattern.alternatives) {
      earlier.add(alternative, row.kind === 'mount', !rules.caseSensitive, row)
    }
  }
  return problems
}

/** The earlier rows that together take all of this one; undefined if something is left for it. */
function coverersOf(
  row: TableRow,
  router: Router<TableRow>,
  earlier: CoverTree<TableRow>,
  position: ReadonlyMap<TableRow, number>,
  rules: MatchRules,
): Set<TableRow> | undefined {
  const mount = row.kind === 'mount'
  const coverers = new Set<TableRow>()
  for (const alternative of row.pattern.alternatives) {
    const candidates = earlier.covering(alternative, mount, !rules.caseSensitive)
    const literal =
      !mount && alternative.length === 1 && alternative[0]?.type === 'text' ? alternative[0].value : undefined
    for (const method of row.methods ?? [undefined]) {
      const coverer =
        candidates.find((candidate) => answers(candidate, method ?? 'GET')) ??
        (literal === undefined ? undefined : earlierMatch(router, method, literal, row, position))
      if (coverer === undefined) return undefined
      coverers.add(coverer)
    }
  }
  return coverers
}

/** A literal path is matched by the router itself, so parameters inside a segment count too. */
function earlierMatch(
  router: Router<TableRow>,
  method: string | undefined,
  path: string,
  row: TableRow,
  position: ReadonlyMap<TableRow, number>,
): TableRow | undefined {
  const match = router.match(method ?? '', path)
  if (match.kind !== 'found') return undefined
  return (position.get(match.value) ?? 0) < (position.get(row) ?? 0) ? match.value : undefined
}
