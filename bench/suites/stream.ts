/** One chunked upload of 1 GiB, counted by the application. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { nodeHttp, tsgi } from '../contenders/peers.ts'
import { LOAD_CORE, pinned, type Running, SERVER_CORE } from '../harness/contender.ts'
import type { Sample } from '../harness/load.ts'
import { comparison, cpuRatio, type Report, rateRatio } from '../harness/report.ts'
import { inRounds, type Plan } from '../harness/rounds.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

export async function stream(plan: Plan): Promise<Report> {
  const ours = tsgi('tsgi', 'stream/tsgi.ts:application', '--limit-request-body', String(2 * GIB))
  const uploads = await inRounds([ours, nodeHttp('stream/node-http.mjs')], plan.rounds, SERVER_CORE, {
    check: async (one) => void (await upload(one, MIB)),
    warmUp: (one) => upload(one, GIB / 8),
    run: (one) => upload(one, GIB),
  })
  return {
    blocks: [comparison('A chunked upload of 1 GiB', uploads, 'MiB')],
    targets: [
      { what: 'upload, MiB per second, node:http', sense: '≥', bound: 1, measured: rateRatio(uploads, 'node:http') },
      { what: 'upload, CPU per MiB, node:http', sense: '≤', bound: 1, measured: cpuRatio(uploads, 'node:http') },
    ],
  }
}

/** @throws Error when the server has counted otherwise. */
async function upload(one: Running, octets: number): Promise<Sample> {
  const script = fileURLToPath(new URL('../harness/upload.ts', import.meta.url))
  const [command = '', ...args] = pinned(LOAD_CORE, [process.execPath, script, String(one.port), String(octets)])
  const { stdout } = await promisify(execFile)(command, args)
  const said: { seconds: number; answer: string } = JSON.parse(stdout)
  if (!said.answer.includes(String(octets))) throw new Error(`upload: ${said.answer.slice(0, 200)}`)
  return { requests: octets / MIB, perSecond: octets / MIB / said.seconds }
}
