/** Hello by the bare contract, against servers and frameworks, with the headers `wrk` sends and with a browser's. */
import { comparison, cpuRatio, type Report, rateRatio } from '../harness/report.ts'
import { measure, type Plan } from '../harness/rounds.ts'
import { BARE, BROWSER, PEERS } from './hello.ts'

export async function http(plan: Plan): Promise<Report> {
  const bare = await measure(PEERS, BARE, plan)
  const browser = await measure(PEERS, BROWSER, plan)
  const blocks = [comparison('Hello, bare headers', bare), comparison('Hello, a browser’s twelve headers', browser)]
  const drift = cpuRatio(browser, 'node:http') / cpuRatio(bare, 'node:http')
  return {
    blocks,
    targets: [
      { what: 'CPU per request, node:http', sense: '≤', bound: 0.42, measured: cpuRatio(bare, 'node:http') },
      { what: 'CPU per request, Bun.serve', sense: '≤', bound: 1, measured: cpuRatio(bare, 'Bun.serve') },
      { what: 'CPU per request, bare socket', sense: '≤', bound: 1, measured: cpuRatio(bare, 'bare socket') },
      { what: 'requests per second, Bun.serve', sense: '≥', bound: 1, measured: rateRatio(bare, 'Bun.serve') },
      { what: 'requests per second, Deno.serve', sense: '≥', bound: 0.85, measured: rateRatio(bare, 'Deno.serve') },
      { what: 'CPU ratio to node:http with a browser’s headers ÷ without', sense: '≤', bound: 1.1, measured: drift },
    ],
  }
}
