/** What a request costs as connections grow, and what an idle connection costs in memory. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { nodeHttp, tsgi } from '../contenders/peers.ts'
import { type Contender, LOAD_CORE, pinned, Running } from '../harness/contender.ts'
import { load } from '../harness/load.ts'
import { factor, type Report, table } from '../harness/report.ts'
import { measure, type Plan } from '../harness/rounds.ts'
import { median } from '../harness/statistics.ts'
import { BARE } from './hello.ts'

const OURS = tsgi('tsgi', 'hello/tsgi.ts:application', '--worker-connections', '10000', '--keep-alive', '600')
const NODE_HTTP = nodeHttp('hello/node-http-patient.mjs')
const STEPS = [1, 64, 1000, 4000]
const IDLE = 4000

export async function growth(plan: Plan): Promise<Report> {
  const byStep = new Map<number, readonly { readonly name: string; readonly cpu: readonly number[] }[]>()
  for (const connections of STEPS)
    byStep.set(connections, await measure([OURS, NODE_HTTP], BARE, { ...plan, connections }))
  const cost = (name: string, connections: number) =>
    median(byStep.get(connections)?.find((one) => one.name === name)?.cpu ?? [])
  const memory = new Map<string, number>()
  for (const contender of [OURS, NODE_HTTP])
    memory.set(contender.name, await memoryPerConnection(contender, plan.rounds))
  const rows = [OURS, NODE_HTTP].map(({ name }) => [
    name,
    ...STEPS.map((step) => cost(name, step).toFixed(1)),
    factor(cost(name, 4000) / cost(name, 1)),
    ((memory.get(name) ?? Number.NaN) / 1024).toFixed(1),
  ])
  const head = ['', ...STEPS.map((step) => `µs at ${step}`), '4,000 ÷ 1', 'KiB per idle connection']
  return {
    blocks: [table('CPU per request with so many busy connections, and the memory of an idle one', head, rows)],
    targets: [
      {
        what: 'CPU per request at 4,000 connections ÷ at 1',
        sense: '≤',
        bound: 1.3,
        measured: cost('tsgi', 4000) / cost('tsgi', 1),
      },
      {
        what: 'memory per idle connection, node:http',
        sense: '≤',
        bound: 0.6,
        measured: (memory.get('tsgi') ?? Number.NaN) / (memory.get('node:http') ?? Number.NaN),
      },
    ],
  }
}

/**
 * Octets, the median over the rounds, each with a process of its own. Compilers and the young heap take their share with
 * the first thousands of requests, on however few connections: they come before, and are not put down to connections.
 */
async function memoryPerConnection(contender: Contender, rounds: number): Promise<number> {
  const figures: number[] = []
  const folder = mkdtempSync(join(tmpdir(), 'bench-growth-'))
  for (let round = 0; round < rounds; round++) {
    const one = await Running.start(contender)
    await load(one.port, BARE, { connections: FEW, seconds: WARM_UP }, folder)
    await sleep(SETTLE)
    const script = fileURLToPath(new URL('../harness/idle.ts', import.meta.url))
    const before = one.memory
    const [command = '', ...args] = pinned(LOAD_CORE, [process.execPath, script, String(one.port), String(IDLE)])
    const holder = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    // Its heap shrinks again after the rush.
    await sleep(SETTLE)
    figures.push((one.memory - before) / IDLE)
    holder.kill()
    await once(holder, 'exit')
    await one.stop()
  }
  rmSync(folder, { recursive: true, force: true })
  return median(figures)
}

const FEW = 8
/** Seconds. */
const WARM_UP = 3
/** Milliseconds. */
const SETTLE = 3_000
