/**
 * The route list, flattened and read: one row for each entry, in the order in which they are tried, each knowing its
 * place in the list. Says of each row alone whether it can be used; what rows do to each other is route-checks.ts.
 */
import type { Application as ContractApplication } from '@tsgi/contract'
import { type PathPattern, PatternError, readPattern } from './path-pattern.ts'
import type { RouteEntry, RouteSchemas, View } from './route.ts'
import type { IndexEntry } from './route-index.ts'

/** A row: what is answered, where, and by what. `methods` is undefined where the callable takes every method. */
export interface TableRow {
  /** Where it stands in the list: `routes[2]`, or `routes[2][0]` in a group. */
  readonly place: string
  readonly kind: 'view' | 'callable' | 'mount'
  readonly methods: readonly string[] | undefined
  readonly pattern: PathPattern
  readonly name: string | undefined
  readonly schemas: RouteSchemas
  readonly target: RowTarget
}

export type RowTarget =
  | { readonly kind: 'view'; readonly view: View }
  | { readonly kind: 'callable' | 'mount'; readonly application: ContractApplication }

export interface RouteTable {
  readonly rows: readonly TableRow[]
  /** One line for each entry that cannot be used. */
  readonly problems: readonly string[]
}

/** Reads a list. @param place what the list is called in messages. */
export function readTable(entries: readonly RouteEntry[], place = 'routes'): RouteTable {
  const rows: TableRow[] = []
  const problems: string[] = []
  readEntries(entries, place, '', rows, problems)
  return { rows, problems }
}

/** The alternatives of all rows, numbered in the order in which they are tried. */
export function indexEntries(rows: readonly TableRow[]): Array<IndexEntry<TableRow>> {
  const entries: Array<IndexEntry<TableRow>> = []
  for (const row of rows) {
    for (const alternative of row.pattern.alternatives) {
      entries.push({ alternative, order: entries.length, mount: row.kind === 'mount', value: row })
    }
  }
  return entries
}

/** How a row is called in messages: `routes[2] (GET "/users/:id")`. */
export function labelOf(row: TableRow): string {
  const what = row.kind === 'view' ? (row.methods ?? []).join(', ') : row.kind
  return `${row.place} (${what} ${JSON.stringify(row.pattern.source)})`
}

function readEntries(
  list: readonly RouteEntry[],
  place: string,
  prefix: string,
  rows: TableRow[],
  problems: string[],
): void {
  for (const [i, entry] of list.entries()) {
    const here = `${place}[${i}]`
    if (isGroup(entry)) {
      readEntries(entry.entries, here, prefix + entry.pattern, rows, problems)
      continue
    }
    try {
      rows.push(readRow(entry, here, prefix))
    } catch (error) {
      if (!(error instanceof PatternError || error instanceof EntryError)) throw error
      problems.push(`${here}: ${error.message}`)
    }
  }
}

/** Something else in an entry than its pattern is wrong. */
class EntryError extends Error {}

function isGroup(entry: RouteEntry): entry is Extract<RouteEntry, { kind: 'group' }> {
  return typeof entry === 'object' && entry !== null && 'kind' in entry && entry.kind === 'group'
}

function readRow(entry: Exclude<RouteEntry, { kind: 'group' }>, place: string, prefix: string): TableRow {
  if (Array.isArray(entry)) return bareRow(entry, place, prefix)
  const known = entry as Exclude<typeof entry, readonly unknown[]> // Array.isArray does not narrow readonly tuples away
  if (known?.kind === 'mount') return mountRow(known.pattern, known.application, place, prefix)
  if (known?.kind !== 'view') {
    throw new EntryError('not a route; write get(…), post(…), route(…), mount(…), group(…) or [pattern, callable]')
  }
  const { methods, name, schemas, view } = known
  requireMethods(methods)
  requireFunction(view, 'view')
  const pattern = reachable(readPattern(join(prefix, known.pattern)))
  return { place, kind: 'view', methods, pattern, name, schemas, target: { kind: 'view', view } }
}

function bareRow(entry: readonly unknown[], place: string, prefix: string): TableRow {
  const [path, application] = entry
  if (typeof path !== 'string') throw new EntryError('the first of a pair is the pattern, a string')
  requireFunction<ContractApplication>(application, 'callable')
  const pattern = reachable(readPattern(join(prefix, path)))
  return {
    place,
    kind: 'callable',
    methods: undefined,
    pattern,
    name: undefined,
    schemas: {},
    target: { kind: 'callable', application },
  }
}

function mountRow(path: string, application: ContractApplication, place: string, prefix: string): TableRow {
  requireFunction<ContractApplication>(application, 'application')
  const joined = join(prefix, path)
  const whole = joined === '/' ? '' : joined
  if (whole.endsWith('/')) {
    throw new EntryError(
      `the prefix ${JSON.stringify(whole)} ends with "/"; write ${JSON.stringify(whole.slice(0, -1))}`,
    )
  }
  const pattern = readPattern(whole)
  if (pattern.alternatives.some((tokens) => tokens.some((token) => token.type === 'wildcard'))) {
    throw new EntryError(`the prefix ${JSON.stringify(whole)} has a wildcard; a mount takes all below it anyway`)
  }
  if (whole !== '') reachable(pattern)
  return {
    place,
    kind: 'mount',
    methods: undefined,
    pattern,
    name: undefined,
    schemas: {},
    target: { kind: 'mount', application },
  }
}

/** Prefixes and patterns are put together as they are; two slashes in a row are no way anybody means. */
function join(prefix: string, pattern: string): string {
  if (!(prefix.endsWith('/') && pattern.startsWith('/'))) return prefix + pattern
  throw new EntryError(
    `the prefix ${JSON.stringify(prefix)} ends with "/" and the pattern begins with it; end the prefix without`,
  )
}

/** A path begins with `/`, so a pattern that cannot is a slip. */
function reachable(pattern: PathPattern): PathPattern {
  const begins = pattern.alternatives.some(([first]) => {
    return first?.type === 'wildcard' || (first?.type === 'text' && first.value.startsWith('/'))
  })
  if (begins) return pattern
  const better = JSON.stringify(`/${pattern.source}`)
  throw new EntryError(
    `the pattern ${JSON.stringify(pattern.source)} matches nothing: every path begins with "/"; write ${better}`,
  )
}

function requireMethods(methods: readonly string[]): void {
  if (methods.length === 0) throw new EntryError('no method; name at least one')
  const bad = methods.find((method) => !/^[A-Z0-9!#$%&'*+\-.^_`|~]+$/.test(method))
  if (bad !== undefined) throw new EntryError(`${JSON.stringify(bad)} is not a method; methods are written in capitals`)
}

function requireFunction<T extends (...parts: never[]) => unknown>(value: unknown, what: string): asserts value is T {
  if (typeof value !== 'function')
    throw new EntryError(`its ${what} is ${value === null ? 'null' : typeof value}, not a function`)
}
