/** 10,000 idle WebSockets: memory per connection, and CPU per message of a broadcast, beside ws on node:http and Bun. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { bun, nodeHttp, tsgi } from '../contenders/peers.ts'
import { type Contender, LOAD_CORE, pinned, Running } from '../harness/contender.ts'
import { type Report, table } from '../harness/report.ts'
import type { Plan } from '../harness/rounds.ts'
import { median, ratioOf } from '../harness/statistics.ts'

const CONNECTIONS = 10_000
const BROADCASTS = 20
const SETTLE_MS = 3_000

interface Sample {
  /** µs of CPU per message. */
  readonly cpu: number
  /** KiB of private memory per connection. */
  readonly memory: number
}

export async function websockets(plan: Plan): Promise<Report> {
  const peers = [
    tsgi('tsgi', 'websockets/tsgi.ts:application', '--worker-connections', '12000'),
    { ...nodeHttp('websockets/ws.mjs'), name: 'ws on node:http' },
    bun('websockets/bun.mjs'),
  ]
  const samples = new Map<string, Sample[]>()
  for (let round = 0; round < Math.min(plan.rounds, 3); round++) {
    for (const peer of round % 2 === 0 ? peers : peers.toReversed())
      samples.set(peer.name, [...(samples.get(peer.name) ?? []), await sample(peer)])
  }
  const figures = (name: string, figure: keyof Sample) => (samples.get(name) ?? []).map((one) => one[figure])
  const rows = peers.map(({ name }) => [
    name,
    median(figures(name, 'cpu')).toFixed(2),
    median(figures(name, 'memory')).toFixed(1),
  ])
  const ratio = (figure: keyof Sample) => ratioOf(figures('tsgi', figure), figures('ws on node:http', figure))
  const title = `WebSockets, ${CONNECTIONS} connections, a broadcast of 100 bytes`
  return {
    blocks: [table(title, ['', 'CPU µs/message', 'KiB per connection'], rows)],
    targets: [
      { what: 'CPU per message of a broadcast, ws', sense: '≤', bound: 1.1, measured: ratio('cpu') },
      { what: 'memory per idle WebSocket, ws', sense: '≤', bound: 1, measured: ratio('memory') },
    ],
  }
}

/** A process of its own, for memory does not come back. */
async function sample(contender: Contender): Promise<Sample> {
  const one = await Running.start(contender)
  const script = fileURLToPath(new URL('../harness/sockets.ts', import.meta.url))
  const [command = '', ...args] = pinned(LOAD_CORE, [process.execPath, script, String(one.port), String(CONNECTIONS)])
  const before = one.memory
  const sockets = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(sockets.stdout, 'data')
    await sleep(SETTLE_MS)
    const memory = (one.memory - before) / CONNECTIONS / 1024
    // The first ones compile it.
    for (let i = 0; i < 3; i++) await broadcast(one)
    const cpu = one.cpuSeconds
    for (let i = 0; i < BROADCASTS; i++) await broadcast(one)
    return { cpu: ((one.cpuSeconds - cpu) / (CONNECTIONS * BROADCASTS)) * 1e6, memory }
  } finally {
    sockets.kill()
    await one.stop()
  }
}

/** Waits until it has left, as nearly as can be seen from outside. */
async function broadcast(one: Running): Promise<void> {
  await (await fetch(one.url('/broadcast'))).text()
  await sleep(250)
}
