/** What the command adds: the access log, a second worker, the time to the first answer. */
import { tsgi } from '../contenders/peers.ts'
import { type Contender, Running } from '../harness/contender.ts'
import { comparison, cpuRatio, type Report, rateRatio, table } from '../harness/report.ts'
import { measure, type Plan } from '../harness/rounds.ts'
import { median, ratioOf } from '../harness/statistics.ts'
import { BARE, NODE_HTTP, OURS } from './hello.ts'

export async function serve(plan: Plan): Promise<Report> {
  const logging = tsgi('tsgi, access log', 'hello/tsgi.ts:application', '--access-logfile', '/dev/null')
  const logged = await measure([logging, OURS], BARE, plan)
  const two = tsgi('tsgi, 2 workers', 'hello/work.ts:application', '--workers', '2')
  const one = tsgi('tsgi, 1 worker', 'hello/work.ts:application')
  const workers = await measure([two, one], BARE, plan, 'all')
  const [ours, theirs] = await starts([OURS, NODE_HTTP], plan.rounds)
  const started = table(
    'From the start of the process to its first answer, milliseconds',
    ['', 'median'],
    [
      ['tsgi serve', median(ours ?? []).toFixed(0)],
      ['node hello-http.mjs', median(theirs ?? []).toFixed(0)],
    ],
  )
  return {
    blocks: [
      comparison('Access log', logged),
      comparison('Workers, with a millisecond of work per request, on both cores', workers),
      started,
    ],
    targets: [
      {
        what: 'CPU per request with access log ÷ without',
        sense: '≤',
        bound: 1.08,
        measured: cpuRatio(logged, 'tsgi'),
      },
      {
        what: 'requests per second, 2 workers ÷ 1',
        sense: '≥',
        bound: 1.8,
        measured: rateRatio(workers, 'tsgi, 1 worker'),
      },
      {
        what: 'start to first answer, node hello-http.mjs',
        sense: '≤',
        bound: 1.5,
        measured: ratioOf(ours ?? [], theirs ?? []),
      },
    ],
  }
}

/** Milliseconds of each, in turns. */
async function starts(contenders: readonly Contender[], rounds: number): Promise<number[][]> {
  const figures: number[][] = contenders.map(() => [])
  for (let round = 0; round < 2 * rounds + 1; round++) {
    for (const [i, contender] of contenders.entries()) {
      const before = performance.now()
      const one = await Running.start(contender, 'all')
      figures[i]?.push(performance.now() - before)
      await one.stop()
    }
  }
  return figures
}
