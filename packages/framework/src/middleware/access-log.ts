/**
 * One line per request, for servers without an access log, or for one mounted application. A middleware of the contract:
 * it sees `startResponse`, `write` and the body go by and changes none of them. How a line looks is log-line.ts.
 */
import type { Application, Body, Environ, Middleware, StartResponse } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { keepLife } from '../routing/application-life.ts'
import { type AccessLogFormat, type AccessRecord, accessLine } from './log-line.ts'
import { type ExchangeEnd, WatchedExchange } from './watched-exchange.ts'

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

class LoggedExchange {
  readonly #environ: Environ
  readonly #options: AccessLogOptions
  readonly #began = { time: Date.now(), clock: performance.now() }
  /** As they came: an application may change its environ. */
  readonly #request: Pick<AccessRecord, 'remoteAddr' | 'method' | 'target' | 'protocol'>
  readonly #errors: Environ['wsgi.errors']

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
  }

  run(application: Application, startResponse: StartResponse): Body | Promise<Body> {
    return new WatchedExchange(this.#environ, (end) => this.#log(end)).run(application, startResponse)
  }

  #log(end: ExchangeEnd): void {
    const record = this.#record(end)
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

  #record({ status, bytes, outcome }: ExchangeEnd): AccessRecord {
    const environ = this.#environ
    return {
      ...this.#request,
      time: this.#began.time,
      status,
      bytes,
      duration: performance.now() - this.#began.clock,
      requestId: environ['tsgi.request_id'],
      host: environ.HTTP_HOST,
      referer: environ.HTTP_REFERER,
      userAgent: environ.HTTP_USER_AGENT,
      outcome,
    }
  }
}
