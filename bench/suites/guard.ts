/**
 * The cheap ratios, against those that were kept: hello ÷ node:http, router ÷ find-my-way. For every change, in less
 * than a minute. A ratio is worse when it is larger: ours is above the line.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpuRatio, factor, type Report, table } from '../harness/report.ts'
import { measure, type Plan } from '../harness/rounds.ts'
import { ratioOf } from '../harness/statistics.ts'
import { BARE, NODE_HTTP, OURS } from './hello.ts'
import { measureRouters } from './router.ts'

const BASELINE = new URL('../baseline.json', import.meta.url)
/** How much worse a ratio may be than the one that was kept. */
const TOLERANCE = 1.15

type Ratios = Readonly<Record<string, number>>

export async function guard(plan: Plan): Promise<Report> {
  const baseline: Ratios = JSON.parse(readFileSync(BASELINE, 'utf8'))
  const now = await ratios(plan)
  const rows = Object.entries(now).map(([what, ratio]) => [what, factor(baseline[what] ?? Number.NaN), factor(ratio)])
  return {
    blocks: [table('Ratios, ours ÷ theirs', ['', 'kept', 'now'], rows)],
    targets: Object.entries(now).map(([what, measured]) => ({
      what,
      sense: '≤',
      bound: Number(((baseline[what] ?? 0) * TOLERANCE).toFixed(3)),
      measured,
    })),
  }
}

/** Keeps what is measured now as what is to be held. */
export async function keepBaseline(plan: Plan): Promise<void> {
  writeFileSync(BASELINE, `${JSON.stringify(await ratios(plan), undefined, 2)}\n`)
}

async function ratios(plan: Plan): Promise<Ratios> {
  const hello = await measure([OURS, NODE_HTTP], BARE, plan)
  const found: Record<string, number> = { 'hello, CPU per request, node:http': rounded(cpuRatio(hello, 'node:http')) }
  for (const set of ['hono12', 'github']) {
    const [ours, theirs] = await measureRouters(['tsgi', 'find-my-way'], set, 3)
    found[`router, ${set}, find-my-way`] = rounded(ratioOf(ours?.ns ?? [], theirs?.ns ?? []))
  }
  return found
}

function rounded(ratio: number): number {
  return Number(ratio.toFixed(3))
}
