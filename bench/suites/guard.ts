/**
 * One cheap ratio of each suite, against those that were kept: for every change, in less than two minutes. A ratio is worse when it is
 * larger: ours is above the line.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpuRatio, factor, type Report, table } from '../harness/report.ts'
import { measure, type Plan, type Series } from '../harness/rounds.ts'
import { say } from '../harness/say.ts'
import { ratioOf } from '../harness/statistics.ts'
import { measureWhole } from './bodies.ts'
import { eventStreams } from './events.ts'
import { measureFields } from './forms.ts'
import { measureParam } from './framework.ts'
import { BARE, NODE_HTTP, OURS } from './hello.ts'
import { neighbours } from './neighbours.ts'
import { measurePage } from './pages.ts'
import { measureRouters } from './router.ts'
import { measureLog } from './serve.ts'
import { start } from './start.ts'
import { measureSmall } from './static.ts'
import { stream } from './stream.ts'
import { tls } from './tls.ts'

const BASELINE = new URL('../baseline.json', import.meta.url)
/** How much worse a ratio may be than the one that was kept. */
const TOLERANCE = 1.15
/** Of what a busy machine moves most: times in milliseconds, and processes that have just been started. */
const WIDE_TOLERANCE = 1.5
const WIDE = /^(?:neighbours|start|events|tls)/

type Ratios = Readonly<Record<string, number>>

const hello = (plan: Plan) => measure([OURS, NODE_HTTP], BARE, plan)
const cpu = (series: (plan: Plan) => Promise<readonly Series[]>, name: string) => async (plan: Plan) =>
  cpuRatio(await series({ ...plan, only: [name] }), name)
const first = (suite: (plan: Plan) => Promise<Report>) => async (plan: Plan) =>
  (await suite({ ...plan, only: [] })).targets[0]?.measured ?? Number.NaN

/** By suite and figure; each is small. */
const FIGURES: Readonly<Record<string, (plan: Plan) => Promise<number>>> = {
  'http: hello, CPU per request, node:http': cpu(hello, 'node:http'),
  'framework: a parameter, CPU, fastify': cpu(measureParam, 'fastify'),
  'router: hono12, find-my-way': (plan) => router('hono12', plan),
  'router: github, find-my-way': (plan) => router('github', plan),
  'static: 1 KiB, CPU, nginx': cpu(measureSmall, 'nginx'),
  // The throughput is ours ÷ theirs, so its inverse is what may not grow.
  'stream: upload, time, node:http': async (plan) => 1 / (await first(stream)(plan)),
  'bodies: 10 MiB kept whole, CPU, node:http': cpu(measureWhole, 'node:http'),
  'forms: 900 fields, CPU, busboy': cpu(measureFields, 'node:http + busboy'),
  'pages: 90 KB, CPU, fastify': cpu(measurePage, 'fastify'),
  'events: CPU per event, node:http': first(eventStreams),
  'tls: fresh handshake, CPU, node:https': first(tls),
  'start: to the first answer, built, node:http': first(start),
  'neighbours: beside uploads, fastify': first((plan) => neighbours(plan, ['uploads'])),
  'growth: hello on 1,000 connections, CPU, node:http': cpu(
    (plan) => hello({ ...plan, connections: 1000 }),
    'node:http',
  ),
  'serve: access log, CPU, without': cpu(measureLog, 'tsgi'),
}

export async function guard(): Promise<Report> {
  const baseline: Ratios = JSON.parse(readFileSync(BASELINE, 'utf8'))
  const now = await ratios()
  const rows = Object.entries(now).map(([what, ratio]) => [what, factor(baseline[what] ?? Number.NaN), factor(ratio)])
  return {
    blocks: [table('Ratios, ours ÷ theirs', ['', 'kept', 'now'], rows)],
    targets: Object.entries(now).map(([what, measured]) => ({
      what,
      sense: '≤',
      bound: Number(((baseline[what] ?? 0) * (WIDE.test(what) ? WIDE_TOLERANCE : TOLERANCE)).toFixed(3)),
      measured,
    })),
  }
}

/** Keeps what is measured now as what is to be held. */
export async function keepBaseline(): Promise<void> {
  writeFileSync(BASELINE, `${JSON.stringify(await ratios(), undefined, 2)}\n`)
}

/** What one figure takes: short rounds of few contenders, so that all of them take less than two minutes. */
const PLAN: Plan = { rounds: 2, seconds: 1, connections: 64, warmUp: 1 }

async function ratios(): Promise<Ratios> {
  const found: Record<string, number> = {}
  for (const [what, measured] of Object.entries(FIGURES)) {
    say(what)
    found[what] = Number((await measured(PLAN)).toFixed(3))
  }
  return found
}

async function router(set: string, { rounds }: Plan): Promise<number> {
  const [ours, theirs] = await measureRouters(['tsgi', 'find-my-way'], set, rounds)
  return ratioOf(ours?.ns ?? [], theirs?.ns ?? [])
}
