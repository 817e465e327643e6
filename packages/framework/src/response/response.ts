/**
 * A response as a value: what a view returns. Making one sends nothing; respond.ts does that.
 * `body` has the type of the contract, so a Response takes a stream or a file unchanged.
 */
import type { Body, HeaderList } from '@tsgi/contract'
import { headersWith, withSingletons } from '../http/header-list.ts'
import { jsonText } from './lost-data.ts'
import { Markup } from './markup.ts'

/**
 * Immutable: status, headers in the order they are sent, and body.
 * @example new Response(bytes, 200, [['Content-Type', 'image/png']])
 */
export class Response {
  readonly status: number
  readonly headers: HeaderList
  readonly body: Body

  /** @param status 200–599, checked when it is sent. */
  constructor(body: Body = '', status = 200, headers: HeaderList = []) {
    this.body = body
    this.status = status
    this.headers = headers
  }

  /**
   * The same response with these headers after its own. A name may come several times, as `Set-Cookie` does; of a field
   * that a response has once (RFC 9110 §5.3), such as `Content-Type`, `ETag` or `Location`, the new one takes the place.
   */
  withHeaders(headers: HeaderList): Response {
    return new Response(this.body, this.status, withSingletons(this.headers, headers))
  }

  /** The same response with another status. */
  withStatus(status: number): Response {
    return new Response(this.body, status, this.headers)
  }
}

/** A response that knows what it says, so that a response schema can write that in its own way. Made by `json()`. */
export class JsonResponse extends Response {
  readonly data: unknown

  constructor(data: unknown, body: Body, status: number, headers: HeaderList) {
    super(body, status, headers)
    this.data = data
  }

  override withHeaders(headers: HeaderList): JsonResponse {
    return new JsonResponse(this.data, this.body, this.status, withSingletons(this.headers, headers))
  }

  override withStatus(status: number): JsonResponse {
    return new JsonResponse(this.data, this.body, status, this.headers)
  }

  /** The same response with other data. @throws TypeError for what has no JSON form. */
  withData(data: unknown): JsonResponse {
    return new JsonResponse(data, jsonText(data), this.status, this.headers)
  }
}

/** Statuses that send a client on to `Location` (RFC 9110 §15.4); 303 makes a GET of any method, 307 and 308 keep it. */
export type RedirectStatus = 301 | 302 | 303 | 307 | 308

// Shared by all responses without headers; frozen, because callers get it.
const TEXT = contentType('text/plain; charset=utf-8')
const HTML = contentType('text/html; charset=utf-8')
const JSON_TYPE = contentType('application/json')

/**
 * Plain text, UTF-8. A Content-Type among the headers takes the place of this one, here and in `html` and `json`.
 * @example text('Thanks', 202)
 */
export function text(body: string, status = 200, headers?: HeaderList): Response {
  requireText('text', body)
  return new Response(body, status, headersWith(TEXT, headers))
}

/**
 * An HTML page, UTF-8. Of text nothing is escaped; in `markup` every value is.
 * @example html(markup`<h1>${title}</h1>`)
 */
export function html(body: string | Markup, status = 200, headers?: HeaderList): Response {
  if (!(body instanceof Markup)) requireText('html', body)
  return new Response(typeof body === 'string' ? body : body.toString(), status, headersWith(HTML, headers))
}

/**
 * Data as JSON, made into text once, here. @throws TypeError for what has no JSON form.
 * @example json({ id: 7 }, 201)
 */
export function json(data: unknown, status = 200, headers?: HeaderList): JsonResponse {
  return new JsonResponse(data, jsonText(data), status, headersWith(JSON_TYPE, headers))
}

/**
 * Sends the client to another URL. What cannot stand in a header is percent-encoded.
 * @throws TypeError if `location` holds a control character: with CR or LF it would be a header of its own.
 * @example redirect('/notes', 303)
 */
export function redirect(location: string, status: RedirectStatus = 302, headers: HeaderList = []): Response {
  requireText('redirect', location)
  if (hasControl(location)) throw new TypeError('a redirect location may not hold control characters')
  const encoded = location.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  return new Response('', status, headersWith([['Location', encoded]], headers))
}

/** What was looked up and is not there, where no compiler has seen it. */
function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${name}() takes a string, not ${typeof value}`)
}

/** Whether it is the Content-Type. */
export function isType([name]: HeaderList[number]): boolean {
  return name.toLowerCase() === 'content-type'
}

function contentType(value: string): HeaderList {
  return Object.freeze([Object.freeze(['Content-Type', value] as const)])
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
