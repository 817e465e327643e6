/** Pages and JSON through middleware: 90 KB of HTML, 10 KB of JSON in three codings, and what one middleware adds to a hello. */

import { list, page } from '../contenders/pages/content.mjs'
import { onNode, tsgi } from '../contenders/peers.ts'
import type { Ask } from '../harness/load.ts'
import { comparison, cpuRatio, type Report, type Target } from '../harness/report.ts'
import { measure, type Plan, type Series } from '../harness/rounds.ts'
import { median } from '../harness/statistics.ts'

const OURS = tsgi('tsgi', 'pages/tsgi.ts:application')
const BOTH = [OURS, onNode('fastify', 'pages/fastify.mjs')]

const whole = (path: string): Ask => ({ path, answer: page })
/** `fetch`, which checks the first, decodes it. */
const coded = (coding: string): Ask => ({
  path: '/coded/list',
  headers: { 'Accept-Encoding': coding },
  answer: JSON.stringify(list),
})
const hello = (path: string): Ask => ({ path, answer: 'Hello, world!' })

/** For the guard. */
export const measurePage = (plan: Plan) => measure(BOTH, whole('/page'), plan)

export async function pages(plan: Plan): Promise<Report> {
  const bare = await measurePage(plan)
  const full = await measure(BOTH, whole('/full/page'), plan)
  const codings = new Map<string, readonly Series[]>()
  for (const coding of ['br', 'gzip', 'zstd']) codings.set(coding, await measure(BOTH, coded(coding), plan))
  const added = new Map<string, readonly Series[]>()
  for (const path of ['/', '/logged', '/named']) added.set(path, await measure([OURS], hello(path), plan))
  const cost = (path: string) => median(added.get(path)?.[0]?.cpu ?? [])
  const codingTargets = [...codings].map(
    ([coding, series]): Target => ({
      what: `10 KB of JSON, ${coding}, CPU, fastify`,
      sense: '≤',
      bound: 1,
      measured: cpuRatio(series, 'fastify'),
    }),
  )
  return {
    blocks: [
      comparison('A page of 90 KB', bare),
      comparison('A page of 90 KB through requestId, accessLog, compress and conditionalGet', full),
      ...[...codings].map(([coding, series]) => comparison(`10 KB of JSON through compress: ${coding}`, series)),
      ...[...added].map(([path, series]) => comparison(`Hello at ${path}`, series)),
    ],
    targets: [
      { what: 'page of 90 KB, CPU, fastify', sense: '≤', bound: 1, measured: cpuRatio(bare, 'fastify') },
      {
        what: 'page of 90 KB, four middlewares, CPU, fastify',
        sense: '≤',
        bound: 1.2,
        measured: cpuRatio(full, 'fastify'),
      },
      ...codingTargets,
      { what: 'accessLog on a hello, µs more', sense: '≤', bound: 1, measured: cost('/logged') - cost('/') },
      { what: 'requestId on a hello, µs more', sense: '≤', bound: 0.5, measured: cost('/named') - cost('/') },
    ],
  }
}
