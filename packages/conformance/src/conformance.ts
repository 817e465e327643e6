/**
 * Asks the rows of a target, and says of each what came of it. Two outcomes are red: a row that fails without a reason,
 * and a reason whose row passes. Depends on no test runner.
 */
import { http1Client, http2Client } from './client/client.ts'
import { Probe } from './probe.ts'
import type { Condition, Row } from './row.ts'
import { rows } from './rows.ts'
import type { Target } from './target.ts'

export type Outcome =
  | { readonly kind: 'passed' }
  /** Red. */
  | { readonly kind: 'failed'; readonly message: string }
  /** It failed, and the target says why. */
  | { readonly kind: 'lacking'; readonly reason: string; readonly message: string }
  /** Red: the target says that it lacks this, and it does not. */
  | { readonly kind: 'unneeded'; readonly reason: string }
  /** The description of the target leaves it out. */
  | { readonly kind: 'skipped'; readonly reason: string }

export interface Check {
  readonly id: string
  readonly title: string
  /** Runs the row. Never rejects. */
  readonly outcome: () => Promise<Outcome>
  /** For test runners. @returns whether the row was skipped. @throws Error for a red outcome */
  readonly run: () => Promise<'passed' | 'lacking' | 'skipped'>
}

/**
 * One check per row.
 * @param asked the rows: your own, for an application of your own. @default all of this package
 * @example
 * for (const { id, title, run } of conformance({ url: 'http://127.0.0.1:8000' })) test(`${id} ${title}`, run)
 */
export function conformance(target: Target, asked: readonly Row[] = rows): readonly Check[] {
  refuseUnknownReasons(target, asked)
  return asked.map((row) => {
    const outcome = () => outcomeOf(row, target)
    return { id: row.id, title: row.title, outcome, run: async () => settled(row, await outcome()) }
  })
}

export interface Report {
  readonly results: readonly { readonly id: string; readonly title: string; readonly outcome: Outcome }[]
  /** Rows that passed. */
  readonly passed: number
  /** Rows that failed, and reasons that are not needed. */
  readonly red: number
  readonly lacking: number
  readonly skipped: number
}

/**
 * Runs all rows, several at a time.
 * @param options.concurrency rows at a time. @default 8
 * @param options.only ids to run. @default all
 * @param options.rows rows of your own. @default all of this package
 */
export async function runConformance(
  target: Target,
  options: { readonly concurrency?: number; readonly only?: ReadonlySet<string>; readonly rows?: readonly Row[] } = {},
): Promise<Report> {
  const checks = conformance(target, options.rows).filter(({ id }) => options.only?.has(id) !== false)
  const results: Report['results'][number][] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < checks.length; i = next++) {
      const check = checks[i]
      if (check !== undefined) results[i] = { id: check.id, title: check.title, outcome: await check.outcome() }
    }
  }
  await Promise.all(Array.from({ length: options.concurrency ?? 8 }, work))
  const count = (...kinds: readonly Outcome['kind'][]) =>
    results.filter(({ outcome }) => kinds.includes(outcome.kind)).length
  return {
    results,
    passed: count('passed'),
    red: count('failed', 'unneeded'),
    lacking: count('lacking'),
    skipped: count('skipped'),
  }
}

async function outcomeOf(row: Row, target: Target): Promise<Outcome> {
  const left = row.asks?.find((condition) => !offers(target, condition))
  if (left !== undefined) return { kind: 'skipped', reason: `the target has no ${left}` }
  const reason = reasonFor(row, target)
  const message = await failureOf(row, target)
  if (message === undefined) return reason === undefined ? { kind: 'passed' } : { kind: 'unneeded', reason }
  const why = reason ?? target.sometimes?.[row.id]
  return why === undefined ? { kind: 'failed', message } : { kind: 'lacking', reason: why, message }
}

const ROW_TIMEOUT_MS = 20_000

/** One line, or `undefined` when the row passes. */
async function failureOf(row: Row, target: Target): Promise<string | undefined> {
  const probe = new Probe(target, target.protocol === 'h2' ? http2Client(target.url) : http1Client(target.url))
  const limit = Promise.withResolvers<never>()
  const timer = setTimeout(() => limit.reject(new Error('no outcome in time')), target.rowTimeoutMs ?? ROW_TIMEOUT_MS)
  try {
    const running = row.run(probe)
    running.catch(() => undefined) // it may fail behind the limit, when its connections are closed
    await Promise.race([running, limit.promise])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
  } finally {
    clearTimeout(timer)
    probe.close()
  }
}

function reasonFor({ id, needs = [] }: Row, { lacks = {} }: Target): string | undefined {
  return lacks[id] ?? needs.map((need) => lacks[need]).find((reason) => reason !== undefined)
}

function offers(target: Target, condition: Condition): boolean {
  const isUnix = target.url.startsWith('unix:')
  const isTls = target.url.startsWith('https:')
  const isHttp2 = target.protocol === 'h2'
  switch (condition) {
    case 'wire':
      return !isHttp2
    case 'h2':
      return isHttp2
    case 'mount':
      return target.mount !== undefined
    case 'unix':
      return isUnix
    case 'tcp':
      return !isUnix
    case 'tls':
      return isTls
    case 'clear':
      return !isTls
    case 'notes':
      return target.oneProcess !== false && target.runOnce !== true
    case 'long-running':
      return target.runOnce !== true
    case 'log':
      return target.log !== undefined
    case 'body-limit':
      return target.bodyLimit !== undefined
    case 'untrusted':
      return target.trusted !== true
  }
}

/** @throws TypeError for a reason that no row would ever have */
function refuseUnknownReasons({ lacks = {}, sometimes = {} }: Target, asked: readonly Row[]): void {
  const known = new Set<string>(asked.flatMap(({ id, needs = [] }) => [id, ...needs]))
  const unknown = Object.keys({ ...lacks, ...sometimes }).find((name) => !known.has(name))
  if (unknown !== undefined) throw new TypeError(`lacks: there is no capability or row ${JSON.stringify(unknown)}`)
}

function settled(row: Row, outcome: Outcome): 'passed' | 'lacking' | 'skipped' {
  if (outcome.kind === 'failed') throw new Error(`${row.id} ${row.title}: ${outcome.message}`)
  if (outcome.kind === 'unneeded')
    throw new Error(`${row.id} ${row.title}: it passes, though the target lacks it: ${outcome.reason}`)
  return outcome.kind
}
