/**
 * Our application as a CGI program (RFC 3875): one request from the environment and standard input, the response to
 * standard output, then the process ends. Knows CGI's variables; the exchange does the rest.
 */
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { Application, Chunk, ErrorStream } from '@tsgi/contract'
import { ApplicationLife, runWhenStarted } from './exchange/application-life.ts'
import { toBytes } from './exchange/bytes.ts'
import { cgiHeaderName, cgiHeaderValue } from './exchange/cgi-header.ts'
import { environTemplate, makeEnviron, shiftPath } from './exchange/environ.ts'
import { sendErrorResponse } from './exchange/error-response.ts'
import { Exchange } from './exchange/exchange.ts'
import { BODY_LIMIT_BYTES, BodyInput, EMPTY_INPUT, type InputSource, inputError, limited } from './exchange/input.ts'
import type { ResponseHead, Sink } from './exchange/sink.ts'

export interface CgiOptions {
  /** CGI's variables. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The request body. @default process.stdin */
  readonly stdin?: Readable
  /** Where the response goes. @default process.stdout */
  readonly stdout?: Writable
  /** Where failures are written. @default process.stderr */
  readonly stderr?: Writable
}

/**
 * Serves the one request of a CGI process. Resolves when the response is out and the work after it is done.
 *
 * A failure after the head cannot be shown to the client: CGI has no way to say it. Header values beyond ASCII are lost
 * where the platform gives variables as UTF-8 text.
 * @example
 * await runCgi(application)
 */
export async function runCgi(application: Application, options: CgiOptions = {}): Promise<void> {
  const { env = process.env, stdin = process.stdin, stdout = process.stdout, stderr = process.stderr } = options
  const errors = errorStream(stderr)
  const pending: Promise<unknown>[] = []
  const sink = new CgiSink(stdout, (promise) => pending.push(promise))
  const life = new ApplicationLife(application)
  const { target, prefix } = targetOf(env)
  const environ = makeEnviron(environTemplate(headersOf(env), { ...connectionOf(env), errors }), {
    method: env.REQUEST_METHOD ?? 'GET',
    target,
    protocol: env.SERVER_PROTOCOL ?? 'HTTP/1.0',
    input: hasBody(env)
      ? new BodyInput(limited(new StreamSource(stdin, env.CONTENT_LENGTH), BODY_LIMIT_BYTES))
      : EMPTY_INPUT,
  })
  if (environ === undefined) sendErrorResponse(sink, 400, env.REQUEST_METHOD === 'HEAD')
  else {
    environ['wsgi.run_once'] = true
    if (prefix !== '') shiftPath(environ, prefix)
    runWhenStarted(life, environ, sink, () => new Exchange(application, environ, sink).run())
  }
  await sink.finished
  await Promise.allSettled(pending)
  await life.close().catch((error: unknown) => errors.write(`close: ${error}\n`))
}

/** Flat names and values. An empty CONTENT_* variable means that the header is absent. */
function headersOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const flat: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    const field = cgiHeaderName(name)
    if (field !== undefined) flat.push(field, cgiHeaderValue(value))
    if ((name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH') && value !== '') flat.push(name.replace('_', '-'), value)
  }
  return flat
}

/** The raw target counts. A server without it gives the decoded path, which is escaped again. */
function targetOf(env: Readonly<Record<string, string | undefined>>): {
  readonly target: string
  readonly prefix: string
} {
  const { SCRIPT_NAME: script = '', PATH_INFO: path = '', QUERY_STRING: query = '', REQUEST_URI: raw } = env
  const isScript = script !== '' && script !== '/'
  if (raw !== undefined && raw !== '') {
    const [rawPath = ''] = raw.split('?', 1)
    return { target: raw, prefix: isScript ? rawPrefix(rawPath, script) : '' }
  }
  const escaped =
    encodeURI(`${isScript ? script : ''}${path}`.toWellFormed()).replace(/[?#]/g, encodeURIComponent) || '/'
  return { target: query === '' ? escaped : `${escaped}?${query}`, prefix: isScript ? encodeURI(script) : '' }
}

/** The beginning of a raw path that decodes to `script`; `''` where a rewrite has hidden it. */
function rawPrefix(path: string, script: string): string {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const prefix = end === -1 ? path : path.slice(0, end)
    if (decode(prefix) === script) return prefix
    if (end === -1) return ''
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function connectionOf(env: Readonly<Record<string, string | undefined>>) {
  const isSecure = env.HTTPS !== undefined && env.HTTPS !== '' && env.HTTPS !== 'off'
  return {
    serverName: (env.SERVER_NAME ?? '').replace(/:\d+$/, '') || 'localhost',
    serverPort: env.SERVER_PORT ?? (isSecure ? '443' : '80'),
    scheme: isSecure ? ('https' as const) : ('http' as const),
    remoteAddr: env.REMOTE_ADDR ?? '',
    remotePort: env.REMOTE_PORT ?? '',
    multiprocess: true,
  }
}

/** By its length, or until the end of the input where the server decoded chunks (Apache). */
function hasBody(env: Readonly<Record<string, string | undefined>>): boolean {
  const { CONTENT_LENGTH: length = '' } = env
  return length === '' ? env.HTTP_TRANSFER_ENCODING !== undefined : length !== '0'
}

class StreamSource implements InputSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  /** Bytes that are still to come; unknown without a length. */
  #left: number

  constructor(stream: Readable, length: string | undefined) {
    this.#chunks = stream[Symbol.asyncIterator]()
    this.#left = length === undefined || length === '' ? Number.POSITIVE_INFINITY : Number(length)
  }

  async pull(): Promise<Uint8Array | null> {
    if (this.#left === 0) return null
    const { done, value } = await this.#chunks.next()
    if (done === true) {
      if (Number.isFinite(this.#left)) throw inputError(400, 'the request body was cut short')
      return null
    }
    const bytes = value.subarray(0, Math.min(value.byteLength, this.#left))
    this.#left -= bytes.byteLength
    return bytes.byteLength > 0 ? bytes : this.pull()
  }
}

/** A `Status` line and headers, then the body (RFC 3875 §6). */
class CgiSink implements Sink {
  readonly finished: Promise<void>
  readonly waitUntil: (promise: Promise<unknown>) => void
  readonly #stdout: Writable
  readonly #end: PromiseWithResolvers<void>

  constructor(stdout: Writable, waitUntil: (promise: Promise<unknown>) => void) {
    this.#stdout = stdout
    this.waitUntil = waitUntil
    this.#end = Promise.withResolvers()
    this.finished = this.#end.promise
    // The server has closed the pipe.
    stdout.on('error', () => this.#end.resolve())
  }

  writeHead({ status, headers, contentLength }: ResponseHead): void {
    const lines = [`Status: ${status}`]
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
    if (contentLength !== undefined) lines.push(`Content-Length: ${contentLength}`)
    this.#stdout.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
  }

  write(chunk: Chunk): boolean {
    return this.#stdout.write(toBytes(chunk))
  }

  async drained(): Promise<void> {
    if (this.#stdout.writableNeedDrain) await once(this.#stdout, 'drain').catch(() => undefined)
  }

  end(): void {
    this.#stdout.write('', () => this.#end.resolve())
  }

  abort(): void {
    process.exitCode = 1
    this.end()
  }
}

function errorStream(stderr: Writable): ErrorStream {
  return {
    write: (text) => void stderr.write(text),
    writelines: (lines) => {
      for (const line of lines) stderr.write(line)
    },
    flush: () => undefined,
  }
}
