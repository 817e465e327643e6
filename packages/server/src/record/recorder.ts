/**
 * `--record DIR`: contract middleware that keeps requests which failed, were slow, or all, so that they can be played again
 * (`tsgi replay`). It changes no request and waits for nothing. Knows the contract; secrets are redaction's, files record-folder's.
 */
import type { Application, Body, Chunk, Environ, ErrorStream, HeaderList, Input } from '@tsgi/contract'
import { RecordBudget } from './record-budget.ts'
import type { RecordFolder } from './record-folder.ts'
import { bodyOf, type RecordedRequest } from './recorded-request.ts'
import { Redaction } from './redaction.ts'

export type RecordWhen = 'error' | 'slow' | 'all'

export interface RecorderOptions {
  readonly folder: Pick<RecordFolder, 'keep'>
  readonly when: RecordWhen
  /** From here on a request is slow. */
  readonly slowMs: number
}

/** Of each body and of the log so much is kept. */
const MAX_KEPT_BYTES = 64 * 1024

let count = 0

/** Those that fail or are slow have a budget of their own: no number of good ones takes their place. */
interface Budgets {
  readonly all: RecordBudget
  readonly rare: RecordBudget
}

export function recorded(application: Application, options: RecorderOptions): Application {
  const budgets: Budgets = { all: new RecordBudget(), rare: new RecordBudget() }
  return (environ, startResponse) => {
    const request = new RecordingRequest(environ, options, budgets)
    const begin: typeof startResponse = (status, headers, ...error) => {
      request.began(status, headers)
      return startResponse(status, headers, ...error)
    }
    try {
      const body = application(environ, begin)
      if (!(body instanceof Promise)) return request.ofBody(body)
      return body.then(
        (one) => request.ofBody(one),
        (error: unknown) => request.failed(error),
      )
    } catch (error) {
      return request.failed(error)
    }
  }
}

/** The first bytes of something, and how many there were. */
class Kept {
  readonly #parts: Uint8Array[] = []
  #kept = 0
  size = 0

  add(chunk: Chunk): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    this.size += bytes.length
    const room = MAX_KEPT_BYTES - this.#kept
    if (room <= 0) return
    // A copy: the chunk is the application's again once it was sent.
    const part = Uint8Array.prototype.slice.call(bytes, 0, room)
    this.#parts.push(part)
    this.#kept += part.length
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

type KeptBytes = Pick<Kept, 'bytes' | 'size'>

function keptOf(kept: Kept | undefined): KeptBytes {
  return kept === undefined ? { bytes: Buffer.alloc(0), size: 0 } : { bytes: kept.bytes, size: kept.size }
}

class RecordingRequest {
  readonly #options: RecorderOptions
  readonly #budgets: Budgets
  readonly #environ: Environ
  readonly #begunAt = Date.now()
  /** What an application may change on its way. */
  readonly #script: string
  readonly #path: string
  /** Made when there is something to keep: most requests are good ones, of which nothing is kept. */
  #input: Kept | undefined
  #output: Kept | undefined
  #log: Kept | undefined
  #status = ''
  #headers: HeaderList = []
  #failure: string | undefined
  #isOver = false

  constructor(environ: Environ, options: RecorderOptions, budgets: Budgets) {
    this.#options = options
    this.#budgets = budgets
    this.#environ = environ
    this.#script = environ.SCRIPT_NAME
    this.#path = environ.PATH_INFO
    const { CONTENT_LENGTH: length, REQUEST_METHOD: method } = environ
    const hasBody = length === undefined ? method !== 'GET' && method !== 'HEAD' : length !== '0'
    if (hasBody) environ['wsgi.input'] = teeInput(environ['wsgi.input'], (bytes) => this.#keepInput(bytes))
    environ['wsgi.errors'] = teeErrors(environ['wsgi.errors'], (text) => this.#keepLog(text))
  }

  #keepLog(text: string): void {
    this.#log ??= new Kept()
    this.#log.add(text)
  }

  #keepInput(bytes: Uint8Array): void {
    this.#input ??= new Kept()
    this.#input.add(bytes)
  }

  #keepOutput(chunk: Chunk): void {
    this.#output ??= new Kept()
    this.#output.add(chunk)
  }

  began(status: string, headers: HeaderList): void {
    this.#status = status
    this.#headers = headers
  }

  failed(error: unknown): never {
    this.#failure = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`
    this.#end()
    throw error
  }

  /** A file leaves by its descriptor, as before: its content is not kept. */
  ofBody(body: Body): Body {
    if (typeof body === 'string' || body instanceof Uint8Array) {
      const why = this.#why()
      if (why !== undefined) this.#keepOutput(body)
      this.#end(why)
      return body
    }
    if ('fd' in body) {
      this.#output = new Kept()
      this.#output.size = body.length
      this.#end()
      return body
    }
    const close = () => {
      this.#end()
      return body.close?.()
    }
    if (Symbol.asyncIterator in body) return { [Symbol.asyncIterator]: () => this.#streamed(body), close }
    const chunks: Iterable<Chunk> = body
    return { [Symbol.iterator]: () => this.#listed(chunks), close }
  }

  async *#streamed(body: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
    try {
      for await (const chunk of body) {
        this.#keepOutput(chunk)
        yield chunk
      }
    } catch (error) {
      this.failed(error)
    } finally {
      this.#end()
    }
  }

  *#listed(body: Iterable<Chunk>): Generator<Chunk> {
    try {
      for (const chunk of body) {
        this.#keepOutput(chunk)
        yield chunk
      }
    } catch (error) {
      this.failed(error)
    } finally {
      this.#end()
    }
  }

  /** The clock is read only where it decides. */
  #why(): RecordWhen | undefined {
    const { when, slowMs } = this.#options
    if (this.#failure !== undefined || this.#status.startsWith('5')) return 'error'
    if (when === 'error') return undefined
    if (Date.now() - this.#begunAt >= slowMs) return 'slow'
    return when === 'all' && this.#budgets.all.hasRoom ? 'all' : undefined
  }

  #end(why = this.#why()): void {
    if (this.#isOver) return
    this.#isOver = true
    if (why === undefined || !this.#budgets[why === 'all' ? 'all' : 'rare'].take()) return
    const durationMs = Date.now() - this.#begunAt
    const time = new Date(this.#begunAt).toISOString()
    const name = `${time.replaceAll(':', '-')}-${process.pid}-${count++}.json`
    this.#options.folder.keep(name, () => JSON.stringify(this.#record(time, durationMs, why), undefined, 2))
  }

  #record(time: string, durationMs: number, why: RecordWhen): RecordedRequest {
    const redaction = new Redaction()
    const variables = { ...variablesOf(this.#environ), SCRIPT_NAME: this.#script, PATH_INFO: this.#path }
    const [received, sent, log] = [keptOf(this.#input), keptOf(this.#output), keptOf(this.#log)]
    // First all secrets are collected, then each text is cleaned of all of them.
    const environ = redaction.environ(variables)
    const headers = redaction.headers(this.#headers)
    redaction.body(this.#environ.CONTENT_TYPE ?? '', received.bytes)
    redaction.body(headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '', sent.bytes)
    const clean = (text: string) => redaction.text(text)
    const kept = ({ bytes, size }: KeptBytes) => bodyOf(redaction.bytes(bytes, size > bytes.length), size)
    return {
      version: 1,
      ...{ time, durationMs, why },
      environ: Object.fromEntries(Object.entries(environ).map(([name, value]) => [name, clean(value)])),
      body: kept(received),
      response: {
        status: clean(this.#status),
        headers: headers.map(([name, value]) => [name, clean(value)]),
        body: kept(sent),
        ...(this.#failure !== undefined && { failure: clean(this.#failure) }),
      },
      log: clean(log.bytes.toString('utf8')),
    }
  }
}

/** What a request was, not what a server or an application added: CGI variables and headers. */
function variablesOf(environ: Environ): Record<string, string> {
  const found: Record<string, string> = { 'wsgi.url_scheme': environ['wsgi.url_scheme'] }
  for (const name of Object.keys(environ)) {
    if (!/^[A-Z][A-Z0-9_]*$|^tsgi\.request_id$/.test(name)) continue
    const value = environ[name]
    if (typeof value === 'string') found[name] = value
  }
  return found
}

function teeInput(input: Input, seen: (bytes: Uint8Array) => void): Input {
  const noted = (bytes: Uint8Array) => {
    seen(bytes)
    return bytes
  }
  return {
    read: async (...size) => noted(await input.read(...size)),
    readline: async (...size) => noted(await input.readline(...size)),
    async *[Symbol.asyncIterator]() {
      for await (const bytes of input) yield noted(bytes)
    },
  }
}

function teeErrors(errors: ErrorStream, seen: (text: string) => void): ErrorStream {
  return {
    write: (text) => {
      seen(text)
      errors.write(text)
    },
    writelines: (lines) => {
      const all = [...lines]
      seen(all.join(''))
      errors.writelines(all)
    },
    flush: () => errors.flush(),
  }
}
