/**
 * The same application answers identically, whatever it runs on: every transport, plain and under `validate()`.
 * The tables are in requests.ts, the transports in transports.ts.
 */
import { type Application, type ErrorStream, type ValidatedApplication, validate } from '@tsgi/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, ConformanceRequest, ExpectedAnswer } from './answer.ts'
import { bareApplication } from './bare-application.ts'
import { frameworkApplication, makeStaticFolder } from './framework-application.ts'
import { bareRequests, breachRequests, frameworkRequests } from './requests.ts'
import { type OpenTransport, type Transport, testKit, transports } from './transports.ts'

interface Run {
  readonly name: string
  readonly transport: Transport
  readonly open: OpenTransport
}

let opened: Run[] = []
let validated: ValidatedApplication | undefined
const log: string[] = []
const errors: ErrorStream = {
  write: (text) => void log.push(text),
  writelines: (lines) => void log.push(...lines),
  flush: () => undefined,
}

/** Opens every transport twice, plain and validated. */
async function openAll(application: Application): Promise<void> {
  validated = validate(application, { strict: true })
  for (const transport of transports) {
    opened.push({ name: transport.name, transport, open: await transport.open(application, errors) })
    const open = await transport.open(validated, errors)
    opened.push({ name: `${transport.name}, validated`, transport, open })
  }
}

async function closeAll(): Promise<void> {
  for (const { open } of opened) await open.close()
  opened = []
}

/** Sends a request over all transports that can take it. */
async function answersTo(request: ConformanceRequest): Promise<[Run, Answer][]> {
  const answers: [Run, Answer][] = []
  for (const run of opened) {
    if (request.onWireOnly === true && !run.transport.onWire) continue
    if (request.kitRefuses === true && run.transport === testKit) await expectRefusal(run, request)
    else answers.push([run, await run.open.send(request)])
  }
  return answers
}

/** The test kit is for developers: where a server would answer in the application's place, it says what is wrong. */
async function expectRefusal({ open }: Run, request: ConformanceRequest): Promise<void> {
  const outcome = await open.send(request).catch((error: unknown) => error)
  expect(outcome).toEqual(outcome instanceof Error ? expect.any(Error) : expect.objectContaining({ complete: false }))
}

function expectSame(answers: readonly [Run, Answer][], expected: ExpectedAnswer): void {
  const [first] = answers
  for (const [{ name, transport }, answer] of answers) {
    const adjust = transport.addsContentLength ? (same: Answer) => same : withoutContentLength
    const same = (other: Answer) => ({ on: name, ...adjust(withoutRequestId(other)) })
    expect(same(answer)).toEqual(same(first?.[1] ?? answer))
  }
  if (first !== undefined) expectAnswer(first[1], expected)
}

/** An error page names its request by an id that is made for it. */
function withoutRequestId(answer: Answer): Answer {
  return { ...answer, body: answer.body.replace(/Request [0-9a-f-]{36}/, 'Request ID') }
}

/** What an application declares itself is compared too: the transports that add it have shown it. */
function withoutContentLength({ headers: { 'content-length': _length, ...headers }, ...answer }: Answer): Answer {
  return { ...answer, headers }
}

function expectAnswer(answer: Answer, { headers = {}, body, complete = true, ...line }: ExpectedAnswer): void {
  expect(answer).toMatchObject({ ...line, complete })
  if (body instanceof RegExp) expect(answer.body).toMatch(body)
  else if (body !== undefined) expect(answer.body).toBe(body)
  for (const [name, value] of Object.entries(headers)) {
    if (value instanceof RegExp) expect(answer.headers[name]).toMatch(value)
    else expect({ [name]: answer.headers[name] }).toEqual({ [name]: value })
  }
}

it('has at least sixty requests', () => {
  expect(bareRequests.length + breachRequests.length + frameworkRequests.length).toBeGreaterThanOrEqual(60)
})

describe('a bare callable', () => {
  beforeAll(() => openAll(bareApplication))
  afterAll(async () => {
    await closeAll()
    validated?.verify()
  })

  it.each(bareRequests)('$name', async (request) => {
    expectSame(await answersTo(request), request.expected)
  })
})

describe('a callable that breaks the contract', () => {
  beforeAll(() => openAll(bareApplication))
  afterAll(closeAll)

  it.each(breachRequests)('$name', async (request) => {
    expectSame(await answersTo(request), request.expected)
  })
})

describe('a framework application', () => {
  let remove: () => Promise<void>

  beforeAll(async () => {
    const folder = await makeStaticFolder()
    remove = folder.remove
    await openAll(frameworkApplication(folder.path))
  })
  afterAll(async () => {
    await closeAll()
    await remove()
    validated?.verify()
  })

  it.each(frameworkRequests)('$name', async (request) => {
    expectSame(await answersTo(request), request.expected)
  })
})

it('tells no client what is for the operator', () => {
  expect(log.join('')).toContain('secret')
})
