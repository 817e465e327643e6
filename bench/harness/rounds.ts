/**
 * Interleaved rounds: A B C, C B A, …, so that what the machine does meanwhile befalls all alike. Figures are compared
 * within a round, and the median of those ratios is the ratio. Knows contenders and load; prints nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contender, type Core, Running, SERVER_CORE } from './contender.ts'
import { type Ask, check, type Load, load, type Sample } from './load.ts'
import { say } from './say.ts'

/** What was measured of one contender in each round, under the names of the columns. */
export interface Series {
  readonly name: string
  readonly version: string
  readonly cpu: readonly number[]
  readonly rate: readonly number[]
  /** Octets of memory before the round, and the most that was seen in it. */
  readonly memoryBefore: readonly number[]
  readonly memoryMost: readonly number[]
}

export interface Plan extends Load {
  readonly rounds: number
  /** Seconds before anything is counted. Default 2: compilers that run beside a program take their time once. */
  readonly warmUp?: number | undefined
  /** Names of contenders; the others are not measured. Ours, the first of a suite, always is. */
  readonly only?: readonly string[] | undefined
}

/** Starts all, checks all, and measures all in turns. Who cannot be started, or answers wrongly, is left out loudly. */
export function measure(
  contenders: readonly Contender[],
  ask: Ask,
  plan: Plan,
  core: Core = SERVER_CORE,
): Promise<Series[]> {
  return inRounds(asked(contenders, plan.only), plan.rounds, core, {
    check: (one) => check(one.port, ask),
    warmUp: (one, folder) => load(one.port, ask, { ...plan, seconds: plan.warmUp ?? WARM_UP_SECONDS }, folder),
    run: (one, folder) => load(one.port, ask, plan, folder),
  })
}

function asked(contenders: readonly Contender[], only: readonly string[] | undefined): readonly Contender[] {
  const names = contenders.map(({ name }) => name)
  for (const name of only ?? [])
    if (!names.includes(name)) say(`--only ${name}: not here; there are ${names.join(', ')}`)
  return contenders.filter(({ name }, i) => i === 0 || only === undefined || only.includes(name))
}

/** What is done to each contender. `folder` is there for files in between. */
export interface Work {
  check(one: Running): Promise<void>
  warmUp(one: Running, folder: string): Promise<unknown>
  run(one: Running, folder: string): Promise<Sample>
}

export async function inRounds(
  contenders: readonly Contender[],
  rounds: number,
  core: Core,
  work: Work,
): Promise<Series[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-load-'))
  const running = await startAll(contenders, core, work)
  const series = new Map(running.map((one) => [one, emptySeries(one.contender)]))
  try {
    for (const one of running) await work.warmUp(one, folder)
    for (let round = 0; round < rounds; round++) {
      for (const one of round % 2 === 0 ? running : running.toReversed()) {
        await sample(one, () => work.run(one, folder), series.get(one) ?? emptySeries(one.contender))
      }
    }
  } finally {
    for (const one of running) await one.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return [...series.values()]
}

type Growing = { [Key in keyof Series]: Series[Key] extends readonly number[] ? number[] : Series[Key] }

function emptySeries({ name, version }: Contender): Growing {
  return { name, version, cpu: [], rate: [], memoryBefore: [], memoryMost: [] }
}

async function sample(one: Running, run: () => Promise<Sample>, series: Growing): Promise<void> {
  const before = { cpu: one.cpuSeconds, memory: one.memory }
  let most = before.memory
  const watch = setInterval(() => {
    most = Math.max(most, one.memory)
  }, MEMORY_INTERVAL)
  const { requests, perSecond } = await run().finally(() => clearInterval(watch))
  series.cpu.push(((one.cpuSeconds - before.cpu) / requests) * 1e6)
  series.rate.push(perSecond)
  series.memoryBefore.push(before.memory)
  series.memoryMost.push(most)
}

/** Milliseconds between two looks at the memory. */
const MEMORY_INTERVAL = 250

const WARM_UP_SECONDS = 2

async function startAll(contenders: readonly Contender[], core: Core, work: Work): Promise<Running[]> {
  const running: Running[] = []
  for (const contender of contenders) {
    try {
      const one = await Running.start(contender, core)
      running.push(one)
      await work.check(one)
    } catch (error) {
      say(`LEFT OUT: ${contender.name}: ${error instanceof Error ? error.message : error}`)
      if (running.at(-1)?.contender === contender) await running.pop()?.stop()
    }
  }
  return running
}
