/**
 * One request without a server: `call` does what the contract demands of a server and collects the response. Only the
 * main flow; test-exchange handles the head, body-pump the body.
 */
import type { Application } from '../application.ts'
import { ContractError } from '../contract-error.ts'
import type { Environ, MessageSocket, MessageSocketOptions } from '../environ.ts'
import { isWebSocketOffer } from '../validate-websocket.ts'
import { BodyPump } from './body-pump.ts'
import { type EnvironOptions, environFor } from './environ-for.ts'
import { MemoryErrors } from './memory-errors.ts'
import { rateLimitOf } from './memory-limits.ts'
import { TestExchange } from './test-exchange.ts'
import { TestExtensions } from './test-extensions.ts'
import { ResponseCutError, TestResponse } from './test-response.ts'

export interface CallOptions extends EnvironOptions {
  /** Maximum bytes of the response: a larger one counts as endless. @default 16 MiB */
  readonly limit?: number | undefined
  /**
   * The client's half of a WebSocket, for `tsgi.websocket`: called when the application accepts it. `messages` are those of
   * the client. The request then has `tsgi.websocket`, and no `tsgi.upgrade`.
   */
  readonly websocket?: ((options: MessageSocketOptions) => MessageSocket) | undefined
}

/**
 * Calls an application as a server does: the head is sent with the first bytes, HEAD, 204, 205 and 304 have no content,
 * the body's iterator and the body are ended exactly once, the tasks of `tsgi.after_response` run, in this order.
 *
 * An error of the application before the head is sent gives the response of a server, with 500 or the `'tsgi.status'`
 * of an `InputError`, and is the response's `failure`. A request with `Upgrade` has `tsgi.upgrade`, whose `input` is the `body` of the
 * options; the body of the response then holds the bytes of the other protocol. A client that leaves is an aborted `'tsgi.signal'` in the options, a process
 * that leaves an aborted `'tsgi.leaving'`.
 *
 * @param target a request target, or an environ of your own (which then takes no options but `limit`).
 * @throws {ContractError} when the application breaks the contract, as far as a server notices.
 * @throws {ResponseCutError} when the response stops after its head is sent, or the client leaves.
 * @throws {RangeError} when the response has more bytes than `limit`.
 * @throws {TypeError} for a request that a server would not hand to an application (see `environFor`).
 */
export async function call(
  application: Application,
  target: string | Environ,
  options: CallOptions = {},
): Promise<TestResponse> {
  const { limit = 16 * 1024 * 1024, websocket, ...request } = options
  const environ = environOf(target, request)
  const log = environ['wsgi.errors'] instanceof MemoryErrors ? environ['wsgi.errors'] : new MemoryErrors()
  // An environ made to be wrong may have no signal; its client never leaves.
  const signal = environ['tsgi.signal'] ?? new AbortController().signal
  const exchange = new TestExchange(environ.REQUEST_METHOD, limit, signal, log)
  const extensions = new TestExtensions(
    environ,
    () => exchange.flushHead(),
    rateLimitOf(application),
    (headers) => ({
      input: environ['wsgi.input'],
      write: exchange.upgrade(headers, environ.HTTP_UPGRADE),
    }),
    websocket === undefined || !isWebSocketOffer(environ.HTTP_UPGRADE)
      ? undefined
      : (given = {}) => {
          exchange.acceptWebSocket(given, environ.HTTP_SEC_WEBSOCKET_PROTOCOL)
          return websocket(given)
        },
  )
  const failures = await runExchange(application, environ, exchange, extensions, signal)
  extensions.remove()
  for (const { error } of failures.all) log.write(`${describe(error)}\n`)
  const breach = failures.all.find(({ error }) => error instanceof ContractError || exchange.isOverflow(error))
  if (breach !== undefined) throw breach.error
  return conclude(exchange, environ.REQUEST_METHOD, signal, failures.response, { log, extensions })
}

function environOf(target: string | Environ, request: EnvironOptions): Environ {
  if (typeof target === 'string') return environFor(target, request)
  if (Object.keys(request).length === 0) return target
  throw new TypeError('call: options are for a path; an environ is taken as it is, so change the environ itself')
}

/** An error in a box, for an application may throw `undefined`. */
interface Failure {
  readonly error: unknown
}

/** `response` is the error that cut the response; `all` also has the failures after it. */
interface Failures {
  readonly response: Failure | undefined
  readonly all: readonly Failure[]
}

async function runExchange(
  application: Application,
  environ: Environ,
  exchange: TestExchange,
  extensions: TestExtensions,
  signal: AbortSignal,
): Promise<Failures> {
  const all: Failure[] = []
  const failed = (error: unknown) => void all.push({ error })
  const departure = watch(signal)
  let pump: BodyPump | undefined
  try {
    pump = new BodyPump(await application(environ, exchange.startResponse))
    signal.throwIfAborted()
    await pump.send(exchange, departure.gone)
    exchange.end()
  } catch (error) {
    failed(error)
  }
  const response = all[0]
  departure.forget()
  await pump?.end(failed)
  await extensions.runTasks(failed)
  return { response, all }
}

/** A promise that rejects when the client goes. */
function watch(signal: AbortSignal): { readonly gone: Promise<never>; readonly forget: () => void } {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {}) // only some bodies make a caller wait for it
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  return { gone: promise, forget: () => signal.removeEventListener('abort', onAbort) }
}

function conclude(
  exchange: TestExchange,
  method: string,
  signal: AbortSignal,
  failure: Failure | undefined,
  { log, extensions }: { readonly log: MemoryErrors; readonly extensions: TestExtensions },
): TestResponse {
  const rest = { errors: log.text, earlyHints: extensions.earlyHints, failure: failure?.error }
  const { state, statusLine, headers, bytes } = exchange
  if (failure === undefined) {
    const trailers = exchange.hasContent ? extensions.trailers : []
    return new TestResponse({ statusLine, headers, bytes, trailers, ...rest })
  }
  if (state !== 'sent' && !signal.aborted) {
    return new TestResponse({ ...errorPage(failure.error, method), ...rest })
  }
  const arrived = state === 'sent' ? new TestResponse({ statusLine, headers, bytes, ...rest }) : undefined
  throw new ResponseCutError(`the response was cut short: ${firstLine(failure.error)}`, failure.error, arrived)
}

/** The response of a server for an application that failed: no part of the error reaches the client. */
function errorPage(error: unknown, method: string) {
  const statusLine = ERROR_LINES.get(inputStatus(error)) ?? '500 Internal Server Error'
  const text = method === 'HEAD' ? '' : `${statusLine.slice(4)}\n`
  const headers = [['Content-Type', 'text/plain; charset=utf-8']] as const
  return { statusLine, headers, bytes: new TextEncoder().encode(text) }
}

const ERROR_LINES: ReadonlyMap<unknown, string> = new Map([
  [400, '400 Bad Request'],
  [408, '408 Request Timeout'],
  [413, '413 Content Too Large'],
])

function inputStatus(error: unknown): unknown {
  return error instanceof Error && 'tsgi.status' in error ? error['tsgi.status'] : undefined
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : firstLine(error)
}

function firstLine(error: unknown): string {
  return error instanceof Error ? error.message : `a thrown ${typeof error}`
}
