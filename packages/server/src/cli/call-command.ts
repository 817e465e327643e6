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

const USAGE = 'tsgi call MODULE[:CALLABLE] [METHOD] /PATH [options]'

const HELP = `Usage: ${USAGE}

  tsgi call app.ts /users/7
  tsgi call app.ts POST /users --header 'Content-Type: application/json' --data '{"name":"Ada"}'
  tsgi call flaskapp:app / --include

  -H, --header 'NAME: VALUE'   a header field of the request; may be given again
  -d, --data TEXT              its body; @FILE is what is in a file, - is standard input
  -i, --include                print the head of the response too
      --interface NAME         what the application is: tsgi, node, fetch or wsgi
      --python PATH            the interpreter for a Python application
      --dynamic                run the programs of a folder
      --listing                show what is in a folder that has no index
      --charset NAME           the charset of the text files of a folder
      --middleware MODULE      go through the middleware that this module exports

The content goes to standard output, what the application logs to standard error. Exit code: 0 for a status below 400; 1 from
400 on, for a breach of the contract and for a response that was cut short; 2 for a mistake in the command.
`

const FLAGS = {
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  include: { type: 'boolean', short: 'i' },
  interface: { type: 'string' },
  python: { type: 'string' },
  dynamic: { type: 'boolean' },
  listing: { type: 'boolean' },
  charset: { type: 'string' },
  middleware: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** A response larger than this has no end. */
const MAX_RESPONSE_BYTES = 2 ** 30

/**
 * @returns the exit code: 0 for a status below 400; 1 from 400 on, for a breach of the contract (which is shown), and
 *   for an answer that was cut short.
 * @throws ConfigError (exit code 2) for arguments that make no request, or no application to send it to.
 */
export async function callCommand(args: readonly string[], streams: CommandStreams = process): Promise<number> {
  const { values, positionals } = parseOwn(args, FLAGS, USAGE)
  if (values.help === true) {
    await print(streams.stdout, HELP)
    return 0
  }
  const { target, method, path } = requestOf(positionals)
  const headers = (values.header ?? []).map(headerOf)
  const body = values.data === undefined ? undefined : await dataOf(values.data, streams)
  const environ = environOf(path, method, headers, body)
  const loaded = await loadApplication(target, loadOptions(values))
  const shown = new ShownResponse(values.include === true, streams)
  const { response, trouble } = await responseOf(loaded.application, environ, shown)
  await closeApplication(loaded, 0)
  if (response !== undefined) await shown.end(response)
  if (trouble !== undefined) await print(streams.stderr, `tsgi: ${trouble}\n`)
  if (response?.status === 405 && method !== method.toUpperCase())
    await print(streams.stderr, `tsgi: methods are case-sensitive: ${method} is not ${method.toUpperCase()}\n`)
  return trouble === undefined && response !== undefined && response.status < 400 ? 0 : 1
}

/** The server's own options of these names, read as it reads them: variables and the config file are not looked at. */
function loadOptions(values: Readonly<Partial<Record<(typeof LOAD_FLAGS)[number], string | boolean>>>): LoadOptions {
  const given = LOAD_FLAGS.filter((name) => values[name] !== undefined)
  return loadOptionsOf(configure({ flags: new Map(given.map((name) => [name, [String(values[name])]])) }).config)
}

const LOAD_FLAGS = ['interface', 'python', 'dynamic', 'listing', 'charset', 'middleware'] as const

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
  for await (const part of stdin) parts.push(Buffer.from(part as string)) // it takes bytes too; the types of Buffer.from know one kind at a time
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

interface Outcome {
  readonly response: TestResponse | undefined
  /** One line for the author of the application. */
  readonly trouble: string | undefined
}

async function responseOf(application: Application, environ: Environ, shown: ShownResponse): Promise<Outcome> {
  const checked = validate(application)
  let response: TestResponse | undefined
  try {
    response = await call(shown.teeing(checked), environ, { limit: MAX_RESPONSE_BYTES })
    checked.verify()
    return { response, trouble: undefined }
  } catch (error) {
    if (error instanceof ContractError) return { response, trouble: `breach of the contract: ${error.message}` }
    if (error instanceof ResponseCutError) return { response: error.response, trouble: error.message }
    if (error instanceof RangeError) return { response, trouble: error.message }
    throw error
  }
}

type Head = Pick<TestResponse, 'statusLine' | 'headers'>
type Chunk = string | Uint8Array

/** What is printed of a response: at its end, but a stream as it comes, for it may have none. */
class ShownResponse {
  readonly #isIncluded: boolean
  readonly #streams: CommandStreams
  #hasBegun = false

  constructor(isIncluded: boolean, streams: CommandStreams) {
    this.#isIncluded = isIncluded
    this.#streams = streams
  }

  /** The application, with each chunk of a stream printed on its way. */
  teeing(application: Application): Application {
    return async (environ, startResponse) => {
      if (environ.REQUEST_METHOD === 'HEAD') return await application(environ, startResponse)
      let head: Head = { statusLine: '', headers: [] }
      const body = await application(environ, (...begun) => {
        const [statusLine, headers] = begun
        head = { statusLine, headers }
        const write = startResponse(...begun)
        return async (chunk) => {
          await this.#show(chunk, head)
          return await write(chunk)
        }
      })
      const isStream = typeof body === 'object' && Symbol.asyncIterator in body
      return isStream ? this.#shown(body, () => head) : body
    }
  }

  async *#shown(body: AsyncIterable<Chunk>, head: () => Head): AsyncGenerator<Chunk> {
    for await (const chunk of body) {
      await this.#show(chunk, head())
      yield chunk
    }
  }

  async #show(chunk: Chunk, head: Head): Promise<void> {
    if (!this.#hasBegun && this.#isIncluded) await print(this.#streams.stdout, headOf({ ...head, earlyHints: [] }))
    this.#hasBegun = true
    await print(this.#streams.stdout, chunk)
  }

  /** The log first: it is most likely about what follows. */
  async end(response: TestResponse): Promise<void> {
    const { stdout, stderr } = this.#streams
    if (response.errors !== '') await print(stderr, response.errors)
    if (this.#hasBegun) return
    if (this.#isIncluded) await print(stdout, headOf(response))
    if (response.bytes.length > 0) await print(stdout, response.bytes)
  }
}

/** As HTTP/1.1 writes it, interim responses included: header values are latin-1 (SPEC C59). */
function headOf({
  statusLine,
  headers,
  earlyHints,
}: Pick<TestResponse, 'statusLine' | 'headers' | 'earlyHints'>): Uint8Array {
  const heads = [...earlyHints.map((hints) => ['103 Early Hints', hints] as const), [statusLine, headers] as const]
  const text = heads.map(([status, list]) => {
    return `HTTP/1.1 ${status}\r\n${list.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  })
  return Buffer.from(text.join(''), 'latin1')
}
