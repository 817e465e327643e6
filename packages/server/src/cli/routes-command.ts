/**
 * `tsgi routes app.ts:application`: prints the route table of an application that has one, and which of its entries
 * overlap in part. Knows a table by its shape, and no framework.
 */
import { ConfigError } from '../config/config-error.ts'
import { loadExport } from '../loader/load-export.ts'
import { isPython } from '../loader/python-target.ts'
import { print } from './output.ts'
import { type CommandStreams, parseOwn } from './subcommand-arguments.ts'

const USAGE = 'tsgi routes MODULE[:CALLABLE] [--json]'

/** @returns the exit code: 0. @throws ConfigError (exit code 2) when there is no table to print. */
export async function routesCommand(args: readonly string[], streams: CommandStreams = process): Promise<number> {
  const { values, positionals } = parseOwn(args, { json: { type: 'boolean' }, help: { type: 'boolean' } }, USAGE)
  const [target, ...rest] = positionals
  if (values.help === true) return await said(streams, `Usage: ${USAGE}\n`)
  if (target === undefined || rest.length > 0) throw new ConfigError(`name one application: ${USAGE}`)
  const application = isPython(target, {}) ? undefined : (await loadExport(target)).value
  const table = { routes: tableOf(application, target), ambiguities: ambiguitiesOf(application) }
  if (values.json === true) return await said(streams, `${JSON.stringify(table, undefined, 2)}\n`)
  return await said(streams, `${tableText(table.routes)}${ambiguityText(table.ambiguities)}`)
}

/** One entry, as `--json` prints it. */
interface Row {
  /** `null` where every method is answered. */
  readonly methods: readonly string[] | null
  /** Only where one host is answered. */
  readonly host?: string
  readonly pattern: string
  readonly name: string | null
  readonly kind: string
  readonly place: string
}

/** Two entries that both match a path, while neither holds the other; as `--json` prints it. */
interface Ambiguity {
  readonly first: string
  readonly second: string
  readonly example: string
}

async function said(streams: CommandStreams, text: string): Promise<number> {
  await print(streams.stdout, text)
  return 0
}

function tableOf(application: unknown, target: string): readonly Row[] {
  const table: unknown = typeof application === 'function' && 'routes' in application ? application.routes : undefined
  if (Array.isArray(table) && table.every(isEntry)) return table.map(rowOf)
  throw new ConfigError(
    `${target} has no route table: it is not an Application of @tsgi/framework, or something is wrapped around one; name the Application itself, or give it what is around it as its option middleware`,
  )
}

/** What a table says of itself; one that does not, has none. */
function ambiguitiesOf(application: unknown): readonly Ambiguity[] {
  if (typeof application !== 'function' || !('ambiguities' in application)) return []
  const { ambiguities } = application
  if (!Array.isArray(ambiguities)) return []
  return ambiguities.map(({ first, second, example }) => ({
    first: String(first),
    second: String(second),
    example: String(example),
  }))
}

/** What an entry has at least. */
interface Entry {
  readonly pattern: string
  readonly methods?: unknown
  readonly host?: unknown
  readonly name?: unknown
  readonly kind?: unknown
  readonly place?: unknown
}

function isEntry(entry: unknown): entry is Entry {
  return typeof entry === 'object' && entry !== null && 'pattern' in entry && typeof entry.pattern === 'string'
}

function rowOf({ pattern, methods, host, name, kind, place }: Entry): Row {
  return {
    methods: Array.isArray(methods) ? methods.map(String) : null,
    ...(typeof host === 'string' && { host }),
    pattern,
    name: typeof name === 'string' ? name : null,
    kind: String(kind ?? ''),
    place: String(place ?? ''),
  }
}

/** Columns as wide as their widest cell. A column of hosts only where there are any. */
function tableText(rows: readonly Row[]): string {
  const hasHosts = rows.some(({ host }) => host !== undefined)
  const head = ['METHODS', ...(hasHosts ? ['HOST'] : []), 'PATTERN', 'NAME', 'KIND', 'PLACE']
  const cells = rows.map(({ methods, host = '*', pattern, name, kind, place }) => [
    methods?.join(', ') ?? 'any',
    ...(hasHosts ? [host] : []),
    pattern === '' ? '/' : pattern, // a mount that takes all there is
    name ?? '-',
    kind,
    place,
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => (row[column] ?? '').length)))
  const lines = [head, ...cells].map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function ambiguityText(ambiguities: readonly Ambiguity[]): string {
  if (ambiguities.length === 0) return ''
  const lines = ambiguities.map(({ first, second, example }) => `${example}  ${first}, not ${second}\n`)
  return `\nBoth match, and the first answers:\n${lines.join('')}`
}
