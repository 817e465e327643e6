/**
 * Makes the environ that a server would make of a request, from the few things that a test states. A request that a
 * server would refuse itself throws a `TypeError` that names the fault.
 */
import type { Environ, Input } from '../environ.ts'
import { authorityOf, decodePath, pathOf, queryOf } from '../request-target.ts'
import type { HeaderList } from '../start-response.ts'
import { FIELD_VALUE, TOKEN } from '../validate-head.ts'
import { isForbiddenTrailer } from '../validate-trailers.ts'
import { MemoryErrors } from './memory-errors.ts'
import { MemoryInput, type RequestBody } from './memory-input.ts'

/** A request, as a test describes it. Every other key goes into the environ unchanged; `undefined` omits a key. */
export interface EnvironOptions {
  /** Default `'GET'`. */
  readonly method?: string | undefined
  /** Names in any case; a list, or an array as a value, sends a header several times. `Host` is `localhost` by default. */
  readonly headers?: HeaderList | Readonly<Record<string, string | readonly string[]>> | undefined
  /** A string or bytes declare their length; an iterable is sent without one, as a chunked body is. */
  readonly body?: RequestBody | undefined
  /** Fields after the body; `environ['tsgi.trailers'].received` has them, names in lower case, when the body was read. */
  readonly trailers?: HeaderList | undefined
  readonly [key: string]: unknown
}

/**
 * An environ for `target`, as a server makes it: `REQUEST_URI` is the target as given, the path is percent-decoded
 * once as UTF-8, headers are joined, those with `_` in their name and `Proxy` are dropped.
 *
 * @param target a request target (RFC 9112 §3.2): `/path?query` percent-encoded where it has to be, an absolute
 *   `http://host/path`, or `*` for `OPTIONS`.
 * @param options the rest of the request, and environ keys to override, such as `'wsgi.url_scheme': 'https'`.
 * @throws {TypeError} for a request to which a server itself responds 400.
 */
export function environFor(target: string, options: EnvironOptions = {}): Environ {
  const { method = 'GET', headers = [], body, trailers = [], ...overrides } = options
  if (!TOKEN.test(method)) throw refused(`the method ${JSON.stringify(method)} is not a token`)
  const fields = fieldsOf(headers)
  const host = authorityOf(target)
  if (host !== undefined) fields.set('HTTP_HOST', host)
  if (typeof body === 'string') fields.set('CONTENT_LENGTH', fields.get('CONTENT_LENGTH') ?? String(utf8(body).length))
  if (body instanceof Uint8Array) fields.set('CONTENT_LENGTH', fields.get('CONTENT_LENGTH') ?? String(body.length))
  const environ = baseEnviron(method, target, fields, inputOf(body, fields, trailers))
  for (const [key, value] of Object.entries(overrides)) {
    if (value === undefined) delete environ[key]
    else Object.defineProperty(environ, key, { value, writable: true, enumerable: true, configurable: true })
  }
  return environ
}

/** Trailers follow a body that is sent without a length; those that are forbidden are dropped (SPEC C92). */
function inputOf(body: RequestBody | undefined, fields: ReadonlyMap<string, string>, trailers: HeaderList): Input {
  const length = fields.get('CONTENT_LENGTH')
  const received = trailers.map(([name, value]) => [name.toLowerCase(), value] as const)
  for (const [name, value] of received) {
    if (!TOKEN.test(name)) throw refused(`the trailer's name ${JSON.stringify(name)} is not a token`)
    if (!FIELD_VALUE.test(value)) throw refused(`the value of ${name} is not latin-1 text without control characters`)
  }
  const allowed = received.filter(([name]) => !isForbiddenTrailer(name))
  return new MemoryInput(body ?? '', length === undefined ? undefined : Number(length), allowed)
}

function baseEnviron(method: string, target: string, fields: ReadonlyMap<string, string>, input: Input): Environ {
  return {
    REQUEST_METHOD: method,
    SCRIPT_NAME: '',
    PATH_INFO: pathInfoOf(method, target),
    QUERY_STRING: queryOf(target),
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_PORT: '50000',
    REQUEST_URI: target,
    HTTP_HOST: 'localhost',
    ...Object.fromEntries(fields),
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': 'http',
    'wsgi.input': input,
    'wsgi.errors': new MemoryErrors(),
    'wsgi.multithread': false,
    'wsgi.multiprocess': false,
    'wsgi.run_once': false,
    'tsgi.version': [1, 0],
    'tsgi.signal': new AbortController().signal,
  }
}

function pathInfoOf(method: string, target: string): string {
  if (!/^[\x21\x22\x24-\x7e]+$/.test(target)) {
    throw refused(`the target ${JSON.stringify(target)} has characters that no request line has; use encodeURI`)
  }
  const raw = pathOf(target)
  if (raw === undefined) throw refused(`the target ${JSON.stringify(target)} must begin with / or http://`)
  if (raw === '*' && method !== 'OPTIONS')
    throw refused(`the target * is only for OPTIONS, and the method is ${method}`)
  const path = decodePath(raw)
  if (path === undefined) throw refused(`the path ${JSON.stringify(raw)} has a malformed escape, or %00`)
  return path
}

/** Request headers as environ keys (SPEC C9, C18–C22). */
function fieldsOf(headers: NonNullable<EnvironOptions['headers']>): Map<string, string> {
  const fields = new Map<string, string>()
  for (const [name, sent] of pairsOf(headers)) {
    const value = sent.replace(/^[\t ]+|[\t ]+$/g, '')
    if (!TOKEN.test(name)) throw refused(`the header's name ${JSON.stringify(name)} is not a token`)
    if (!FIELD_VALUE.test(value)) throw refused(`the value of ${name} is not latin-1 text without control characters`)
    if (name.includes('_') || name.toLowerCase() === 'proxy') continue
    const key = keyOf(name)
    const before = fields.get(key)
    if (before !== undefined && SINGLE.has(key)) throw refused(`the header ${name} comes twice`)
    fields.set(key, before === undefined ? value : `${before}${key === 'HTTP_COOKIE' ? '; ' : ', '}${value}`)
  }
  if (!/^[0-9]+$/.test(fields.get('CONTENT_LENGTH') ?? '0')) throw refused('Content-Length is not decimal digits')
  return fields
}

function pairsOf(headers: NonNullable<EnvironOptions['headers']>): HeaderList {
  if (isList(headers)) return headers
  return Object.entries(headers).flatMap(([name, value]) => {
    return typeof value === 'string' ? [[name, value] as const] : value.map((each) => [name, each] as const)
  })
}

function isList(headers: NonNullable<EnvironOptions['headers']>): headers is HeaderList {
  return Array.isArray(headers)
}

function keyOf(name: string): string {
  const key = name.toUpperCase().replaceAll('-', '_')
  return key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH' ? key : `HTTP_${key}`
}

const SINGLE: ReadonlySet<string> = new Set(['HTTP_HOST', 'CONTENT_LENGTH', 'CONTENT_TYPE', 'HTTP_AUTHORIZATION'])

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function refused(message: string): TypeError {
  return new TypeError(`environFor: ${message}; a server answers such a request with 400`)
}
