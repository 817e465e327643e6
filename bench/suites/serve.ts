/** What the command adds: the access log, a second worker. */
import { tsgi } from '../contenders/peers.ts'
import { comparison, cpuRatio, type Report, rateRatio } from '../harness/report.ts'
import { measure, type Plan, type Series } from '../harness/rounds.ts'
import { BARE, OURS } from './hello.ts'

/** For the guard. */
export function measureLog(plan: Plan): Promise<Series[]> {
  const logging = tsgi('tsgi, access log', 'hello/tsgi.ts:application', '--access-logfile', '/dev/null')
  return measure([logging, OURS], BARE, plan)
}

export async function serve(plan: Plan): Promise<Report> {
  const logged = await measureLog(plan)
  const two = tsgi('tsgi, 2 workers', 'hello/work.ts:application', '--workers', '2')
  const one = tsgi('tsgi, 1 worker', 'hello/work.ts:application')
  const workers = await measure([two, one], BARE, plan, 'all')
  return {
    blocks: [
      comparison('Access log', logged),
      comparison('Workers, with a millisecond of work per request, on both cores', workers),
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
    ],
  }
}
