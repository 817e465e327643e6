/** Routers alone: what a match costs on public route sets, as the sets grow, and what building the table costs. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { versionOf } from '../contenders/peers.ts'
import { pinned, SERVER_CORE } from '../harness/contender.ts'
import { factor, type Report, type Target, table } from '../harness/report.ts'
import type { Plan } from '../harness/rounds.ts'
import { say } from '../harness/say.ts'
import { median, ratioOf } from '../harness/statistics.ts'

/** The routers of contenders/router/routers.mjs, with the package each is in. */
const ROUTERS: readonly (readonly [name: string, installed: string])[] = [
  ['tsgi', 'this'],
  ['find-my-way', 'find-my-way'],
  ['hono RegExpRouter', 'hono'],
  ['hono TrieRouter', 'hono'],
  ['rou3', 'rou3'],
  ['memoirist', 'memoirist'],
  ['path-to-regexp loop', 'path-to-regexp'],
]
const SETS = ['hono12', 'github', 'shopify']
const GROWTH = ['growth-10', 'growth-100', 'growth-1000', 'growth-2500', 'growth-2500-all']

export interface RouterFigures {
  readonly name: string
  /** Nanoseconds of processor time per match, one for each round. */
  readonly ns: readonly number[]
  /** Milliseconds of processor time. */
  readonly construction: readonly number[]
  /** Requests of the set that were answered by another route than the first that matches. */
  readonly wrong: number
}

export async function router(plan: Plan): Promise<Report> {
  const blocks: string[] = []
  const targets: Target[] = []
  for (const set of SETS) {
    const figures = await measureRouters(
      ROUTERS.map(([name]) => name),
      set,
      plan.rounds,
    )
    blocks.push(routerTable(set, figures))
    targets.push(fastest(set, figures))
  }
  const grown: RouterFigures[] = []
  for (const set of GROWTH)
    grown.push(...(await measureRouters(['tsgi'], set, plan.rounds)).map((one) => ({ ...one, name: set })))
  const of = (set: string) => grown.find(({ name }) => name === set)
  const rows = grown.map(({ name, ns, construction }) => [name, median(ns).toFixed(0), median(construction).toFixed(1)])
  blocks.push(
    table(
      'Growth: 10 of so many routes asked for in turns; `-all`: each of them',
      ['', 'ns/match', 'construction, ms'],
      rows,
    ),
  )
  return {
    blocks,
    targets: [
      ...targets,
      {
        what: 'ns per match, 2,500 routes ÷ 10',
        sense: '≤',
        bound: 1.4,
        measured: ratioOf(of('growth-2500')?.ns ?? [], of('growth-10')?.ns ?? []),
      },
      {
        what: 'construction of 2,500 routes, milliseconds',
        sense: '≤',
        bound: 100,
        measured: median(of('growth-2500')?.construction ?? []),
      },
    ],
  }
}

/** In turns, each in a process of its own. Who cannot take the set, or takes too long, is left out loudly. */
export async function measureRouters(names: readonly string[], set: string, rounds: number): Promise<RouterFigures[]> {
  const figures = new Map(
    names.map((name) => [name, { name, ns: [] as number[], construction: [] as number[], wrong: 0 }]),
  )
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? [...figures.keys()] : [...figures.keys()].reverse()) {
      const one = figures.get(name)
      const result = await run(name, set)
      if (result === undefined || one === undefined) {
        figures.delete(name)
        continue
      }
      one.ns.push(result.ns)
      one.construction.push(result.construction)
      one.wrong = result.wrong
    }
  }
  return [...figures.values()]
}

interface Result {
  readonly ns: number
  readonly construction: number
  readonly wrong: number
}

async function run(name: string, set: string): Promise<Result | undefined> {
  const script = fileURLToPath(new URL('../contenders/router/run.mjs', import.meta.url))
  const [command = '', ...args] = pinned(SERVER_CORE, [process.execPath, script, name, set])
  try {
    const { stdout } = await promisify(execFile)(command, args, { timeout: LONGEST })
    return JSON.parse(stdout)
  } catch (error) {
    const why = error instanceof Error && 'killed' in error && error.killed ? 'takes too long' : lastWords(error)
    say(`LEFT OUT: ${name} on ${set}: ${why}`)
    return undefined
  }
}

const LONGEST = 20_000

function lastWords(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return /^\w*Error.*$/m.exec(said)?.[0] ?? said.slice(0, 200)
}

function routerTable(set: string, figures: readonly RouterFigures[]): string {
  const [ours] = figures
  const versions = new Map(ROUTERS)
  const rows = figures.map(({ name, ns, construction, wrong }) => [
    name,
    name === 'tsgi' ? 'this' : versionOf(versions.get(name) ?? name),
    median(ns).toFixed(0),
    factor(ratioOf(ours?.ns ?? [], ns)),
    median(construction).toFixed(1),
    wrong === 0 ? '' : String(wrong),
  ])
  const head = [set, 'version', 'ns/match', 'ours ÷ this', 'construction, ms', 'other answers']
  return table(`Routes: ${set}`, head, rows)
}

/** Ours ÷ the fastest of the others. */
function fastest(set: string, figures: readonly RouterFigures[]): Target {
  const [ours, ...others] = figures
  const ratios = others.map(({ ns }) => ratioOf(ours?.ns ?? [], ns))
  return {
    what: `ns per match on ${set}, the fastest other router`,
    sense: '≤',
    bound: 1,
    measured: Math.max(...ratios),
  }
}
