/**
 * Compares `fromPythonWsgi` with gunicorn, waitress and uWSGI on the same applications, each with one process: requests
 * per second, and processor time per request over all processes, which is the fair figure on a machine that serves and
 * loads at once. Fresh processes in every round, rounds interleaved, medians. Loopback only.
 *
 * `node python.ts [--rounds 3] [--seconds 3] [--warm-up 5] [--apps flask,bare] [--peers 'tsgi,waitress']`; the Markdown
 * goes to stdout. The seconds of warming up are not counted: compilers that run beside the program take their time once.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { parseArgs } from 'node:util'
import { CONTENDERS, type Contender } from './python/contenders.ts'
import { cpuSeconds } from './python/cpu.ts'

const FOLDER = new URL('python', import.meta.url).pathname
const APPS = ['flask', 'bare', 'django', 'pyramid', 'stream', 'upload', 'download']
const CONNECTIONS = 32

/** Milliseconds that a contender may take to leave. */
const FAREWELL = 10_000

interface Sample {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly p99: number
}

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
      'warm-up': { type: 'string', default: '5' },
      apps: { type: 'string', default: APPS.join(',') },
      peers: { type: 'string', default: CONTENDERS.map(({ name }) => name).join(',') },
    },
  })
  const python = findPython()
  const contenders = CONTENDERS.filter(({ name }) => values.peers.split(',').includes(name))
  for (const app of values.apps.split(',')) {
    const samples = new Map<string, Sample[]>()
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const contender of contenders) {
        const sample = await measure(contender, app, python, Number(values['warm-up']), Number(values.seconds))
        process.stderr.write(`${app} ${contender.name}: ${JSON.stringify(sample)}\n`)
        samples.set(contender.name, [...(samples.get(contender.name) ?? []), sample])
      }
    }
    process.stdout.write(table(app, samples))
  }
}

/** Debian's packages are not seen by every `python3`. */
function findPython(): string {
  const candidates = [process.env.PYTHON ?? '/usr/bin/python3', 'python3']
  const wanted = 'import flask, django, pyramid, gunicorn, waitress'
  const found = candidates.find((name) => spawnSync(name, ['-c', wanted], { stdio: 'ignore' }).status === 0)
  if (found === undefined) throw new Error(`no python3 that can ${wanted}; set PYTHON`)
  return found
}

async function measure(
  contender: Contender,
  app: string,
  python: string,
  warmUp: number,
  seconds: number,
): Promise<Sample> {
  const port = await freePort()
  const [command = '', ...args] = contender.command(port, python)
  const child = spawn(command, args, {
    cwd: FOLDER,
    env: { ...process.env, BENCH_APP: app, BENCH_PYTHON: python },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  try {
    await untilAnswers(port, child)
    load(port, app, warmUp)
    const before = cpuSeconds(child.pid ?? 0)
    const result = load(port, app, seconds)
    const cpu = cpuSeconds(child.pid ?? 0) - before
    return { perSecond: result.perSecond, cpuMicros: (cpu / result.requests) * 1e6, p99: result.p99 }
  } finally {
    await stop(child)
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), FAREWELL)
  await gone
  clearTimeout(timer)
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function untilAnswers(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}`)
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (answer?.status === 200) {
      await answer.arrayBuffer()
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${child.spawnargs.join(' ')} does not answer`)
}

function load(port: number, app: string, seconds: number): { requests: number; perSecond: number; p99: number } {
  const script = app === 'upload' ? ['-s', `${FOLDER}/upload.lua`] : []
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', ...script, `http://127.0.0.1:${port}/`]
  const said = execFileSync('wrk', args, { encoding: 'utf8' })
  const requests = Number(/(\d+) requests in/.exec(said)?.[1] ?? 0)
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1] ?? 0)
  const [, number = '0', unit = 'ms'] = /99%\s+([\d.]+)(us|ms|s)/.exec(said) ?? []
  return { requests, perSecond, p99: Number(number) * (unit === 's' ? 1000 : unit === 'us' ? 0.001 : 1) }
}

function table(app: string, samples: ReadonlyMap<string, readonly Sample[]>): string {
  const rows = [...samples].map(([name, all]) => ({
    name,
    perSecond: median(all.map((sample) => sample.perSecond)),
    cpuMicros: median(all.map((sample) => sample.cpuMicros)),
    p99: median(all.map((sample) => sample.p99)),
  }))
  const ours = rows[0]
  const lines = rows.map(({ name, perSecond, cpuMicros, p99 }) => {
    const ratios = [ratio(ours?.perSecond, perSecond), ratio(ours?.cpuMicros, cpuMicros)]
    return `| ${[name, perSecond.toFixed(0), cpuMicros.toFixed(0), p99.toFixed(1), ...ratios].join(' | ')} |`
  })
  const head = ['requests/s', 'CPU µs/request', 'p99 ms', `${rows[0]?.name} ÷ this: requests/s`, 'CPU/request']
  return `\n| ${app} | ${head.join(' | ')} |\n|---|${'---|'.repeat(head.length)}\n${lines.join('\n')}\n`
}

function ratio(ours: number | undefined, theirs: number): string {
  return ours === undefined || theirs === 0 ? '–' : (ours / theirs).toFixed(2)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
