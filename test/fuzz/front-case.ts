/**
 * One case of the fuzzer for uwsgi, SCGI and FastCGI: a stream from a seed, whole and harmed. Whatever came, no exception
 * escapes, and what leaves is a response of that protocol; a stream that was not harmed is read as it was made, however cut.
 */
import type { Application } from '@tsgi/contract'
import { serveScgi, serveUwsgi } from '../../packages/server/src/connection/cgi-connection.ts'
import { serveFastcgi } from '../../packages/server/src/connection/fastcgi-connection.ts'
import type { Protocol } from '../../packages/server/src/connection/protocol.ts'
import { FakeSocket } from '../support/fake-socket.ts'
import {
  fastcgiRecord,
  fastcgiRecords,
  type Pairs,
  readRecords,
  scgiRequest,
  uwsgiRequest,
  variablesFor,
} from '../support/front-bytes.ts'
import { contextFor } from '../wire/replay.ts'
import { cutAnyhow } from './fuzz-case.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'

export const FRONT_PROTOCOLS = ['uwsgi', 'scgi', 'fastcgi'] as const
export type FrontProtocol = (typeof FRONT_PROTOCOLS)[number]

const SERVE: Readonly<Record<FrontProtocol, Protocol>> = {
  uwsgi: serveUwsgi,
  scgi: serveScgi,
  fastcgi: serveFastcgi,
}

/** @returns what went wrong with the stream of this seed; `undefined` when nothing did. */
export async function frontCase(protocol: FrontProtocol, seed: number): Promise<string | undefined> {
  const random = new Random(seed)
  const { bytes, wanted } = stream(protocol, random)
  const harmed = random.chance(85)
  const octets = Buffer.from(harmed ? mutate(random, bytes) : bytes, 'latin1')
  const pieces = random.chance(50) ? [octets] : cutAnyhow(random, octets)
  const { asked, sent } = await play(protocol, pieces)
  const show = () => `seed ${seed}: ${JSON.stringify(octets.toString('latin1'))}`
  if (!harmed && asked.sort().join() !== wanted.sort().join()) return `${show()}\nwanted ${wanted}\nasked ${asked}`
  return isResponse(protocol, sent) ? undefined : `${show()}\nsent ${JSON.stringify(sent)}`
}

/** A request has a method, a target and a body of its own; FastCGI has several, whose records are mixed. */
function stream(protocol: FrontProtocol, random: Random): { bytes: string; wanted: string[] } {
  const wanted: string[] = []
  const request = (index: number): readonly [Pairs, string] => {
    const body = random.chance(50) ? random.text('ab\r\n\0\xff', 0, 40) : ''
    wanted.push(`/${index} ${JSON.stringify(body)}`)
    return [variablesFor(body === '' ? 'GET' : 'POST', `/${index}`, someFields(random)), body]
  }
  if (protocol === 'uwsgi') return { bytes: uwsgiRequest(...request(0)), wanted }
  if (protocol === 'scgi') return { bytes: scgiRequest(...request(0)), wanted }
  const rows = Array.from({ length: 1 + random.below(4) }, (_, index) => {
    const [pairs, body] = request(index)
    return fastcgiRecords(1 + index * 2, pairs, body === '' ? [] : [body.slice(0, 7), body.slice(7)].filter(Boolean))
  })
  const asks = random.chance(30) ? [fastcgiRecord(9, 0, '\u000f\0FCGI_MPXS_CONNS')] : []
  return { bytes: [...asks, ...mixed(random, rows)].join(''), wanted }
}

function someFields(random: Random): Pairs {
  const fields = ['HTTP_X_A', 'HTTP_COOKIE', 'CONTENT_TYPE', 'HTTPS', 'HTTP_X_FORWARDED_FOR', 'PATH', 'SCRIPT_NAME']
  const count = random.below(4)
  const chosen = new Set(Array.from({ length: count }, () => random.pick(fields)))
  return [...chosen].map((name) => [name, random.text('a/:1\xe9', 0, 200)] as const)
}

/** The records of several requests, each in its order. */
function mixed(random: Random, rows: string[][]): string[] {
  const records: string[] = []
  const left = rows.map((row) => [...row])
  while (left.some((row) => row.length > 0)) {
    const next = random.pick(left.filter((row) => row.length > 0)).shift()
    if (next !== undefined) records.push(next)
  }
  return records
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function play(protocol: FrontProtocol, pieces: Iterable<Buffer>): Promise<{ asked: string[]; sent: string }> {
  const asked: string[] = []
  const application: Application = async (environ, startResponse) => {
    const body = Buffer.from(await environ['wsgi.input'].read()).toString('latin1')
    asked.push(`${environ.PATH_INFO} ${JSON.stringify(body)}`)
    startResponse('200 OK', [])
    return 'ok'
  }
  const socket = new FakeSocket()
  const connection = SERVE[protocol](socket, contextFor(application), undefined)
  await turn()
  for (const piece of pieces) {
    socket.feed(piece)
    await turn()
  }
  for (let still = 0, before = -1; still < 4; still++) {
    await turn()
    if (asked.length + socket.sent.length !== before) still = 0
    before = asked.length + socket.sent.length
  }
  if (connection.use !== 'over') connection.retire()
  socket.halfClose()
  await turn()
  connection.destroy()
  return { asked, sent: socket.sent }
}

function isResponse(protocol: FrontProtocol, sent: string): boolean {
  if (sent === '') return true
  if (protocol === 'uwsgi') return /^HTTP\/1\.1 \d{3} [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n/.test(sent)
  if (protocol === 'scgi') return /^Status: \d{3} [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n/.test(sent)
  try {
    return readRecords(sent.replace(/\xff{8}$/, '')).every(({ type }) => [3, 6, 10, 11].includes(type))
  } catch {
    return false
  }
}
