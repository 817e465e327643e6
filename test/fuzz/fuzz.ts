/**
 * Mutated streams, for as long as one likes: `pnpm fuzz --seconds 60`; `--help` has the rest.
 * Each is played whole and cut, which must not differ, and to Node's own parser, which must not disagree.
 */
import { parseArgs } from 'node:util'
import { FRONT_PROTOCOLS, frontCase } from './front-case.ts'
import { fuzzCase, NodeSide } from './fuzz-case.ts'

const HELP = `pnpm fuzz [--seconds N] [--cases N] [--seed N] [--protocol http|uwsgi|scgi|fastcgi]

Plays mutated HTTP/1.1 streams to the server: whole and cut, which must not differ, and beside Node's own parser
(llhttp), which must not disagree but where docs/http-differences.md says so. Prints cases a second and the seed.

With another --protocol, streams of a front: no exception may escape, and what leaves must be a response.

  --seconds N  stop after this long; 10 without --cases
  --cases N    stop after this many
  --seed N     begin with this one: case n has the seed N + n - 1. Without it, one of the hour
  --help       this

Ends early, with its counts, when it is interrupted (Ctrl-C). A case that fails is printed with its own seed, and ends the run with exit code 1: --cases 1 --seed N plays it again.
`

interface Bounds {
  readonly first: number
  readonly milliseconds: number
  readonly most: number
  /** @returns what went wrong with the stream of this seed. */
  readonly play: (seed: number) => Promise<string | undefined>
  readonly end: () => void
}

async function main(words: string[]): Promise<void> {
  let bounds: Bounds | undefined
  try {
    bounds = readBounds(words)
  } catch (error) {
    console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 2
    return
  }
  if (bounds === undefined) console.log(HELP.trimEnd())
  else await run(bounds)
}

/** @returns `undefined` where help is asked for. @throws Error, one line, for words that mean nothing. */
function readBounds(words: string[]): Bounds | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: words.filter((word) => word !== '--'), // some runners of scripts hand it on
    options: { seconds: text, seed: text, cases: text, protocol: text, help: { type: 'boolean' } },
  })
  if (values.help === true) return undefined
  const cases = wholeNumber('cases', values.cases)
  return {
    first: wholeNumber('seed', values.seed) ?? Date.now() % 1_000_000_000,
    milliseconds:
      (wholeNumber('seconds', values.seconds) ?? (cases === undefined ? 10 : Number.POSITIVE_INFINITY)) * 1000,
    most: cases ?? Number.POSITIVE_INFINITY,
    ...player(values.protocol ?? 'http'),
  }
}

function player(protocol: string): Pick<Bounds, 'play' | 'end'> {
  if (protocol === 'http') {
    const node = new NodeSide()
    return { play: (seed) => fuzzCase(seed, node), end: () => node.close() }
  }
  const front = FRONT_PROTOCOLS.find((known) => known === protocol)
  if (front === undefined) throw new Error(`--protocol ${protocol}: must be http, ${FRONT_PROTOCOLS.join(', ')}`)
  return { play: (seed) => frontCase(front, seed), end: () => undefined }
}

function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,15}$/.test(value)) throw new Error(`--${name} ${value}: must be a whole number; see --help`)
  return Number(value)
}

async function run({ first, milliseconds, most, play, end }: Bounds): Promise<void> {
  const start = performance.now()
  let interrupted = false
  const interrupt = () => {
    interrupted = true
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt)
  let cases = 0
  console.log(`seed ${first}`)
  while (cases < most && performance.now() - start < milliseconds && !interrupted) {
    const failure = await play(first + cases)
    cases++
    if (failure !== undefined) {
      console.error(`case ${cases}, seed ${first + cases - 1}: ${failure}`)
      process.exitCode = 1
      break
    }
  }
  end()
  const spent = (performance.now() - start) / 1000
  console.log(`${cases} cases in ${spent.toFixed(1)} s, ${Math.round(cases / spent)} cases/s, seed ${first}`)
}

await main(process.argv.slice(2))
