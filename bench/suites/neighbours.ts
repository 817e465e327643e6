/** Hellos at 200 a second beside other work: how long they take, with one worker and two, beside Fastify in the same run. */
import { execFile, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onNode, tsgi } from '../contenders/peers.ts'
import { LOAD_CORE, pinned, Running } from '../harness/contender.ts'
import { type Report, type Target, table } from '../harness/report.ts'
import type { Plan } from '../harness/rounds.ts'
import { median } from '../harness/statistics.ts'

const KINDS: Readonly<Record<string, string>> = {
  nothing: 'nothing',
  uploads: '4 uploads of 10 MiB kept whole',
  downloads: '4 downloads of 10 MiB',
  chunks: 'endless chunks of one byte',
  typed: '24 typed bodies of 1 MB',
  resets: '4 clients that reset',
  work: '5 ms of CPU, 65 times a second',
}

interface Times {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const FIGURES = ['p50', 'p99', 'max'] as const
const OURS = 'bodies/tsgi.ts:application'
const PEERS = [
  tsgi('tsgi', OURS),
  tsgi('tsgi, 2 workers', OURS, '--workers', '2'),
  onNode('fastify', 'bodies/fastify.mjs'),
]

/** @param kinds the work beside the hellos; all without it. */
export async function neighbours(plan: Plan, kinds: readonly string[] = Object.keys(KINDS)): Promise<Report> {
  const running = await Promise.all(PEERS.map((peer) => Running.start(peer, 'all')))
  const rows: string[][] = []
  const targets: Target[] = []
  try {
    for (const one of running) await beside(one, 'typed', 1)
    for (const kind of kinds) {
      const title = KINDS[kind] ?? kind
      const times = await inTurns(running, kind, plan)
      rows.push([title, ...running.map((one) => spelt(times.get(one)))])
      const [ours, two, theirs] = running.map((one) => times.get(one))
      if (ours === undefined || two === undefined || theirs === undefined || kind === 'nothing') continue
      const worst = (a: Times, b: Times) => Math.max(...FIGURES.slice(0, 2).map((figure) => a[figure] / b[figure]))
      targets.push({
        what: `p50 and p99 beside ${title}, fastify`,
        sense: '≤',
        bound: 1,
        measured: worst(ours, theirs),
      })
      targets.push({
        what: `p50 and p99 beside ${title}, 2 workers ÷ 1`,
        sense: '≤',
        bound: 1,
        measured: worst(two, ours),
      })
    }
  } finally {
    for (const one of running) await one.stop()
  }
  return {
    blocks: [table('p50 / p99 / maximum of a hello, milliseconds', ['beside', ...PEERS.map(({ name }) => name)], rows)],
    targets,
  }
}

async function inTurns(running: readonly Running[], kind: string, plan: Plan): Promise<Map<Running, Times>> {
  const samples = new Map<Running, Times[]>()
  for (let round = 0; round < plan.rounds; round++) {
    for (const one of round % 2 === 0 ? running : running.toReversed())
      samples.set(one, [...(samples.get(one) ?? []), await beside(one, kind, plan.seconds)])
  }
  const middle = (all: readonly Times[], figure: keyof Times) => median(all.map((times) => times[figure]))
  return new Map(
    [...samples].map(([one, all]) => [
      one,
      { p50: middle(all, 'p50'), p99: middle(all, 'p99'), max: middle(all, 'max') },
    ]),
  )
}

async function beside(one: Running, kind: string, seconds: number): Promise<Times> {
  const [command = '', ...args] = script('neighbour.ts', one.port, kind)
  const neighbour = spawn(command, args, { stdio: 'ignore' })
  try {
    await sleep(400)
    const [file = '', ...rest] = script('hellos.ts', one.port, String(seconds))
    return JSON.parse((await promisify(execFile)(file, rest)).stdout)
  } finally {
    neighbour.kill('SIGKILL')
    await sleep(100)
  }
}

function script(name: string, port: number, argument: string): readonly string[] {
  const path = fileURLToPath(new URL(`../harness/${name}`, import.meta.url))
  return pinned(LOAD_CORE, [process.execPath, path, String(port), argument])
}

function spelt(times: Times | undefined): string {
  return times === undefined ? '–' : FIGURES.map((figure) => times[figure].toFixed(1)).join(' / ')
}
