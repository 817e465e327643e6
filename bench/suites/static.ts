/** Files: one of 1 KiB, and a download of 100 MiB with what it costs in memory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nginx, nodeHttp, onNode, tsgi } from '../contenders/peers.ts'
import type { Ask } from '../harness/load.ts'
import { comparison, cpuRatio, type Report, rateRatio, table } from '../harness/report.ts'
import { measure, type Plan } from '../harness/rounds.ts'
import { median } from '../harness/statistics.ts'

const KIB = 1024
const LARGE = 100 * KIB * KIB

export async function staticFiles(plan: Plan): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-files-'))
  process.env.BENCH_FILES = folder
  writeFileSync(join(folder, 'small.txt'), 'x'.repeat(KIB))
  writeFileSync(join(folder, 'large.bin'), Buffer.alloc(LARGE, 'x'))
  try {
    return await run(plan, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function run(plan: Plan, folder: string): Promise<Report> {
  const ours = tsgi('tsgi', 'static/tsgi.ts:application')
  const peers = [
    ours,
    onNode('sirv', 'static/sirv.mjs'),
    onNode('@fastify/static', 'static/fastify.mjs'),
    onNode('express', 'static/express.mjs'),
    nginx(`location /static/ { alias ${folder}/; }`),
  ]
  const small: Ask = { path: '/static/small.txt', answer: KIB }
  const large: Ask = { path: '/static/large.bin', answer: LARGE }
  const short = await measure(peers, small, plan)
  const long = await measure([ours, nodeHttp('static/node-http.mjs'), ...peers.slice(1)], large, {
    ...plan,
    connections: 4,
  })
  return {
    blocks: [
      comparison('A file of 1 KiB', short),
      comparison('A file of 100 MiB, 4 at a time', long, 'download'),
      table(
        'Memory of the server over the downloads',
        ['', 'before, MiB', 'most, MiB'],
        long.map((one) => [one.name, mib(one.memoryBefore), mib(one.memoryMost)]),
      ),
    ],
    targets: [
      { what: '1 KiB, requests per second, nginx', sense: '≥', bound: 0.7, measured: rateRatio(short, 'nginx') },
      { what: '1 KiB, requests per second, sirv', sense: '≥', bound: 2.5, measured: rateRatio(short, 'sirv') },
      { what: '1 KiB, requests per second, express', sense: '≥', bound: 5, measured: rateRatio(short, 'express') },
      {
        what: '100 MiB, downloads per second, node:http',
        sense: '≥',
        bound: 1,
        measured: rateRatio(long, 'node:http'),
      },
      { what: '100 MiB, CPU per download, node:http', sense: '≤', bound: 1, measured: cpuRatio(long, 'node:http') },
    ],
  }
}

function mib(octets: readonly number[]): string {
  return (median(octets) / KIB / KIB).toFixed(0)
}
