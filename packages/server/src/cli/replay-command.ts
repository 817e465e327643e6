/**
 * `tsgi replay FILE|DIR app.ts`: plays recorded requests again, without a server and under the validator, and says what differs.
 * Knows what counts as a difference; how a request is recorded is `record/`'s.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Application, ContractError, type Environ, validate } from '@tsgi/contract'
import { call, environFor, ResponseCutError, type TestResponse } from '@tsgi/contract/testing'
import { ConfigError } from '../config/config-error.ts'
import { configure } from '../config/configuration.ts'
import { closeApplication, loadApplication } from '../loader/load-application.ts'
import { loadOptionsOf } from '../loader/load-options.ts'
import { type RecordedBody, type RecordedRequest, readRecordedRequest } from '../record/recorded-request.ts'
import { MASK } from '../record/redaction.ts'
import { print } from './output.ts'
import { type CommandStreams, parseOwn } from './subcommand-arguments.ts'

const USAGE = 'tsgi replay FILE|DIR MODULE[:CALLABLE] [options]'

const HELP = `Usage: ${USAGE}

  tsgi replay records app.ts              plays all requests of a folder that --record wrote
  tsgi replay records/2026-….json app.ts  plays one

  -v, --verbose            print the response and the log of each request that is not as it was recorded
      --interface NAME     what the application is: tsgi, node, fetch or wsgi
      --python PATH        the interpreter for a Python application
      --middleware MODULE  go through the middleware that this module exports

same: as recorded. fixed: it failed, and does not any more. fails: it failed, and still does. differs: another status or another
content. Exit code: 0 where all are the same or fixed, 1 where one fails or differs, 2 for a mistake in the command.
`

const FLAGS = {
  verbose: { type: 'boolean', short: 'v' },
  interface: { type: 'string' },
  python: { type: 'string' },
  middleware: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const
const LOAD_FLAGS = ['interface', 'python', 'middleware'] as const

/** @returns the exit code. @throws ConfigError for files that are no records, and for an application that does not load. */
export async function replayCommand(args: readonly string[], streams: CommandStreams = process): Promise<number> {
  const { values, positionals } = parseOwn(args, FLAGS, USAGE)
  if (values.help === true) {
    await print(streams.stdout, HELP)
    return 0
  }
  const [path, target, ...rest] = positionals
  if (path === undefined || target === undefined || rest.length > 0) throw new ConfigError(`usage: ${USAGE}`)
  const files = filesAt(path)
  const flags = LOAD_FLAGS.flatMap((name) => (values[name] === undefined ? [] : [[name, [values[name]]] as const]))
  const loaded = await loadApplication(target, loadOptionsOf(configure({ flags: new Map(flags) }).config))
  const counts: Record<Outcome, number> = { same: 0, fixed: 0, fails: 0, differs: 0 }
  for (const file of files) {
    const replayed = await replay(loaded.application, recordIn(file))
    counts[replayed.outcome]++
    await print(streams.stdout, lineOf(file, replayed))
    if (values.verbose === true && replayed.outcome !== 'same') await print(streams.stdout, replayed.detail)
  }
  await closeApplication(loaded, 0)
  const summary = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`)
  await print(streams.stdout, `${files.length} replayed: ${summary.join(', ')}\n`)
  return counts.fails + counts.differs === 0 ? 0 : 1
}

function filesAt(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const names = readdirSync(path).filter((name) => name.endsWith('.json'))
    if (names.length > 0) return names.sort().map((name) => join(path, name))
  } catch (error) {
    throw new ConfigError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, undefined, error)
  }
  throw new ConfigError(`there is no recorded request in ${path}: tsgi serve --record DIR writes them`)
}

function recordIn(file: string): RecordedRequest {
  const record = readRecordedRequest(readFileSync(file, 'utf8'))
  if (record === undefined) throw new ConfigError(`${file} is no recorded request of tsgi serve --record`)
  return record
}

type Outcome = 'same' | 'fixed' | 'fails' | 'differs'

interface Replayed {
  readonly outcome: Outcome
  readonly record: RecordedRequest
  /** What is different, in words; nothing for `same`. */
  readonly differences: readonly string[]
  /** The response and the log, for `--verbose`. */
  readonly detail: string
}

async function replay(application: Application, record: RecordedRequest): Promise<Replayed> {
  const { response, trouble } = await responseTo(application, record)
  const status = statusOf(response?.statusLine ?? '')
  const differences = [...(trouble === undefined ? [] : [trouble]), ...differencesOf(record, response)]
  const [failed, fails] = [hasFailed(record), trouble !== undefined || status >= 500]
  const outcome = fails && failed ? 'fails' : failed ? 'fixed' : differences.length > 0 ? 'differs' : 'same'
  const detail = `${response?.errors ?? ''}${response?.text ?? ''}\n`
  return { outcome, record, differences, detail }
}

function hasFailed({ response }: RecordedRequest): boolean {
  return response.failure !== undefined || statusOf(response.status) >= 500
}

async function responseTo(
  application: Application,
  record: RecordedRequest,
): Promise<{ readonly response: TestResponse | undefined; readonly trouble?: string }> {
  try {
    const checked = validate(application)
    const response = await call(checked, environOf(record), { limit: 2 ** 30 })
    checked.verify()
    return { response }
  } catch (error) {
    if (error instanceof ResponseCutError) return { response: error.response, trouble: error.message }
    const kind = error instanceof ContractError ? 'breach of the contract: ' : ''
    return { response: undefined, trouble: `${kind}${error instanceof Error ? error.message : error}` }
  }
}

function environOf({ environ: variables, body }: RecordedRequest): Environ {
  const bytes = bytesOf(body)
  const environ = environFor('/', { method: variables.REQUEST_METHOD ?? 'GET', body: bytes })
  // What was masked or cut has another length.
  const length = variables.CONTENT_LENGTH === undefined ? {} : { CONTENT_LENGTH: String(bytes.length) }
  delete environ.CONTENT_LENGTH
  return Object.assign(environ, variables, length)
}

function bytesOf({ encoding, data }: RecordedBody): Buffer {
  return Buffer.from(data, encoding)
}

/** An application that failed before it said a status is answered by the server with 500. */
function differencesOf({ response: was, body: sent }: RecordedRequest, now: TestResponse | undefined): string[] {
  if (now === undefined) return []
  const differences: string[] = []
  const status = was.status === '' ? '500 Internal Server Error' : was.status
  if (statusOf(status) !== now.status) differences.push(`status ${statusOf(status)} → ${now.status}`)
  const type = (headers: readonly (readonly [string, string])[]) =>
    headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  if (was.status !== '' && type(was.headers) !== type(now.headers))
    differences.push(`Content-Type ${type(was.headers) ?? 'none'} → ${type(now.headers) ?? 'none'}`)
  const kept = bytesOf(was.body)
  const isWhole = kept.includes(MASK) || kept.length === was.body.size
  if (was.failure === undefined && isWhole && !kept.equals(now.bytes))
    differences.push(`content ${was.body.size} → ${now.bytes.length} bytes`)
  if (differences.length > 0 && sent.size > bytesOf(sent).length)
    differences.push('the request body was not kept whole')
  return differences
}

function statusOf(line: string): number {
  return Number.parseInt(line, 10) || 0
}

function lineOf(file: string, { outcome, record, differences }: Replayed): string {
  const { REQUEST_METHOD: method = '-', REQUEST_URI: target = '-' } = record.environ
  const what = differences.length === 0 ? '' : `  (${differences.join('; ')})`
  return `${outcome.padEnd(7)}  ${method} ${target}${what}  ${file}\n`
}
