/**
 * Makes the environ out of a request, the same on every transport. Knows CGI and PEP 3333 names; knows no socket.
 *
 * In two steps, because most of an environ is the same for all requests on a connection: a template per connection
 * and header block, then a copy of it per request.
 */
import type {
  Environ,
  ErrorStream,
  HeaderList,
  Input,
  MessageSocket,
  MessageSocketOptions,
  Upgraded,
} from '@tsgi/contract'
import { EMPTY_INPUT } from './input.ts'
import { decodePath, splitTarget } from './request-target.ts'
import type { Task } from './response-cleanup.ts'

/** What is true for a whole connection. */
export interface ConnectionFacts {
  readonly serverName: string
  readonly serverPort: string
  readonly scheme: 'http' | 'https'
  readonly remoteAddr: string
  readonly remotePort: string
  /** True if another process may serve the same application. */
  readonly multiprocess: boolean
  readonly errors: ErrorStream
  /** `tsgi.leaving`, where the transport knows when its process leaves. */
  readonly leaving?: AbortSignal | undefined
  /** `tsgi.rate_limit`, where the transport counts for all processes of its server. */
  readonly rateLimit?: Environ['tsgi.rate_limit']
  /** Further CGI keys of the connection, such as SSL_CLIENT_*; called once per header section. */
  readonly variables?: (() => Readonly<Record<string, string>>) | undefined
}

/** What is true for one request. */
export interface RequestFacts {
  readonly method: string
  /** The request target as it was sent. */
  readonly target: string
  /** `'HTTP/1.1'`. */
  readonly protocol: string
  readonly input: Input
}

/** An environ without the keys of a request. An application only gets copies of it. */
export type EnvironTemplate = Environ & { readonly template: unique symbol }

/** @param headers flat: name, value, name, value, …; latin-1 text, already checked by the transport. */
export function environTemplate(headers: readonly string[], connection: ConnectionFacts): EnvironTemplate {
  const environ: Record<string, unknown> = {
    REQUEST_METHOD: '',
    SCRIPT_NAME: '',
    PATH_INFO: '',
    QUERY_STRING: '',
    SERVER_NAME: connection.serverName,
    SERVER_PORT: connection.serverPort,
    SERVER_PROTOCOL: '',
    REMOTE_ADDR: connection.remoteAddr,
    REMOTE_PORT: connection.remotePort,
    REQUEST_URI: '',
    'wsgi.version': VERSION,
    'wsgi.url_scheme': connection.scheme,
    'wsgi.input': EMPTY_INPUT,
    'wsgi.errors': connection.errors,
    'wsgi.multithread': false,
    'wsgi.multiprocess': connection.multiprocess,
    'wsgi.run_once': false,
    'tsgi.version': VERSION,
    // Set by the server, a router or the exchange: places kept, so that setting them does not change the object's shape.
    'tsgi.request_id': undefined,
    'tsgi.traceparent': undefined,
    'tsgi.route': undefined,
    'tsgi.after_response': undefined,
    'tsgi.flush_head': undefined,
    [EXCHANGE]: undefined,
  }
  if (connection.leaving !== undefined) environ['tsgi.leaving'] = connection.leaving
  if (connection.rateLimit !== undefined) environ['tsgi.rate_limit'] = connection.rateLimit
  addHeaders(environ, headers)
  if (connection.variables !== undefined) Object.assign(environ, connection.variables())
  // V8 turns an object with many computed keys into a dictionary, which is ten times slower to copy; a copy is not one.
  // True by construction: every key of Environ but the request's own has been set above.
  return (headers.length > MANY ? { ...environ } : environ) as EnvironTemplate
}

/** Twelve headers, name and value: computed keys beyond those go into a dictionary. */
const MANY = 24

/**
 * The environ of one request. The authority of an absolute-form target replaces the Host header (RFC 9112 §3.2.2).
 * @returns `undefined` if the form of the target does not fit the method (RFC 9112 §3.2), or its path cannot be decoded:
 *   a malformed escape or `%00`. The transport answers 400.
 */
export function makeEnviron(template: EnvironTemplate, request: RequestFacts): Environ | undefined {
  const target = splitTarget(request.target, request.method)
  if (target === undefined) return undefined
  const { path, query, authority } = target
  const decoded = path.includes('%') ? decodePath(path) : path
  if (decoded === undefined) return undefined
  const environ: Environ = { ...template }
  if (authority !== undefined) environ.HTTP_HOST = authority
  environ.REQUEST_METHOD = request.method
  environ.PATH_INFO = decoded
  environ.QUERY_STRING = query
  environ.SERVER_PROTOCOL = request.protocol
  environ.REQUEST_URI = request.target
  environ['wsgi.input'] = request.input
  return environ
}

/** Moves a raw prefix of the path, whole segments of it, to SCRIPT_NAME: the application is mounted there. */
export function shiftPath(environ: Environ, prefix: string): void {
  const taken = decodePath(prefix) ?? '' // as the whole path was decoded, so is its beginning
  environ.SCRIPT_NAME = taken
  environ.PATH_INFO = environ.PATH_INFO.slice(taken.length)
}

/** A copy of `environ`, a template that no application has seen. */
export function repeatEnviron(environ: Environ, input: Input): Environ {
  const copy: Environ = { ...environ }
  copy['wsgi.input'] = input
  return copy
}

const VERSION: readonly [1, 0] = Object.freeze([1, 0] as const)

/**
 * CGI names for headers (RFC 3875 §4.1.18). The mapping is injective: a name with `_` would collide with one with `-`,
 * so it is dropped; `Proxy` would become `HTTP_PROXY`, which HTTP clients obey (httpoxy), so it is dropped too.
 */
function addHeaders(environ: Record<string, unknown>, headers: readonly string[]): void {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const value = headers[i + 1] ?? ''
    const key = variableName(name)
    if (key === undefined) continue
    const before = environ[key]
    environ[key] = before === undefined ? value : `${before}${key === 'HTTP_COOKIE' ? '; ' : ', '}${value}`
  }
}

/** Names seen before, as they were written. Bounded in length and number, and cleared when full: clients invent names. */
const MAX_KNOWN_NAME_CHARS = 64
const knownNames = new Map<string, string>()

function variableName(name: string): string | undefined {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  if (name.includes('_')) return undefined
  const upper = name.toUpperCase().replaceAll('-', '_')
  if (upper === 'PROXY') return undefined
  const key = upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH' ? upper : `HTTP_${upper}`
  if (name.length > MAX_KNOWN_NAME_CHARS) return key
  if (knownNames.size >= 1000) knownNames.clear()
  knownNames.set(name, key)
  return key
}

/*
 * The keys that an exchange adds to its environ: `tsgi.signal`, `tsgi.after_response`, `tsgi.flush_head`, `tsgi.early_hints`, `tsgi.trailers`, `tsgi.upgrade`, as
 * own properties, so that a copy of the environ has them. The signal is an accessor, created at the first
 * read: most requests do not read it, and it costs more than all the others. The others are closures, cheaper than accessors would be.
 */

/** Where an environ keeps the exchange it belongs to. */
export const EXCHANGE: unique symbol = Symbol('exchange')

/** What the extensions call. */
export interface EnvironExtensions {
  readonly signal: AbortSignal
  afterResponse(task: Task): void
  flushHead(): void
  earlyHints(headers: HeaderList): void
  upgrade(headers: HeaderList): Upgraded
  websocket(options?: MessageSocketOptions): MessageSocket
}

/** What the transport can do. */
interface Abilities {
  readonly flushHead?: unknown
  readonly informational?: unknown
  readonly upgrade?: unknown
  readonly websocket?: unknown
}

export function addExtensions(
  environ: Environ & { [EXCHANGE]?: EnvironExtensions },
  keeper: EnvironExtensions,
  { flushHead, informational, upgrade, websocket }: Abilities,
): void {
  environ[EXCHANGE] = keeper
  environ['tsgi.after_response'] = afterResponse(keeper)
  if (flushHead !== undefined) environ['tsgi.flush_head'] = flushHeadOf(keeper)
  if (informational !== undefined) environ['tsgi.early_hints'] = earlyHints(keeper)
  Object.defineProperty(environ, 'tsgi.signal', SIGNAL)
  if (environ.HTTP_UPGRADE !== undefined && upgrade !== undefined && isOffer(environ)) {
    environ['tsgi.upgrade'] = upgradeOf(keeper)
  }
  if (websocket !== undefined) environ['tsgi.websocket'] = websocketOf(keeper)
}

// Separate functions create the closures: V8 allocates a closure that is written directly into a property among its old
// objects. There it keeps its dead request alive until the whole heap is marked.

function afterResponse(keeper: EnvironExtensions): NonNullable<Environ['tsgi.after_response']> {
  return (task) => keeper.afterResponse(task)
}

function flushHeadOf(keeper: EnvironExtensions): NonNullable<Environ['tsgi.flush_head']> {
  return () => keeper.flushHead()
}

function earlyHints(keeper: EnvironExtensions): NonNullable<Environ['tsgi.early_hints']> {
  return (headers) => keeper.earlyHints(headers)
}

function upgradeOf(keeper: EnvironExtensions): NonNullable<Environ['tsgi.upgrade']> {
  return (headers) => keeper.upgrade(headers)
}

function websocketOf(keeper: EnvironExtensions): NonNullable<Environ['tsgi.websocket']> {
  return (options) => keeper.websocket(options)
}

/** RFC 9110 §7.8: only HTTP/1.1 or later, and only if Connection names it. A request with a body is no upgrade: the body must be read first. */
function isOffer(environ: Environ): boolean {
  const { SERVER_PROTOCOL, REQUEST_METHOD, HTTP_CONNECTION = '' } = environ
  if (SERVER_PROTOCOL === 'HTTP/1.0' || REQUEST_METHOD === 'HEAD') return false
  if (environ.HTTP_TRANSFER_ENCODING !== undefined || (environ.CONTENT_LENGTH ?? '0') !== '0') return false
  return HTTP_CONNECTION.split(',').some((option) => option.trim().toLowerCase() === 'upgrade')
}

/** Becomes an ordinary property as soon as it is read or written. One for all environs, so that they keep one shape. */
const SIGNAL: PropertyDescriptor & ThisType<{ [EXCHANGE]: EnvironExtensions }> = {
  enumerable: true,
  configurable: true,
  get() {
    return settle(this, this[EXCHANGE].signal)
  },
  set(value: unknown) {
    settle(this, value)
  },
}

function settle(environ: object, value: unknown): unknown {
  Object.defineProperty(environ, 'tsgi.signal', { value, enumerable: true, configurable: true, writable: true })
  return value
}
