/**
 * The wire corpus: each file under valid/ and invalid/ is a stream of octets, the .json beside it what must come back.
 * Every stream is played whole, octet by octet, cut at every position, and once over a real socket.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionContext } from '../../packages/server/src/connection/connection-context.ts'
import { serveHttp1 } from '../../packages/server/src/connection/http1-connection.ts'
import type { Limits } from '../../packages/server/src/http1/limits.ts'
import { mirror } from './mirror-application.ts'
import { contextFor, cuts, type End, type Outcome, octetByOctet, replay, WIRE_LIMITS, withoutDate } from './replay.ts'
import { field, type Response, readResponses } from './responses.ts'

/** What one response must be; what is not named may be anything. */
interface Answer {
  readonly status: number
  /** It answers HEAD, or is a 304: no body whatever it announces. */
  readonly head?: true
  /** The message is cut short. */
  readonly cut?: true
  readonly text?: string
  /** The value of Connection; null: there is none. */
  readonly connection?: string | null
  readonly fields?: readonly (readonly [string, string])[]
  readonly absentFields?: readonly string[]
  /** Keys that the environ must not have. */
  readonly absent?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** Whatever else the application was asked. */
  readonly [seen: string]: unknown
}

interface Verdict {
  readonly rules: readonly string[]
  readonly about?: string
  /** What this stream is held to, where it shows a limit: small, so that every cut of it can be played. */
  readonly limits?: Partial<Limits>
  readonly answers: readonly Answer[]
  readonly end: End
}

interface Case {
  readonly name: string
  readonly octets: Buffer
  readonly verdict: Verdict
}

const cases = [...casesIn('valid'), ...casesIn('invalid')]

describe('the wire corpus', () => {
  it('has at least 200 cases, and one at least for each rule that octets can show', () => {
    expect(cases.length).toBeGreaterThanOrEqual(200)
    const named = new Set(cases.flatMap(({ verdict }) => verdict.rules))
    const shown = [
      ...rules('P', 24),
      ...rules('F', 23),
      ...rules('C', 5),
      ...rules('E', 10),
      'W-01',
      'W-03',
      'W-05',
      'W-06',
      'L-02',
      'L-03',
    ]
    // P-22 is what the cuts show.
    expect(shown.filter((rule) => rule !== 'P-22' && !named.has(rule))).toEqual([])
  })

  it.each(cases)('$name, whole', async ({ octets, verdict }) => {
    checkOutcome(await replay([octets], contextWith(verdict.limits)), verdict)
  })

  it.each(cases)('$name, octet by octet and cut at every position (P-22)', async ({ octets, verdict }) => {
    const context = contextWith(verdict.limits)
    const whole = await replay([octets], context)
    expect(await replay(octetByOctet(octets), context)).toEqual(whole)
    for (const pieces of cuts(octets)) {
      const outcome = await replay(pieces, context)
      // One assertion for each cut would cost more than the cut itself.
      if (outcome.sent !== whole.sent || outcome.end !== whole.end) {
        expect.fail(`cut at ${pieces[0].length}: ${JSON.stringify(outcome)} is not ${JSON.stringify(whole)}`)
      }
    }
  })
})

/** The limits that the corpus lowers, as they are without options: whole and octet by octet; cuts cannot matter more. */
describe('the default limits (L-02, L-03, P-09)', () => {
  const host = 'Host: a.test\r\n'
  const line = (octets: number) => `GET /${'a'.repeat(octets - 14)} HTTP/1.1\r\n${host}\r\n`
  /** Octets of the section up to its last line end. */
  const fields = (octets: number) => `GET / HTTP/1.1\r\n${host}X-A: ${'a'.repeat(octets - host.length - 5)}\r\n\r\n`
  const many = (count: number) => `GET / HTTP/1.1\r\n${host}${'a:b\r\n'.repeat(count - 1)}\r\n`
  const chunk = (octets: number, trailers = '') =>
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3;${'a'.repeat(octets - 1)}\r\nabc\r\n0\r\n${trailers}\r\n`

  it.each<[number, string, string]>([
    [200, 'a request line of 16 KiB', line(16_384)],
    [414, 'a request line of one octet more', line(16_385)],
    [414, 'a request line without end', `GET /${'a'.repeat(17_000)}`],
    [200, 'fields of 64 KiB together', fields(65_536)],
    [431, 'fields of one octet more', fields(65_537)],
    [431, 'a field name without end', `GET / HTTP/1.1\r\n${'a'.repeat(66_000)}`],
    [200, '1000 fields', many(1000)],
    [431, '1001 fields', many(1001)],
    [200, 'a chunk extension of 16 KiB', chunk(16_384)],
    [413, 'a chunk extension of one octet more', chunk(16_385)],
    [200, '1000 trailers', chunk(2, 'a:b\r\n'.repeat(1000))],
    [431, '1001 trailers', chunk(2, 'a:b\r\n'.repeat(1001))],
    [431, 'trailers over 64 KiB', chunk(2, `A: ${'a'.repeat(65_534)}\r\n`)],
  ])('answer %i to %s, whole and octet by octet', async (status, _, text) => {
    const octets = Buffer.from(text)
    const whole = await replay([octets], contextWith())
    const answer = { status, ...(status === 200 ? {} : { connection: 'close' }) }
    checkOutcome(whole, { rules: [], answers: [answer], end: status === 200 ? 'open' : 'closed' })
    expect(await replay(octetByOctet(octets), contextWith())).toEqual(whole)
  })
})

describe('the wire corpus over a real socket', () => {
  /** Of the case that is played: one at a time. */
  let context = contextWith()
  const connections = new Set<Socket>()
  let server: Server

  beforeAll(async () => {
    server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      connections.add(socket)
      serveHttp1(socket, context)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterAll(() => {
    for (const socket of connections) socket.destroy()
    server.close()
  })

  it.each(cases)('$name', async ({ octets, verdict }) => {
    context = contextWith(verdict.limits)
    const expected = await replay([octets], context)
    const sent = await exchangeOver(server, octets, expected)
    // A response that is cut on purpose may lose its tail to the cut.
    if (verdict.answers.some((answer) => answer.cut)) expect(expected.sent).toContain(sent)
    else expect(sent).toBe(expected.sent)
  })
})

function contextWith(limits?: Partial<Limits>): ConnectionContext {
  return contextFor(mirror, { limits: { ...WIRE_LIMITS, ...limits } })
}

function rules(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}-${String(index + 1).padStart(2, '0')}`)
}

function casesIn(folder: 'valid' | 'invalid'): Case[] {
  const directory = new URL(`${folder}/`, import.meta.url)
  const files = readdirSync(directory).filter((file) => file.endsWith('.http'))
  return files.map((file) => ({
    name: `${folder}/${file.slice(0, -5)}`,
    octets: readFileSync(new URL(file, directory)),
    verdict: JSON.parse(readFileSync(new URL(`${file.slice(0, -5)}.json`, directory), 'utf8')),
  }))
}

function checkOutcome(outcome: Outcome, verdict: Verdict): void {
  const finals = verdict.answers.filter(({ status }) => status >= 200)
  const responses = readResponses(outcome.sent, (index) => finals[index]?.head === true)
  expect(responses.map(({ status }) => status)).toEqual(verdict.answers.map(({ status }) => status))
  verdict.answers.forEach((answer, index) => {
    const response = responses[index]
    if (response !== undefined) checkAnswer(response, answer)
  })
  expect(outcome.end).toBe(verdict.end)
  expect(outcome.sent).not.toMatch(/secret|x-injected|<script>/i)
}

function checkAnswer(response: Response, answer: Answer): void {
  const {
    status,
    head: _,
    cut,
    text,
    connection,
    fields,
    absentFields = [],
    absent = [],
    headers = {},
    ...wanted
  } = answer
  expect(response.complete).toBe(cut !== true)
  if (text !== undefined) expect(response.body).toBe(text)
  if (connection !== undefined) expect(field(response, 'connection') ?? null).toBe(connection)
  if (fields !== undefined) expect(response.fields).toEqual(expect.arrayContaining([...fields]))
  for (const name of absentFields) expect(field(response, name)).toBeUndefined()
  if (status >= 400 && response.body !== '') checkRefusal(response)
  if (Object.keys(wanted).length + absent.length + Object.keys(headers).length === 0) return
  const seen = JSON.parse(Buffer.from(response.body, 'latin1').toString())
  expect(seen).toMatchObject(wanted)
  if (Object.keys(headers).length > 0) expect(seen.headers).toMatchObject(headers)
  for (const key of absent) expect(seen.headers).not.toHaveProperty([key])
}

/** An error is framed, says nothing but its status, and, unless it is the application's, is the last answer. */
function checkRefusal(response: Response): void {
  expect(response.body).toMatch(new RegExp(`^(${response.status} )?${response.reason}\n$`))
  expect(field(response, 'content-length')).toBe(String(response.body.length))
  expect(field(response, 'content-type')).toMatch(/^text\/plain/)
  if (response.status !== 500) expect(field(response, 'connection')).toBe('close')
}

/** Sends the octets whole; reads until the server ends, or has sent as much as it should and has gone silent. */
function exchangeOver(server: Server, octets: Buffer, expected: Outcome): Promise<string> {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return new Promise((resolve) => {
    let sent = ''
    const socket = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('data', (chunk) => {
      sent += chunk.toString('latin1')
      if (expected.end !== 'closed' && withoutDate(sent) === expected.sent) socket.destroy()
    })
    socket.on('end', () => socket.end())
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(withoutDate(sent)))
    socket.write(octets, () => {
      if (expected.end !== 'closed' && expected.sent === '') socket.destroy()
    })
  })
}
