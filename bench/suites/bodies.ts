/** Long bodies: 10 MiB kept whole, and 10 MiB sent in chunks without a length. */
import { nodeHttp, onNode, tsgi } from '../contenders/peers.ts'
import type { Ask } from '../harness/load.ts'
import { comparison, cpuRatio, type Report } from '../harness/report.ts'
import { measure, type Plan } from '../harness/rounds.ts'

const SIZE = 10 * 2 ** 20

const OURS = tsgi('tsgi', 'bodies/tsgi.ts:application')
const FASTIFY = onNode('fastify', 'bodies/fastify.mjs')
const NODE_HTTP = nodeHttp('bodies/node-http.mjs')

const UPLOAD: Ask = {
  path: '/length',
  method: 'POST',
  headers: { 'Content-Type': 'application/octet-stream' },
  body: new Uint8Array(SIZE).fill(120),
  answer: String(SIZE),
}
const CHUNKS: Ask = { path: '/chunks', answer: SIZE }

/** For the guard. */
export const measureWhole = (plan: Plan) => measure([OURS, NODE_HTTP, FASTIFY], UPLOAD, { ...plan, connections: 4 })

export async function bodies(plan: Plan): Promise<Report> {
  const few = { ...plan, connections: 4 }
  const whole = await measureWhole(plan)
  const chunked = await measure([OURS, FASTIFY], CHUNKS, few)
  return {
    blocks: [
      comparison('A body of 10 MiB, kept whole, 4 at a time', whole, 'body'),
      comparison('10 MiB in chunks of 64 KiB, 4 at a time', chunked, 'response'),
    ],
    targets: [
      {
        what: 'body of 10 MiB kept whole, CPU, node:http',
        sense: '≤',
        bound: 1,
        measured: cpuRatio(whole, 'node:http'),
      },
      { what: 'chunks of 64 KiB, CPU, fastify', sense: '≤', bound: 1, measured: cpuRatio(chunked, 'fastify') },
    ],
  }
}
