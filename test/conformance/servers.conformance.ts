/**
 * `pnpm conformance`: every kind of application on every server that this machine has, each cell a count and each gap its
 * reason. Writes docs/compatibility.md with TSGI_WRITE=1. What is missing is skipped by name.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Report, type Row, rows, runConformance, type Target } from '@tsgi/conformance'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'
import { type Cell, compatibilityPage } from './compatibility-page.ts'
import { GUEST_KINDS } from './guests/kinds.ts'
import { guestRows } from './guests/rows.ts'
import { type MatrixServer, SERVERS } from './servers.ts'
import type { OpenTarget } from './targets.ts'

const BARE = 'bare'
const KINDS = [BARE, ...GUEST_KINDS.map(({ name }) => name)]

/** Rows of fronts wait for what never comes: several servers are asked at a time. */
const ROW_TIMEOUT_MS = 16_000

const cells = new Map(SERVERS.map(({ name }) => [name, new Map<string, Cell>()]))

function put(server: string, kind: string, cell: Cell): void {
  cells.get(server)?.set(kind, cell)
}

/** Asks one cell of the matrix. */
async function ask({ target, close }: OpenTarget, asked: readonly Row[]): Promise<Report> {
  try {
    const [lacks, sometimes] = [reasonsFor(target.lacks, asked), reasonsFor(target.sometimes, asked)]
    const bounded = { rowTimeoutMs: ROW_TIMEOUT_MS, ...target, lacks, sometimes }
    return await askAgain(await runConformance(bounded, { rows: asked, concurrency: 6 }), bounded, asked)
  } finally {
    await close()
  }
}

/** A row that has run out of time beside others, on a machine that does more than this, is asked once more, alone. */
async function askAgain(report: Report, target: Target, asked: readonly Row[]): Promise<Report> {
  const isLate = ({ outcome }: Report['results'][number]) =>
    outcome.kind === 'failed' && /in time|waited|was not|after the client left/.test(outcome.message)
  const late = new Set(report.results.filter(isLate).map(({ id }) => id))
  if (late.size === 0) return report
  const again = await runConformance(target, { rows: asked, only: late, concurrency: 1 })
  const found = new Map(again.results.map((result) => [result.id, result]))
  return {
    results: report.results.map((result) => found.get(result.id) ?? result),
    passed: report.passed + again.passed,
    red: report.red - late.size + again.red,
    lacking: report.lacking + again.lacking,
    skipped: report.skipped,
  }
}

/** Reasons of a server are given for all its rows; a guest is asked some of them. */
function reasonsFor(lacks: Target['lacks'] = {}, asked: readonly Row[]): NonNullable<Target['lacks']> {
  const known = new Set<string>(asked.flatMap(({ id, needs = [] }) => [id, ...needs]))
  return Object.fromEntries(Object.entries(lacks).filter(([name]) => known.has(name)))
}

function redRows({ results }: Report): readonly string[] {
  return results.flatMap(({ id, outcome }) =>
    outcome.kind === 'failed'
      ? [`${id}: ${outcome.message}`]
      : outcome.kind === 'unneeded'
        ? [`${id} passes: ${outcome.reason}`]
        : [],
  )
}

function skipped(missing: string | undefined): string {
  return missing === undefined ? '' : ` — SKIPPED: ${missing}`
}

describe.concurrent(BARE, () => {
  for (const { name, open, missing } of SERVERS) {
    it.skipIf(missing !== undefined)(`on ${name}${skipped(missing)}`, async () => {
      const report = await ask(await open(), rows)
      put(name, BARE, report)
      expect(redRows(report)).toEqual([])
    })
  }
})

describe.each(GUEST_KINDS)('$name', ({ name: kind, open, missing }) => {
  it.skipIf(missing !== undefined)(`on every server${skipped(missing)}`, async () => {
    const { application, close } = await open()
    const red: string[] = []
    const cell = async (server: MatrixServer) => {
      const report = await ask(await server.open(application), guestRows)
      put(server.name, kind, report)
      red.push(...redRows(report).map((line) => `${server.name}: ${line}`))
    }
    const waiting = SERVERS.filter(({ hostsNoGuests, missing = hostsNoGuests }) => missing === undefined)
    for (const { name, hostsNoGuests } of SERVERS) if (hostsNoGuests !== undefined) put(name, kind, hostsNoGuests)
    const work = async () => {
      for (let server = waiting.shift(); server !== undefined; server = waiting.shift()) await cell(server)
    }
    await Promise.all([work(), work(), work()])
    await close()
    expect(red).toEqual([])
  })
})

afterAll(() => {
  if (process.env.TSGI_WRITE === '1')
    writeFileSync(join(ROOT, 'docs/compatibility.md'), compatibilityPage(cells, KINDS))
})
