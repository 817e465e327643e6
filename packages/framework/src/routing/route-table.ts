/**
 * The route list, flattened and read: one row for each entry, in the order in which they are tried, each knowing its
 * place in the list. Says of each row alone whether it can be used; what rows do to each other is route-checks.ts.
 */
import type { Application as ContractApplication, Middleware } from '@tsgi/contract'
import { typeOf } from '../option-names.ts'
import type { FormOptions } from '../request/form.ts'
import type { RouteSchemas } from '../validation/schema.ts'
import { isSchema } from '../validation/schema.ts'
import { schemaProblems } from '../validation/schema-checks.ts'
import { shapeOf } from '../validation/zod-schema.ts'
import { middlewareProblem } from './compose.ts'
import { asciiHost, hostProblem } from './host-name.ts'
import { type PathPattern, PatternError, readPattern } from './path-pattern.ts'
import type { RouteEntry, View } from './route.ts'
import { docProblems } from './route-docs.ts'
import type { IndexEntry } from './route-index.ts'
import type { InvalidView, RouteOptions } from './route-types.ts'

/** A row: what is answered, where, and by what. `methods` is undefined where the callable takes every method. */
export interface TableRow {
  /** Where it stands in the list: `routes[2]`, or `routes[2][0]` in a group. */
  readonly place: string
  readonly kind: 'view' | 'callable' | 'mount'
  /** Undefined for a row that serves every host. */
  readonly host: string | undefined
  readonly methods: readonly string[] | undefined
  readonly pattern: PathPattern
  readonly name: string | undefined
  readonly schemas: RouteSchemas
  /** Of the groups around it and its own, outermost first. */
  readonly middleware: readonly Middleware[]
  /** Bytes; undefined where the application's holds. */
  readonly bodyLimit: number | undefined
  /** As they were given; empty for what is no view. */
  readonly options: RouteOptions
  readonly target: RowTarget
}

export interface ViewTarget {
  readonly kind: 'view'
  readonly view: View
  readonly onInvalid?: InvalidView | undefined
  readonly form?: FormOptions | undefined
}

export type RowTarget = ViewTarget | { readonly kind: 'callable' | 'mount'; readonly application: ContractApplication }

export interface RouteTable {
  readonly rows: readonly TableRow[]
  /** One line for each entry that cannot be used. */
  readonly problems: readonly string[]
}

/** Reads a list. @param place what the list is called in messages. */
export function readTable(entries: readonly RouteEntry[], place = 'routes'): RouteTable {
  const rows: TableRow[] = []
  const problems: string[] = []
  const here = { place, prefix: '', host: undefined, middleware: [] }
  if (!Array.isArray(entries)) return { rows, problems: [`${place}: ${notAList(entries)}`] }
  readEntries(entries, here, rows, problems)
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
  const where = row.host === undefined ? '' : ` at ${row.host}`
  return `${row.place} (${what} ${JSON.stringify(row.pattern.source)}${where})`
}

/** Where in the list we are, and what holds for all that is there. */
interface Here {
  readonly place: string
  readonly prefix: string
  readonly host: string | undefined
  readonly middleware: readonly Middleware[]
}

function readEntries(list: readonly RouteEntry[], around: Here, rows: TableRow[], problems: string[]): void {
  for (const [i, entry] of list.entries()) {
    const here = { ...around, place: `${around.place}[${i}]` }
    try {
      const inner = listInside(entry, here)
      if (inner === undefined) rows.push(readRow(entry, here))
      else readEntries(inner.entries, inner.here, rows, problems)
    } catch (error) {
      if (!(error instanceof PatternError || error instanceof EntryError)) throw error
      problems.push(`${here.place}: ${error.message}`)
    }
  }
}

function notAList(entries: unknown): string {
  return `the list is ${typeOf(entries)}; give a list of get(…), post(…), mount(…) and the rest`
}

/** Something else in an entry than its pattern is wrong. */
class EntryError extends Error {}

function listInside(entry: RouteEntry, here: Here): { entries: readonly RouteEntry[]; here: Here } | undefined {
  if (typeof entry !== 'object' || entry === null || !('kind' in entry)) return undefined
  if (entry.kind === 'group') {
    const { middleware = [], entries, pattern } = entry
    if (typeof pattern !== 'string') throw new EntryError(`its prefix is ${typeOf(pattern)}, not a string`)
    if (!Array.isArray(entries)) throw new EntryError(notAList(entries))
    const wrong = middlewareProblem(middleware)
    if (wrong !== undefined) throw new EntryError(wrong)
    const around = [...here.middleware, ...middleware]
    return { entries, here: { ...here, prefix: here.prefix + pattern, middleware: around } }
  }
  if (entry.kind !== 'host') return undefined
  if (typeof entry.host !== 'string') throw new EntryError(`its host is ${typeOf(entry.host)}, not a string`)
  const host = asciiHost(entry.host)
  const problem = here.host === undefined ? hostProblem(host) : `it stands inside of ${here.host}; a host has no hosts`
  if (!Array.isArray(entry.entries)) throw new EntryError(notAList(entry.entries))
  if (problem !== undefined) throw new EntryError(`the host ${JSON.stringify(entry.host)}: ${problem}`)
  return { entries: entry.entries, here: { ...here, host } }
}

/** What all kinds of rows have, to be overridden by what is known of this one. */
function rowAt({ place, host, middleware }: Here): Omit<TableRow, 'kind' | 'pattern' | 'target'> {
  return {
    place,
    host,
    middleware,
    methods: undefined,
    name: undefined,
    schemas: {},
    bodyLimit: undefined,
    options: {},
  }
}

function readRow(entry: RouteEntry, here: Here): TableRow {
  if (Array.isArray(entry)) return bareRow(entry, here)
  const known = entry as Exclude<typeof entry, readonly unknown[]> // Array.isArray does not narrow readonly tuples away
  if (known?.kind === 'mount') return mountRow(known.pattern, known.application, here)
  if (known?.kind !== 'view') {
    throw new EntryError(
      'not a route; write get(…), post(…), route(…), mount(…), group(…), host(…) or [pattern, callable]',
    )
  }
  const { methods, name, options, view } = known
  requireMethods(methods)
  requireFunction(view, 'view')
  requireOptions(options)
  const { bodyLimit, form, middleware = [], onInvalid } = options
  const wrong = middlewareProblem(middleware)
  if (wrong !== undefined) throw new EntryError(`its ${wrong}`)
  if (onInvalid !== undefined) requireFunction(onInvalid, 'onInvalid')
  if (bodyLimit !== undefined) requireOctets(bodyLimit)
  const pattern = reachable(readPattern(join(here.prefix, known.pattern)))
  const schemas = readSchemas(options, pattern)
  return {
    ...rowAt({ ...here, middleware: [...here.middleware, ...middleware] }),
    kind: 'view',
    methods,
    pattern,
    name,
    schemas,
    bodyLimit,
    options,
    target: { kind: 'view', view, onInvalid, form },
  }
}

function bareRow(entry: readonly unknown[], here: Here): TableRow {
  const [path, application] = entry
  if (typeof path !== 'string') throw new EntryError('the first of a pair is the pattern, a string')
  requireFunction<ContractApplication>(application, 'callable')
  const pattern = reachable(readPattern(join(here.prefix, path)))
  return { ...rowAt(here), kind: 'callable', pattern, target: { kind: 'callable', application } }
}

function mountRow(path: string, application: ContractApplication, here: Here): TableRow {
  requireFunction<ContractApplication>(application, 'application')
  const joined = join(here.prefix, path)
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
  return { ...rowAt(here), kind: 'mount', pattern, target: { kind: 'mount', application } }
}

/** The schemas among the options of a route, each looked at. */
function readSchemas(options: RouteOptions, { names, alternatives }: PathPattern): RouteSchemas {
  const schemas = Object.fromEntries(Object.entries(options).filter(([name]) => !OPTIONS.has(name)))
  for (const [part, schema] of Object.entries(schemas)) {
    if (!PARTS.has(part))
      throw new EntryError(`nothing is known of the option ${part}; there are ${[...OPTIONS, ...PARTS].join(', ')}`)
    if (schema !== undefined && !isSchema(schema)) {
      throw new EntryError(`its ${part} is no schema; give one of zod 4 or any Standard Schema`)
    }
  }
  const wildcards = alternatives.flat().flatMap((token) => (token.type === 'wildcard' ? [token.name] : []))
  const problems = [...docProblems(options)]
  if (problems.length === 0) problems.push(...schemaProblems(schemas, wildcards, options.responses))
  if (problems.length > 0) throw new EntryError(problems.join('; '))
  const stray = Object.keys((schemas.params && shapeOf(schemas.params)) ?? {}).filter((name) => !names.includes(name))
  if (stray.length === 0) return schemas
  const known = names.length === 0 ? 'none' : names.join(', ')
  throw new EntryError(
    `the params schema has ${stray.join(', ')}, which the pattern does not: its parameters are ${known}`,
  )
}

const OPTIONS: ReadonlySet<string> = new Set<keyof RouteOptions>([
  ...(['name', 'onInvalid', 'bodyLimit', 'form', 'middleware', 'doc', 'responses'] as const),
])
const PARTS = new Set(['params', 'query', 'headers', 'cookies', 'body', 'response', 'events'])

/** Prefixes and patterns are concatenated unchanged; two slashes in a row are always a mistake. */
function join(prefix: string, pattern: string): string {
  if (typeof pattern !== 'string') throw new EntryError(`its pattern is ${typeOf(pattern)}, not a string`)
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

function requireOctets(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new EntryError(`its bodyLimit is ${limit}; it must be a whole number of bytes, 0 or more`)
  }
}

function requireOptions(options: RouteOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new EntryError(`its options are ${typeOf(options)}, not an object`)
  const { name } = options
  if (name !== undefined && typeof name !== 'string') throw new EntryError(`its name is ${typeOf(name)}, not a string`)
}

function requireFunction<T extends (...parts: never[]) => unknown>(value: unknown, what: string): asserts value is T {
  if (typeof value !== 'function') throw new EntryError(`its ${what} is ${typeOf(value)}, not a function`)
}
