/**
 * Any fetch handler, `(Request) => Response`, as a contract application: Hono, h3, Elysia, Remix, a bare function.
 * Knows the contract and the fetch standard; no framework. What Request and Response are made of is in fetch/.
 */
import type { Application, Body, Environ, StartResponse } from '@tsgi/contract'
import { guestRequest } from './fetch/guest-request.ts'
import { responseBody } from './fetch/response-body.ts'
import { WaitUntil } from './fetch/wait-until.ts'
import { STATUS_CODES } from './node/http.ts'
import { contractHeaders, statusLine } from './response-head.ts'

/** What Workers call the execution context: the third argument. */
export interface FetchContext {
  /** Keeps the work of `promise` for after the response; its failure goes to the operator's log. */
  waitUntil(promise: PromiseLike<unknown>): void
  /** Does nothing: there is no origin to pass through to. */
  passThroughOnException(): void
  readonly props: Readonly<Record<string, unknown>>
}

/** The second argument, Hono's `c.env`: `options.env`, and the environ. */
export type FetchEnv = Readonly<Record<string, unknown>> & { readonly environ: Environ }

export type FetchHandler = (request: Request, env: FetchEnv, context: FetchContext) => Response | Promise<Response>

/** Hono, h3, Elysia, a module of Workers or Deno. */
export interface FetchObject {
  fetch(request: Request, env: FetchEnv, context: FetchContext): Response | Promise<Response>
}

export interface FetchHandlerOptions {
  /** Bindings of your own for the second argument. */
  readonly env?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Makes a contract application out of a fetch handler. Where it is mounted, `request.url` is what is below the mount;
 * `env.environ.SCRIPT_NAME` has the rest.
 *
 * `request.signal` is `tsgi.signal`, made when it is first read. What differs from other hosts is listed in
 * docs/guests.md.
 *
 * @throws TypeError when `handler` is neither a function nor an object with a `fetch` method.
 */
export function fromFetchHandler(handler: FetchHandler | FetchObject, options: FetchHandlerOptions = {}): Application {
  const call = callable(handler)
  return async (environ, startResponse) => {
    if (NEVER_IN_FETCH.has(environ.REQUEST_METHOD)) return refuseMethod(startResponse)
    const later = new WaitUntil(environ)
    const request = guestRequest(environ, later)
    const response = checked(await call(request, { ...options.env, environ }, later))
    return respond(response, environ, startResponse)
  }
}

function callable(handler: FetchHandler | FetchObject): FetchHandler {
  if (hasFetch(handler)) return (...given) => handler.fetch(...given)
  if (typeof handler === 'function') return handler
  throw new TypeError('fromFetchHandler takes a function, or an object with a fetch method')
}

function hasFetch(handler: FetchHandler | FetchObject): handler is FetchObject {
  return 'fetch' in handler && typeof handler.fetch === 'function'
}

/** Fetch standard, "forbidden method": no Request can have them. */
const NEVER_IN_FETCH: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

function refuseMethod(startResponse: StartResponse): Body {
  startResponse('501 Not Implemented', [['Content-Type', 'text/plain; charset=utf-8']])
  return '501 Not Implemented\n'
}

/** By its shape: a Response may come from another realm, or from an implementation of its own. */
function checked(response: unknown): Response {
  if (typeof response !== 'object' || response === null || !('status' in response) || !('headers' in response)) {
    const given = response === null ? 'null' : `a value of type ${typeof response}`
    throw new TypeError(`the fetch handler returned ${given}, not a Response`)
  }
  if (response.status === 0) throw new TypeError('the fetch handler returned Response.error(), which is no answer')
  if ('bodyUsed' in response && response.bodyUsed === true) {
    throw new TypeError('the fetch handler returned a Response whose body has been read already')
  }
  return response as Response // as far as it is read here, it is one
}

function respond(response: Response, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
  const { status, statusText } = response
  startResponse(
    statusLine(status, statusText === '' ? (STATUS_CODES[status] ?? '') : statusText),
    contractHeaders(status, [...response.headers]),
  )
  return responseBody(response, environ.REQUEST_METHOD === 'HEAD', environ['tsgi.flush_head'])
}
