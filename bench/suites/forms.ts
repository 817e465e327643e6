/** Forms: multipart beside busboy, urlencoded beside Fastify. */
import { onNode, tsgi, versionOf } from '../contenders/peers.ts'
import type { Ask } from '../harness/load.ts'
import { comparison, cpuRatio, type Report } from '../harness/report.ts'
import { measure, type Plan } from '../harness/rounds.ts'

const BOUNDARY = '----WebKitFormBoundary7MA4YWxkTrZu0gW'
const OURS = tsgi('tsgi', 'forms/tsgi.ts:application')
const BUSBOY = onNode('node:http + busboy', 'forms/busboy.mjs', versionOf('busboy'))

const field = (name: string, value: string) => part(`name="${name}"`, Buffer.from(value))
const file = (name: string, content: Uint8Array) =>
  part(`name="${name}"; filename="${name}.bin"\r\nContent-Type: application/octet-stream`, content)

function part(disposition: string, content: Uint8Array): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n')])
}

/** Octets without a pattern, the same in each run. */
function octets(length: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state >>> 24
  })
}

function multipart(parts: readonly Buffer[]): Ask {
  return {
    path: '/form',
    method: 'POST',
    headers: { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: new Uint8Array(Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)])),
    answer: String(parts.length),
  }
}

const fields = (count: number) => Array.from({ length: count }, (_, i) => field(`field${i}`, `value ${i}`))

/** As the guard measures it: 900 fields. */
export const MANY_FIELDS = multipart(fields(900))
const SMALL = multipart([...fields(10), file('file', octets(4096))])
const LARGE = multipart([file('file', octets(10 * 2 ** 20))])
const URLENCODED: Ask = {
  path: '/form',
  method: 'POST',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  body: Array.from({ length: 10 }, (_, i) => `field${i}=a+value+with+100%25+of+%C3%A9+and+${i}`).join('&'),
  answer: '10',
}

/** For the guard. */
export const measureFields = (plan: Plan) => measure([OURS, BUSBOY], MANY_FIELDS, { ...plan, connections: 8 })

export async function forms(plan: Plan): Promise<Report> {
  const many = await measureFields(plan)
  const small = await measure([OURS, BUSBOY], SMALL, plan)
  const large = await measure([OURS, BUSBOY], LARGE, { ...plan, connections: 4 })
  const plain = await measure([OURS, onNode('fastify', 'forms/fastify.mjs')], URLENCODED, plan)
  const name = 'node:http + busboy'
  return {
    blocks: [
      comparison('Multipart: 900 fields', many, 'form'),
      comparison('Multipart: 10 fields and a file of 4 KiB', small, 'form'),
      comparison('Multipart: a file of 10 MiB', large, 'form'),
      comparison('Urlencoded: 10 fields with escapes', plain, 'form'),
    ],
    targets: [
      { what: 'multipart, 900 fields, CPU, busboy', sense: '≤', bound: 1.2, measured: cpuRatio(many, name) },
      { what: 'multipart, small form, CPU, busboy', sense: '≤', bound: 1, measured: cpuRatio(small, name) },
      { what: 'multipart, 10 MiB, CPU, busboy', sense: '≤', bound: 1, measured: cpuRatio(large, name) },
      { what: 'urlencoded, CPU, fastify', sense: '≤', bound: 0.7, measured: cpuRatio(plain, 'fastify') },
    ],
  }
}
