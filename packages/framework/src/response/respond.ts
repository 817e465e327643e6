/**
 * The way out: turns what a view returned into the contract's `startResponse` and body. What is there at once is
 * answered at once, without a promise. The server handles framing, `Content-Length` and `HEAD`.
 */
import type { Application, Body, Environ, StartResponse } from '@tsgi/contract'
import { inThisContext } from '../http/async-context.ts'
import { HttpError } from '../http/http-error.ts'
import { hasNoBody, statusLine } from '../http/status.ts'
import { nameOf, wayOutFor } from './lost-data.ts'
import { Markup } from './markup.ts'
import { html, isType, json, Response } from './response.ts'

/**
 * What a view may return: a Response, a string or markup (HTML), bytes, plain data (JSON), or a contract application that is to
 * answer. An HttpError is thrown for it.
 * `undefined` is not among them: it is a forgotten `return`.
 */
export type ViewResult = Response | HttpError | Application | string | number | boolean | DataResult | null

/**
 * Any object that is there already, and whose members are what it says: `then` keeps out a promise of nothing, the others
 * a stream, and the Response or Blob of `fetch`.
 */
export type DataResult = object & {
  readonly then?: never
  readonly arrayBuffer?: never
  readonly [Symbol.asyncIterator]?: never
}

/** Begins the response and returns its body. `error` is given when it replaces one that was begun. */
export function respond(response: Response, startResponse: StartResponse, error?: unknown): Body {
  const { status, headers, body } = response
  const empty = hasNoBody(status)
  const sent = empty ? headers.filter((pair) => !isType(pair)) : headers
  if (error === undefined) startResponse(statusLine(status), sent)
  else startResponse(statusLine(status), sent, error)
  return empty ? '' : typeof body === 'string' ? body : inThisContext(body)
}

/**
 * Has the head leave without its body where the first chunk takes its time: a client that waits for it (`EventSource`, a
 * proxy with a timeout) would not know that there is a response. What fails before is still an error page.
 */
export function flushHeadSoon(environ: Environ, body: Body): Body {
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    const flush = environ['tsgi.flush_head']
    if (flush !== undefined) setTimeout(() => flush(), 0) // without an argument: SPEC C91
  }
  return body
}

/** @throws HttpError if that is what the view returned; TypeError if it returned nothing. */
export function toResponse(result: ViewResult | undefined): Response {
  if (result instanceof Response) return result
  if (typeof result === 'string') return html(result)
  if (result instanceof HttpError) throw result
  if (result instanceof Markup) return html(result)
  if (result instanceof Uint8Array) return new Response(result, 200, [['Content-Type', 'application/octet-stream']])
  if (result === undefined) throw new TypeError('the view returned undefined; return a Response, a string or data')
  const wayOut = typeof result === 'object' && result !== null ? wayOutFor(result) : undefined
  if (wayOut !== undefined) throw new TypeError(`the view returned ${nameOf(result)}, of which JSON is {}; ${wayOut}`)
  return json(result)
}

/** Whether a value will be there later; only such values cost a promise. Of a foreign promise only `then` is used. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
