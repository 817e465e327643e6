/**
 * `pnpm bench SUITE… [--only NAME,NAME] [--rounds N] [--seconds N] [--connections N] [--write]`: each contender in a
 * process of its own, each answer checked before it is timed, rounds interleaved, medians; Markdown on standard output,
 * progress on standard error. `--only` measures nobody else beside us, as `--only 'node:http,bare socket'`; targets
 * against the others are not measured then. `--write` puts it into docs/PERFORMANCE.md as well. `guard` fails where a ratio is worse than the one kept in
 * baseline.json; `guard --keep` keeps those of now. Linux, `wrk` and `taskset` are needed.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeCharts } from './harness/chart.ts'
import { writeGoals, writeSection } from './harness/document.ts'
import { installContenders } from './harness/install.ts'
import { wrkVersion } from './harness/load.ts'
import { machine } from './harness/machine.ts'
import { isMet, type Report, targetTable } from './harness/report.ts'
import type { Plan } from './harness/rounds.ts'
import { say } from './harness/say.ts'
import { bodies } from './suites/bodies.ts'
import { eventStreams } from './suites/events.ts'
import { forms } from './suites/forms.ts'
import { framework } from './suites/framework.ts'
import { growth } from './suites/growth.ts'
import { guard, keepBaseline } from './suites/guard.ts'
import { http } from './suites/http.ts'
import { neighbours } from './suites/neighbours.ts'
import { pages } from './suites/pages.ts'
import { router } from './suites/router.ts'
import { serve } from './suites/serve.ts'
import { start } from './suites/start.ts'
import { staticFiles } from './suites/static.ts'
import { stream } from './suites/stream.ts'
import { tls } from './suites/tls.ts'
import { websockets } from './suites/websockets.ts'

const SUITES: Readonly<Record<string, (plan: Plan) => Promise<Report>>> = {
  http,
  framework,
  router,
  static: staticFiles,
  stream,
  bodies,
  forms,
  pages,
  events: eventStreams,
  tls,
  start,
  neighbours,
  growth,
  serve,
  websockets,
  guard,
}

/** Those that are run when none is named. */
const USUAL = [
  'http',
  'framework',
  'router',
  'static',
  'stream',
  'bodies',
  'forms',
  'pages',
  'events',
  'tls',
  'start',
  'neighbours',
  'growth',
  'serve',
  'websockets',
]

// Contenders are ended by `exit` listeners, which a signal alone does not call.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.exitCode = await main()

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '64' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  })
  const plan = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    only: values.only?.split(','),
  }
  if (positionals[0] === 'charts') {
    for (const path of writeCharts()) say(path)
    return 0
  }
  const names = positionals.length === 0 ? USUAL : positionals
  const unknown = names.find((name) => name !== 'python' && !Object.hasOwn(SUITES, name))
  if (unknown !== undefined) {
    say(`bench: no suite ${JSON.stringify(unknown)}; there are ${Object.keys(SUITES).join(', ')} and python`)
    return 2
  }
  installContenders()
  process.stdout.write(`${machine()} ${plan.rounds} rounds of ${plan.seconds} s, ${plan.connections} connections.\n\n`)
  const codes: number[] = []
  for (const name of names) codes.push(name === 'python' ? python() : await runSuite(name, plan, values))
  return Math.max(...codes)
}

async function runSuite(name: string, plan: Plan, { write, keep }: { write: boolean; keep: boolean }): Promise<number> {
  if (wrkVersion() === undefined && name !== 'router') {
    say(`SKIPPED: ${name}: wrk is not installed (Debian: apt-get install wrk)`)
    return 1
  }
  if (name === 'guard' && keep) {
    await keepBaseline()
    return 0
  }
  say(`bench ${name}`)
  const report = await (SUITES[name] ?? http)(plan)
  const markdown = `${[...report.blocks, targetTable(report.targets)].join('\n')}`
  process.stdout.write(`## ${name}\n\n${markdown}\n`)
  if (write) {
    writeSection(name, markdown)
    writeGoals()
    writeCharts()
  }
  // Elsewhere a target that is not met is a finding; here it is a failure.
  return name === 'guard' && !report.targets.every(isMet) ? 1 : 0
}

/** Python's own comparison, as it is. */
function python(): number {
  return (
    spawnSync(process.execPath, [fileURLToPath(new URL('python.ts', import.meta.url))], { stdio: 'inherit' }).status ??
    1
  )
}
