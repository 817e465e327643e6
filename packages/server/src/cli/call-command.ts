/**
 * `tsgi call app.ts:application GET /users/7`: one request to an application, without a server and under the validator.
 * The content goes to standard output as it is, what the application logs to standard error.
 */
import { readFile } from 'node:fs/promises'
import { type Application, ContractError, type Environ, type HeaderList, validate } from '@tsgi/contract'
import { call, environFor, ResponseCutError, type TestResponse } from '@tsgi/contract/testing'
import { ConfigError } from '../config/config-error.ts'
import { configure } from '../config/configuration.ts'
import { closeApplication, loadApplication } from '../loader/load-application.ts'
import { loadOptionsOf } from '../loader/load-options.ts'
import type { LoadOptions } from '../loader/loaded-application.ts'
import { print } from './output.ts'
import { type CommandStreams, parseOwn } from './subcommand-arguments.ts'

const USAGE =
  "tsgi call MODULE[:CALLABLE] [METHOD] /PATH [--header 'NAME: VALUE'] [--data TEXT | --data @FILE | --data -] [--include] [--interface NAME] [--python PATH] [--dynamic] [--charset NAME]"

const FLAGS = {
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  include: { type: 'boolean', short: 'i' },
  interface: { type: 'string' },
  python: { type: 'string' },
  dynamic: { type: 'boolean' },
  charset: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** An answer larger than this has no end. */
const LIMIT = 2 ** 30

/**
 * @returns the exit code: 0 for a status below 400; 1 from 400 on, for a breach of the contract (which is shown), and
 *   for an answer that was cut short.
 * @throws ConfigError (exit code 2) for arguments that make no request, or no application to send it to.
 */
export async function callCommand(args: readonly string[], streams: CommandStreams = process): Promise<number> {
  const { values, positionals } = parseOwn(args, FLAGS, USAGE)
  if (values.help === true) {
    await print(streams.stdout, `Usage: ${USAGE}\n`)
    return 0
  }
  const { target, method, path } = requestOf(positionals)
  const headers = (values.header ?? []).map(headerOf)
  const body = values.data === undefined ? undefined : await dataOf(values.data, streams)
  const environ = environOf(path, method, headers, body)
  const loaded = await loadApplication(target, loadOptions(values))
  const { response, trouble } = await answerOf(loaded.application, environ)
  await closeApplication(loaded, 0)
  if (response !== undefined) await show(response, values.include === true, streams)
  if (trouble !== undefined) await print(streams.stderr, `tsgi: ${trouble}\n`)
  return trouble === undefined && response !== undefined && response.status < 400 ? 0 : 1
}

/** The server's own options of these names, read as it reads them: variables and the config file are not looked at. */
function loadOptions(values: Readonly<Partial<Record<(typeof LOAD_FLAGS)[number], string | boolean>>>): LoadOptions {
  const given = LOAD_FLAGS.filter((name) => values[name] !== undefined)
  return loadOptionsOf(configure({ flags: new Map(given.map((name) => [name, [String(values[name])]])) }).config)
}

const LOAD_FLAGS = ['interface', 'python', 'dynamic', 'charset'] as const

/** A method may be left out: then it is GET. */
function requestOf(positionals: readonly string[]): { target: string; method: string; path: string } {
  const [target, ...request] = positionals
  const [method = '', path = ''] = request.length === 1 ? ['GET', ...request] : request
  if (target === undefined || request.length === 0 || request.length > 2) throw new ConfigError(`usage: ${USAGE}`)
  return { target, method, path }
}

function headerOf(text: string): HeaderList[number] {
  const [, name, value] = /^([^:\s]+):[\t ]*(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new ConfigError(`cannot read the header ${JSON.stringify(text)}: write --header 'Name: value'`)
  }
  return [name, value]
}

async function dataOf(text: string, { stdin }: CommandStreams): Promise<string | Uint8Array> {
  if (text === '-' || text === '@-') return await allOf(stdin)
  if (!text.startsWith('@')) return text
  try {
    return await readFile(text.slice(1))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`--data ${text}: ${reason}`, undefined, error)
  }
}

async function allOf(stdin: CommandStreams['stdin']): Promise<Uint8Array> {
  const parts: Buffer[] = []
  for await (const part of stdin) parts.push(Buffer.from(part as string)) // it takes octets just as well, and the types only one at a time
  return Buffer.concat(parts)
}

/** A request that no server would hand on is a mistake in the command. */
function environOf(path: string, method: string, headers: HeaderList, body: string | Uint8Array | undefined): Environ {
  try {
    return environFor(path, { method, headers, ...(body !== undefined && { body }) })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new ConfigError(error.message.replace(/^environFor: /, ''), undefined, error)
  }
}

interface Answer {
  readonly response: TestResponse | undefined
  /** One line for whoever wrote the application. */
  readonly trouble: string | undefined
}

async function answerOf(application: Application, environ: Environ): Promise<Answer> {
  const checked = validate(application)
  let response: TestResponse | undefined
  try {
    response = await call(checked, environ, { limit: LIMIT })
    checked.verify()
    return { response, trouble: undefined }
  } catch (error) {
    if (error instanceof ContractError) return { response, trouble: `breach of the contract: ${error.message}` }
    if (error instanceof ResponseCutError) return { response: error.response, trouble: error.message }
    if (error instanceof RangeError) return { response, trouble: error.message }
    throw error
  }
}

/** The log first: it is most likely about what follows. */
async function show(response: TestResponse, isIncluded: boolean, { stdout, stderr }: CommandStreams): Promise<void> {
  if (response.errors !== '') await print(stderr, response.errors)
  if (isIncluded) await print(stdout, headOf(response))
  if (response.bytes.length > 0) await print(stdout, response.bytes)
}

/** As HTTP/1.1 writes it, interim responses included: header values are latin-1 (SPEC C59). */
function headOf({ statusLine, headers, earlyHints }: TestResponse): Uint8Array {
  const heads = [...earlyHints.map((hints) => ['103 Early Hints', hints] as const), [statusLine, headers] as const]
  const text = heads.map(([status, list]) => {
    return `HTTP/1.1 ${status}\r\n${list.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  })
  return Buffer.from(text.join(''), 'latin1')
}
