/** Server-sent events: 2,000 connections, a message each second; CPU per message and memory per connection. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { nodeHttp, tsgi } from '../contenders/peers.ts'
import { type Contender, LOAD_CORE, pinned, Running } from '../harness/contender.ts'
import { type Report, table } from '../harness/report.ts'
import type { Plan } from '../harness/rounds.ts'
import { median, ratioOf } from '../harness/statistics.ts'

const CONNECTIONS = 2000
const SETTLE_MS = 3_000

interface Sample {
  /** µs of CPU per message. */
  readonly cpu: number
  /** KiB of private memory per connection. */
  readonly memory: number
}

export async function eventStreams(plan: Plan): Promise<Report> {
  const peers = [
    tsgi('tsgi', 'events/tsgi.ts:application', '--worker-connections', '10000'),
    nodeHttp('events/node-http.mjs'),
  ]
  const samples = new Map<string, Sample[]>()
  for (let round = 0; round < Math.min(plan.rounds, 2); round++) {
    for (const peer of round % 2 === 0 ? peers : peers.toReversed())
      samples.set(peer.name, [...(samples.get(peer.name) ?? []), await sample(peer, Math.max(plan.seconds, 4))])
  }
  const figures = (name: string, figure: keyof Sample) => (samples.get(name) ?? []).map((one) => one[figure])
  const rows = peers.map(({ name }) => [
    name,
    median(figures(name, 'cpu')).toFixed(1),
    median(figures(name, 'memory')).toFixed(1),
  ])
  const ratio = (figure: keyof Sample) => ratioOf(figures('tsgi', figure), figures('node:http', figure))
  return {
    blocks: [
      table(`Server-sent events, ${CONNECTIONS} connections`, ['', 'CPU µs/message', 'KiB per connection'], rows),
    ],
    targets: [
      { what: 'CPU per event, node:http', sense: '≤', bound: 1.1, measured: ratio('cpu') },
      { what: 'memory per listener, node:http', sense: '≤', bound: 1, measured: ratio('memory') },
    ],
  }
}

/** A process of its own, for memory does not come back. */
async function sample(contender: Contender, seconds: number): Promise<Sample> {
  const one = await Running.start(contender)
  const script = fileURLToPath(new URL('../harness/listeners.ts', import.meta.url))
  const [command = '', ...args] = pinned(LOAD_CORE, [process.execPath, script, String(one.port), String(CONNECTIONS)])
  const before = one.memory
  const listeners = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(listeners.stdout, 'data')
    await sleep(SETTLE_MS)
    const memory = (one.memory - before) / CONNECTIONS / 1024
    const cpu = one.cpuSeconds
    await sleep(seconds * 1000)
    return { cpu: ((one.cpuSeconds - cpu) / (CONNECTIONS * seconds)) * 1e6, memory }
  } finally {
    listeners.kill()
    await one.stop()
  }
}
