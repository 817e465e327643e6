/**
 * One line per request, for servers without an access log, or for one mounted application. A middleware of the contract:
 * it sees `startResponse`, `write` and the body go by and changes none of them. How a line looks is log-line.ts.
 */
import type { Application, Body, Chunk, Environ, Middleware, StartResponse } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { isPromise } from '../response/respond.ts'
import { keepLife } from '../routing/application-life.ts'
import { sentLength } from './body-kind.ts'
import { type AccessLogFormat, type AccessRecord, accessLine } from './log-line.ts'
import { type BodyTap, tapBody } from './tapped-body.ts'

/** Options of `accessLog`. */
export interface AccessLogOptions {
  /** Default `combined`. */
  readonly format?: AccessLogFormat
  /** Takes each line, its LF included. Default: the request's `wsgi.errors`. */
  readonly write?: (line: string, record: AccessRecord) => void
}

/**
 * Logs each request when its response is over: sent, failed or left by its client. Where the server has
 * `tsgi.after_response` that moment is the server's; without it, it is that of the body's `close()`, or for a body
 * that is all there the moment it is returned.
 */
export function accessLog(options: AccessLogOptions = {}): Middleware {
  refuseUnknown('accessLog', options, NAMES)
  const { format = 'combined' } = options
  if (!FORMATS.includes(format)) throw new TypeError(`accessLog: no format ${format}; there are ${FORMATS.join(', ')}`)
  return keepLife(
    (application) => (environ, startResponse) => new LoggedExchange(environ, options).run(application, startResponse),
  )
}

const NAMES: ReadonlySet<string> = new Set<keyof AccessLogOptions>(['format', 'write'])
const FORMATS: readonly string[] = ['combined', 'json'] satisfies ReadonlyArray<AccessLogOptions['format']>

/** How far a response has come; the first that is not `open` stays. */
type State = 'open' | 'complete' | 'failed' | 'logged'

class LoggedExchange implements BodyTap {
  readonly #environ: Environ
  readonly #options: AccessLogOptions
  readonly #began = { time: Date.now(), clock: performance.now() }
  /** As they came: an application may change its environ. */
  readonly #request: Pick<AccessRecord, 'remoteAddr' | 'method' | 'target' | 'protocol'>
  readonly #errors: Environ['wsgi.errors']
  readonly #isAnnounced: boolean
  #status = 0
  #bytes = 0
  #state: State = 'open'

  constructor(environ: Environ, options: AccessLogOptions) {
    const { REMOTE_ADDR, REQUEST_METHOD, REQUEST_URI, SERVER_PROTOCOL } = environ
    this.#environ = environ
    this.#options = options
    this.#request = {
      remoteAddr: REMOTE_ADDR,
      method: REQUEST_METHOD,
      target: REQUEST_URI,
      protocol: SERVER_PROTOCOL,
    }
    this.#errors = environ['wsgi.errors']
    const later = environ['tsgi.after_response']
    this.#isAnnounced = later !== undefined
    later?.(() => this.#log())
  }

  run(application: Application, startResponse: StartResponse): Body | Promise<Body> {
    try {
      const body = application(this.#environ, this.#watch(startResponse))
      if (!isPromise(body)) return this.#take(body)
      return body.then(
        (later) => this.#take(later),
        (error) => this.#fail(error),
      )
    } catch (error) {
      return this.#fail(error)
    }
  }

  onChunk(chunk: Chunk): void {
    if (this.#request.method !== 'HEAD') this.#bytes += sentLength(chunk)
  }

  onEnd(): void {
    if (this.#state === 'open') this.#state = 'complete'
  }

  onFailure(): void {
    if (this.#state === 'open') this.#state = 'failed'
  }

  onSpan(length: number): void {
    if (this.#request.method !== 'HEAD') this.#bytes += length
    this.onEnd()
  }

  #watch(startResponse: StartResponse): StartResponse {
    return (status, headers, error) => {
      const write = error === undefined ? startResponse(status, headers) : startResponse(status, headers, error)
      this.#status = Number(status.slice(0, 3))
      return (chunk) => {
        this.onChunk(chunk)
        return write(chunk)
      }
    }
  }

  #take(body: Body): Body {
    return tapBody(body, this, () => this.#over())
  }

  /** The server answers for an application that failed before its head had gone (SPEC C83). */
  #fail(error: unknown): never {
    this.onFailure()
    if (this.#bytes === 0) this.#status = inputStatus(error) ?? 500
    this.#over()
    throw error
  }

  #over(): void {
    if (!this.#isAnnounced) this.#log()
  }

  #log(): void {
    if (this.#state === 'logged') return
    const record = this.#record()
    this.#state = 'logged'
    const line = accessLine(record, this.#options.format ?? 'combined')
    try {
      if (this.#options.write === undefined) this.#errors.write(line)
      else this.#options.write(line, record)
    } catch (error) {
      // A log that cannot be written must not cost the client its response: the failure goes to the other log.
      this.#errors.write(
        `accessLog: a line could not be written: ${error instanceof Error ? error.message : 'no error'}\n`,
      )
    }
  }

  #record(): AccessRecord {
    const environ = this.#environ
    return {
      ...this.#request,
      time: this.#began.time,
      status: this.#status,
      bytes: this.#bytes,
      duration: performance.now() - this.#began.clock,
      requestId: environ['tsgi.request_id'],
      host: environ.HTTP_HOST,
      referer: environ.HTTP_REFERER,
      userAgent: environ.HTTP_USER_AGENT,
      outcome: this.#outcome(),
    }
  }

  /** A client that left explains more than the failure it caused. */
  #outcome(): AccessRecord['outcome'] {
    if (this.#isAnnounced && this.#environ['tsgi.signal'].aborted) return 'aborted'
    if (this.#state === 'failed') return 'failed'
    // The server takes no more of a HEAD than it needs for the head.
    if (this.#state === 'complete' || this.#request.method === 'HEAD') return 'complete'
    return 'aborted'
  }
}

function inputStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('tsgi.status' in error)) return undefined
  return typeof error['tsgi.status'] === 'number' ? error['tsgi.status'] : undefined
}
