/** TLS: a fresh handshake for each request beside node:https, and tickets that are good at each of two workers. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onNode, tsgi } from '../contenders/peers.ts'
import { type Contender, LOAD_CORE, pinned, type Running, SERVER_CORE } from '../harness/contender.ts'
import { comparison, cpuRatio, type Report, type Target, table } from '../harness/report.ts'
import { inRounds, type Plan, type Series } from '../harness/rounds.ts'

interface Answers {
  readonly connections: number
  readonly resumed: number
  readonly seconds: number
}

export async function tls(plan: Plan): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
  ]
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  try {
    return await run(plan, key, cert)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function run(plan: Plan, key: string, cert: string): Promise<Report> {
  const secured = (name: string, ...flags: readonly string[]): Contender => ({
    ...tsgi(name, 'hello/tsgi.ts:application', '--certfile', cert, '--keyfile', key, ...flags),
    isSecure: true,
  })
  const https = onNode('node:https', 'tls/node-https.mjs', process.versions.node)
  const nodeHttps: Contender = { ...https, isSecure: true, command: (start) => [...https.command(start), key, cert] }
  const fresh = await handshakes([secured('tsgi'), nodeHttps], plan, 'fresh')
  if (plan.only !== undefined) return { blocks: [], targets: [freshTarget(fresh)] }
  let resumed = Number.NaN
  const two = await handshakes(
    [secured('tsgi, 2 workers', '--workers', '2'), nodeHttps],
    plan,
    'resumed',
    (one, answers) => {
      if (one.contender.name.startsWith('tsgi')) resumed = answers.resumed / answers.connections
    },
  )
  return {
    blocks: [
      comparison('A new connection, fresh handshake', fresh, 'connection'),
      comparison('A new connection with a ticket', two, 'connection'),
      table('Resumed of those that offered a ticket, over 2 workers', ['', 'share'], [['tsgi', resumed.toFixed(3)]]),
    ],
    targets: [
      freshTarget(fresh),
      { what: 'share of sessions resumed over 2 workers', sense: '≥', bound: 1, measured: resumed },
    ],
  }
}

const freshTarget = (fresh: readonly Series[]): Target => ({
  what: 'fresh handshake, CPU, node:https',
  sense: '≤',
  bound: 1.1,
  measured: cpuRatio(fresh, 'node:https'),
})

function handshakes(
  contenders: readonly Contender[],
  plan: Plan,
  kind: 'fresh' | 'resumed',
  seen: (one: Running, answers: Answers) => void = () => undefined,
) {
  const ask = async (one: Running, seconds: number) => {
    const script = fileURLToPath(new URL('../harness/handshakes.ts', import.meta.url))
    const [command = '', ...args] = pinned(LOAD_CORE, [
      process.execPath,
      script,
      String(one.port),
      String(seconds),
      kind,
    ])
    const answers: Answers = JSON.parse((await promisify(execFile)(command, args)).stdout)
    seen(one, answers)
    return { requests: answers.connections, perSecond: answers.connections / answers.seconds }
  }
  return inRounds(contenders, plan.rounds, SERVER_CORE, {
    check: async (one) => void (await ask(one, 0.1)),
    warmUp: (one) => ask(one, 1),
    run: (one) => ask(one, plan.seconds),
  })
}
