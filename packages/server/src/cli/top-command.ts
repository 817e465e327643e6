/**
 * `tsgi top`: the workers of a running server, again and again. A screen on a terminal, rows where the output is read by another
 * program. Knows the loop; what a row says is `top-table`'s, how a screen is drawn `live-screen`'s.
 */
import { ConfigError } from '../config/config-error.ts'
import { readTopSample, type TopSample } from '../ipc/top-sample.ts'
import { control, strangerAt } from './control-client.ts'
import { LiveScreen } from './live-screen.ts'
import { print } from './output.ts'
import { SERVER_FLAGS, SERVER_FLAGS_HELP, serverSocket } from './server-socket.ts'
import { type CommandStreams, parseOwn } from './subcommand-arguments.ts'
import { topTable } from './top-table.ts'

const USAGE = 'tsgi top [--once] [--interval SECONDS]'

const HELP = `Usage: ${USAGE}

  tsgi top                   what the workers of the server do, on a screen that is drawn again each second; q or Ctrl-C ends it
  tsgi top --once            one table
  tsgi top | head -20        rows, one per worker and second

Times and errors are of the last interval, of all workers. They are counted where the server has --metrics.

      --once                 print one table and end
      --interval SECONDS     time between two tables, 0.1 to 3600 [1]
${SERVER_FLAGS_HELP}`

const FLAGS = { ...SERVER_FLAGS, once: { type: 'boolean' }, interval: { type: 'string' } } as const

/** @returns the exit code. @throws ConfigError for a mistake in the words, and when the server is gone. */
export async function topCommand(args: readonly string[], streams: CommandStreams = process): Promise<number> {
  const { values, positionals } = parseOwn(args, FLAGS, USAGE)
  if (values.help === true) {
    await print(streams.stdout, HELP)
    return 0
  }
  if (positionals.length > 0) throw new ConfigError(`usage: ${USAGE}`)
  const samples = new Samples(await serverSocket(values, streams), intervalOf(values.interval))
  if (values.once === true) {
    const { summary, head, rows } = tableOf(await samples.next())
    await print(streams.stdout, `${[...summary, head, ...rows].join('\n')}\n`)
  } else if (streams.stdout === process.stdout && process.stdout.isTTY) await live(samples)
  else await rowByRow(samples, streams)
  return 0
}

function intervalOf(text = '1'): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0
  if (seconds >= 0.1 && seconds <= 3600) return seconds * 1000
  throw new ConfigError(`--interval ${text}: say a number from 0.1 to 3600`)
}

/** Two samples, and the seconds between them. */
interface Pair {
  readonly before: TopSample
  readonly now: TopSample
  readonly seconds: number
}

const tableOf = ({ before, now, seconds }: Pair, width?: number) => topTable(before, now, seconds, width)

class Samples {
  readonly #path: string
  readonly #interval: number
  #last: { readonly sample: TopSample; readonly at: number } | undefined

  /** @param interval milliseconds. */
  constructor(path: string, interval: number) {
    this.#path = path
    this.#interval = interval
  }

  /** After the interval. */
  async next(): Promise<Pair> {
    const { sample: before, at: beganAt } = this.#last ?? (await this.#take())
    await new Promise((resolve) => setTimeout(resolve, this.#interval))
    const { sample: now, at } = await this.#take()
    return { before, now, seconds: (at - beganAt) / 1000 }
  }

  async #take(): Promise<{ readonly sample: TopSample; readonly at: number }> {
    const { ok, text } = await control(this.#path, { order: 'top' })
    const sample = ok ? readTopSample(text) : undefined
    if (sample === undefined) throw ok ? strangerAt(this.#path) : new ConfigError(text)
    this.#last = { sample, at: performance.now() }
    return this.#last
  }
}

async function live(samples: Samples): Promise<void> {
  using screen = new LiveScreen()
  while (!screen.isOver) {
    const pair = await Promise.race([samples.next(), screen.over])
    if (pair !== undefined) screen.draw((width) => linesOf(pair, width))
  }
}

function linesOf(pair: Pair, width: number): { readonly lines: readonly string[]; readonly head: number } {
  const { summary, head, rows } = tableOf(pair, width)
  return { lines: [...summary, '', head, ...rows], head: summary.length + 1 }
}

/** Until the reader leaves. Each row begins with the time, so that it stands by itself. */
async function rowByRow(samples: Samples, { stdout }: CommandStreams): Promise<void> {
  let isClosed = false
  stdout.once('error', () => (isClosed = true))
  for (let isFirst = true; !isClosed; isFirst = false) {
    const { head, rows } = tableOf(await samples.next())
    const time = new Date().toISOString().slice(0, 19)
    const lines = [
      ...(isFirst ? [`${'time'.padEnd(time.length)}  ${head}`] : []),
      ...rows.map((row) => `${time}  ${row}`),
    ]
    await print(stdout, `${lines.join('\n')}\n`)
  }
}
