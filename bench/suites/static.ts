/**
 * Files: one of 1 KiB, what is not answered from memory (a range, a 404, 10,000 files, a precompressed one), and a download of 100 MiB
 * with what it costs in memory.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { nginx, nodeHttp, onNode, tsgi } from '../contenders/peers.ts'
import type { Contender } from '../harness/contender.ts'
import type { Ask } from '../harness/load.ts'
import { comparison, cpuRatio, type Report, rateRatio, type Target, table } from '../harness/report.ts'
import { measure, type Plan, type Series } from '../harness/rounds.ts'
import { median } from '../harness/statistics.ts'

const KIB = 1024
const LARGE = 100 * KIB * KIB
/** 20 MB: more than the memory for files holds. */
const MANY = 10_000

export const staticFiles = (plan: Plan): Promise<Report> => withFiles((folder) => run(plan, folder))

/** For the guard. */
export const measureSmall = (plan: Plan): Promise<Series[]> =>
  withFiles((folder) => measure(peersOf(folder), SMALL, plan))

async function withFiles<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-files-'))
  process.env.BENCH_FILES = folder
  writeFileSync(join(folder, 'small.txt'), 'x'.repeat(KIB))
  writeFileSync(join(folder, 'large.bin'), Buffer.alloc(LARGE, 'x'))
  writeFileSync(join(folder, 'page.txt'), 'x'.repeat(100 * KIB))
  writeFileSync(join(folder, 'page.txt.gz'), gzipSync('x'.repeat(100 * KIB)))
  mkdirSync(join(folder, 'many'))
  for (let i = 0; i < MANY; i++) writeFileSync(join(folder, 'many', `${i}.txt`), 'x'.repeat(2 * KIB))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function peersOf(folder: string): readonly Contender[] {
  return [
    OURS,
    onNode('sirv', 'static/sirv.mjs'),
    onNode('@fastify/static', 'static/fastify.mjs'),
    onNode('express', 'static/express.mjs'),
    nginx(`gzip_static on; location /static/ { alias ${folder}/; }`),
  ]
}

async function run(plan: Plan, folder: string): Promise<Report> {
  const peers = peersOf(folder)
  const large: Ask = { path: '/static/large.bin', answer: LARGE }
  const short = await measure(peers, SMALL, plan)
  const [nginxPeer] = peers.slice(-1)
  const both = nginxPeer === undefined ? [OURS] : [OURS, nginxPeer]
  const others = new Map<string, readonly Series[]>()
  for (const [what, ask] of OTHERS) others.set(what, await measure(both, ask, plan))
  const long = await measure([OURS, nodeHttp('static/node-http.mjs'), ...peers.slice(1)], large, {
    ...plan,
    connections: 4,
  })
  return {
    blocks: [
      comparison('A file of 1 KiB', short),
      ...[...others].map(([what, series]) => comparison(what, series)),
      comparison('A file of 100 MiB, 4 at a time', long, 'download'),
      table(
        'Memory of the server over the downloads',
        ['', 'before, MiB', 'most, MiB'],
        long.map((one) => [one.name, mib(one.memoryBefore), mib(one.memoryMost)]),
      ),
    ],
    targets: [
      { what: '1 KiB, CPU, nginx', sense: '≤', bound: 1.4, measured: cpuRatio(short, 'nginx') },
      ...[...others].map(
        ([what, series]): Target => ({
          what: `${what}, CPU, nginx`,
          sense: '≤',
          bound: BOUNDS[what] ?? 1,
          measured: cpuRatio(series, 'nginx'),
        }),
      ),
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

const OURS = tsgi('tsgi', 'static/tsgi.ts:application')
const SMALL: Ask = { path: '/static/small.txt', answer: KIB }

const OTHERS: readonly (readonly [string, Ask])[] = [
  [
    'A range of 4 KiB',
    { path: '/static/large.bin', headers: { Range: 'bytes=1048576-1052671' }, answer: 4 * KIB, status: 206 },
  ],
  ['A file that is not there', { path: '/static/none.txt', answer: '', status: 404 }],
  ['10,000 files of 2 KiB in turns', { path: '/static/many/0.txt', answer: 2 * KIB, turns: MANY }],
  ['100 KiB, precompressed', { path: '/static/page.txt', headers: { 'Accept-Encoding': 'gzip' }, answer: 100 * KIB }],
]

const BOUNDS: Readonly<Record<string, number>> = {
  'A range of 4 KiB': 2.5,
  'A file that is not there': 1.5,
  '10,000 files of 2 KiB in turns': 3,
  '100 KiB, precompressed': 2,
}

function mib(octets: readonly number[]): string {
  return (median(octets) / KIB / KIB).toFixed(0)
}
