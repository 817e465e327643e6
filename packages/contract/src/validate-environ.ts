/**
 * The rules of an environ's keys and values (SPEC C6–C36, C45). Pure: finds the first breach and changes nothing. It
 * never reads an accessor: `tsgi.signal` is created at the first read.
 */
import { show } from './contract-error.ts'
import { authorityOf, decodePath, pathOf, queryOf } from './request-target.ts'
import { type Breach, FIELD_VALUE, TOKEN } from './validate-head.ts'
import { isTrailers } from './validate-trailers.ts'
import { isWebSocketOffer } from './validate-websocket.ts'

/** The first breach of an environ that a server hands over, if there is one. */
export function findEnvironBreach(environ: unknown): Breach | undefined {
  if (typeof environ !== 'object' || environ === null || Array.isArray(environ)) {
    return { clause: 'C6', message: `the environ is ${show(environ)}; it must be an ordinary object` }
  }
  return findObjectBreach(environ) ?? findKeysBreach(valuesOf(environ))
}

/** The first required key that is missing now. */
export function findLostKey(environ: object): string | undefined {
  return REQUIRED.find((key) => !Object.hasOwn(environ, key))
}

const REQUIRED = [
  'REQUEST_METHOD',
  'SCRIPT_NAME',
  'PATH_INFO',
  'QUERY_STRING',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'REMOTE_ADDR',
  'REMOTE_PORT',
  'REQUEST_URI',
  'wsgi.version',
  'wsgi.url_scheme',
  'wsgi.input',
  'wsgi.errors',
  'wsgi.multithread',
  'wsgi.multiprocess',
  'wsgi.run_once',
  'tsgi.version',
  'tsgi.signal',
] as const

type Values = ReadonlyMap<string, unknown>

/** Stands for the value of an accessor, which is not read. */
const UNREAD: unique symbol = Symbol('unread')

function valuesOf(environ: object): Values {
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(environ))
  return new Map(descriptors.map(([key, { get, value }]) => [key, get === undefined ? value : UNREAD]))
}

function findObjectBreach(environ: object): Breach | undefined {
  if (!Object.isExtensible(environ)) {
    return { clause: 'C6', message: 'the environ is frozen or sealed; an application must be able to add keys' }
  }
  for (const key in environ) {
    if (!Object.hasOwn(environ, key)) {
      return { clause: 'C6', message: `the environ inherits ${show(key)}; every key must be its own` }
    }
  }
  const hidden = Object.getOwnPropertyNames(environ).find(
    (key) => !Object.prototype.propertyIsEnumerable.call(environ, key),
  )
  if (hidden !== undefined) {
    return { clause: 'C6', message: `the environ's ${show(hidden)} is not enumerable; a copy by spread would lose it` }
  }
  const lost = findLostKey(environ)
  return lost === undefined ? undefined : { clause: 'C7', message: `the environ has no ${lost}; it must have one` }
}

function findKeysBreach(values: Values): Breach | undefined {
  for (const [key, value] of values) {
    const breach = findKeyBreach(key, value)
    if (breach !== undefined) return breach
  }
  return findRuleBreach(values) ?? findOfferBreach(values) ?? findTargetBreach(values)
}

function findOfferBreach(values: Values): Breach | undefined {
  if (values.get('tsgi.websocket') !== undefined && !isWebSocketOffer(values.get('HTTP_UPGRADE'))) {
    return { clause: 'C96', message: 'the environ has tsgi.websocket and no HTTP_UPGRADE of websocket' }
  }
  if (values.get('tsgi.upgrade') === undefined || values.has('HTTP_UPGRADE')) return undefined
  return { clause: 'C86', message: 'the environ has tsgi.upgrade and no HTTP_UPGRADE; it is for who has offered it' }
}

function findKeyBreach(key: string, value: unknown): Breach | undefined {
  const isHeader = /^http_/i.test(key)
  if (!isHeader && key.includes('.')) return findReservedBreach(key)
  if (!(isHeader ? HEADER_KEY : CGI_KEY).test(key)) {
    return { clause: 'C9', message: `the environ has the key ${show(key)}; a CGI name is upper case, with _ for -` }
  }
  if (typeof value !== 'string') {
    return { clause: 'C9', message: `${key} is ${show(value)}; a key without a dot must hold a string` }
  }
  if (key === 'HTTP_CONTENT_TYPE' || key === 'HTTP_CONTENT_LENGTH') {
    return { clause: 'C19', message: `the environ has ${key}; it must be ${key.slice(5)} alone` }
  }
  if (key === 'HTTP_PROXY') {
    return { clause: 'C20', message: 'the environ has HTTP_PROXY; the header Proxy must be dropped (httpoxy)' }
  }
  if (isHeader && !FIELD_VALUE.test(value)) {
    const wanted = 'latin-1 text without control characters but HTAB, and without blanks around it'
    return { clause: 'C21', message: `${key} is ${show(value)}; it must be ${wanted}` }
  }
  return undefined
}

// The characters of a token (RFC 9110 §5.6.2) in upper case; `-` has become `_`.
const HEADER_KEY = /^HTTP_[!#$%&'*+.^_`|~0-9A-Z]+$/
const CGI_KEY = /^[A-Z][A-Z0-9_]*$/

function findReservedBreach(key: string): Breach | undefined {
  if (!key.startsWith('tsgi.') || TSGI_KEYS.has(key)) return undefined
  return { clause: 'C10', message: `the environ has ${show(key)}; keys under tsgi. are the contract's alone` }
}

const TSGI_KEYS: ReadonlySet<string> = new Set([
  'tsgi.version',
  'tsgi.signal',
  'tsgi.early_hints',
  'tsgi.leaving',
  'tsgi.flush_head',
  'tsgi.after_response',
  'tsgi.request_id',
  'tsgi.traceparent',
  'tsgi.route',
  'tsgi.trailers',
  'tsgi.upgrade',
  'tsgi.rate_limit',
  'tsgi.websocket',
])

function findRuleBreach(values: Values): Breach | undefined {
  for (const { clause, key, wanted, holds } of RULES) {
    const value = values.get(key)
    if (value === UNREAD || isAbsent(key, values) || holds(value, values)) continue
    return { clause, message: `${key} is ${show(value)}; it must be ${wanted}` }
  }
  return undefined
}

/** An optional key with the value `undefined` counts as absent: a server may reserve its place. */
function isAbsent(key: string, values: Values): boolean {
  return values.get(key) === undefined && !(REQUIRED as readonly string[]).includes(key)
}

interface Rule extends Pick<Breach, 'clause'> {
  readonly key: string
  /** Completes "it must be …". */
  readonly wanted: string
  readonly holds: (value: unknown, values: Values) => boolean
}

const RULES: readonly Rule[] = [
  { clause: 'C11', key: 'REQUEST_METHOD', wanted: 'a token (RFC 9110 §9.1)', holds: matches(TOKEN) },
  {
    clause: 'C12',
    key: 'SCRIPT_NAME',
    wanted: "'' or begin with / and not end with it",
    holds: matches(/^(?:\/(?:.*[^/])?)?$(?<!^\/)/s),
  },
  { clause: 'C13', key: 'PATH_INFO', wanted: "'' or begin with /, or * for OPTIONS", holds: isPathInfo },
  { clause: 'C14', key: 'PATH_INFO', wanted: 'not empty when SCRIPT_NAME is', holds: isSomePath },
  { clause: 'C18', key: 'CONTENT_LENGTH', wanted: 'decimal digits, or absent', holds: matches(/^[0-9]+$/) },
  { clause: 'C24', key: 'SERVER_NAME', wanted: 'a name or an address', holds: matches(/^[^\s]+$/) },
  { clause: 'C24', key: 'SERVER_PORT', wanted: 'decimal digits', holds: matches(/^[0-9]+$/) },
  { clause: 'C25', key: 'SERVER_PROTOCOL', wanted: "like 'HTTP/1.1'", holds: matches(/^HTTP\/[0-9]\.[0-9]$/) },
  { clause: 'C26', key: 'REMOTE_ADDR', wanted: "an address, or ''", holds: matches(/^[^\s]*$/) },
  { clause: 'C26', key: 'REMOTE_PORT', wanted: "decimal digits, or ''", holds: matches(/^[0-9]*$/) },
  { clause: 'C27', key: 'wsgi.version', wanted: '[1, 0]', holds: isVersion },
  { clause: 'C27', key: 'tsgi.version', wanted: '[1, 0]', holds: isVersion },
  { clause: 'C28', key: 'wsgi.url_scheme', wanted: "'http' or 'https'", holds: matches(/^https?$/) },
  { clause: 'C29', key: 'wsgi.multithread', wanted: 'a boolean', holds: isBoolean },
  { clause: 'C29', key: 'wsgi.multiprocess', wanted: 'a boolean', holds: isBoolean },
  { clause: 'C29', key: 'wsgi.run_once', wanted: 'a boolean', holds: isBoolean },
  {
    clause: 'C30',
    key: 'tsgi.signal',
    wanted: 'an AbortSignal',
    holds: hasMethods('addEventListener', 'throwIfAborted'),
  },
  {
    clause: 'C90',
    key: 'tsgi.leaving',
    wanted: 'an AbortSignal, or absent',
    holds: hasMethods('addEventListener', 'throwIfAborted'),
  },
  { clause: 'C91', key: 'tsgi.flush_head', wanted: 'a function, or absent', holds: isFunction },
  { clause: 'C32', key: 'tsgi.early_hints', wanted: 'a function, or absent', holds: isFunction },
  { clause: 'C33', key: 'tsgi.after_response', wanted: 'a function, or absent', holds: isFunction },
  { clause: 'C95', key: 'tsgi.rate_limit', wanted: 'a function, or absent', holds: isFunction },
  { clause: 'C86', key: 'tsgi.upgrade', wanted: 'a function, or absent', holds: isFunction },
  { clause: 'C92', key: 'tsgi.trailers', wanted: 'an object with received, accepted and send', holds: isTrailers },
  { clause: 'C96', key: 'tsgi.websocket', wanted: 'a function, or absent', holds: isFunction },
  {
    clause: 'C10',
    key: 'tsgi.request_id',
    wanted: 'a name that a header can carry, or absent',
    holds: matches(/^[\x21-\x7e]{1,200}$/),
  },
  {
    clause: 'C10',
    key: 'tsgi.traceparent',
    wanted: 'a traceparent of version 00 (W3C Trace Context §3.2), or absent',
    holds: matches(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/),
  },
  { clause: 'C10', key: 'tsgi.route', wanted: 'the pattern of a route, or absent', holds: matches(/^[^\p{Cc}]*$/u) },
  { clause: 'C34', key: 'wsgi.file_wrapper', wanted: 'a function, or absent', holds: isFunction },
  { clause: 'C35', key: 'wsgiorg.routing_args', wanted: '[[], {name: string or strings}]', holds: isRoutingArgs },
  {
    clause: 'C36',
    key: 'wsgi.input',
    wanted: 'an object with read, readline and an async iterator',
    holds: hasMethods('read', 'readline', Symbol.asyncIterator),
  },
  {
    clause: 'C45',
    key: 'wsgi.errors',
    wanted: 'an object with write, writelines and flush',
    holds: hasMethods('write', 'writelines', 'flush'),
  },
]

function matches(pattern: RegExp): Rule['holds'] {
  return (value) => typeof value === 'string' && pattern.test(value)
}

function hasMethods(...names: readonly PropertyKey[]): Rule['holds'] {
  return (value) =>
    typeof value === 'object' && value !== null && names.every((name) => isFunction(Reflect.get(value, name)))
}

function isPathInfo(value: unknown, values: Values): boolean {
  if (value === '*') return values.get('REQUEST_METHOD') === 'OPTIONS'
  return value === '' || String(value).startsWith('/')
}

/** A CONNECT has an authority instead of a path (RFC 9112 §3.2.3). */
function isSomePath(value: unknown, values: Values): boolean {
  return value !== '' || values.get('SCRIPT_NAME') !== '' || values.get('REQUEST_METHOD') === 'CONNECT'
}

function isVersion(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value[0] === 1 && value[1] === 0
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isRoutingArgs(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2 || !Array.isArray(value[0])) return false
  const named: unknown = value[1]
  return typeof named === 'object' && named !== null && Object.values(named).every(isRoutingArg)
}

function isRoutingArg(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((segment) => typeof segment === 'string'))
}

/** REQUEST_URI and what is made of it (SPEC C15–C17). */
function findTargetBreach(values: Values): Breach | undefined {
  const target = String(values.get('REQUEST_URI'))
  const path = pathOf(target)
  const isAuthority = values.get('REQUEST_METHOD') === 'CONNECT'
  // No SP, control character, raw 8-bit byte or fragment: a server responds to those with 400.
  if (!/^[\x21\x22\x24-\x7e]+$/.test(target) || (path === undefined && !isAuthority)) {
    return { clause: 'C15', message: `REQUEST_URI is ${show(target)}; it must be the request target as it was sent` }
  }
  if (values.get('QUERY_STRING') !== queryOf(target)) {
    const shown = `QUERY_STRING is ${show(values.get('QUERY_STRING'))}`
    return { clause: 'C17', message: `${shown}; REQUEST_URI is ${show(target)}, whose query it must be` }
  }
  return isAuthority ? undefined : findPathBreach(values, target, path ?? '')
}

function findPathBreach(values: Values, target: string, rawPath: string): Breach | undefined {
  const path = `${values.get('SCRIPT_NAME')}${values.get('PATH_INFO')}`
  // OPTIONS with an absolute-form that has no path is `*` (RFC 9112 §3.2.4).
  if (path === '*' && rawPath === '/' && authorityOf(target) !== undefined) return undefined
  if (path === decodePath(rawPath)) return undefined
  const message = `SCRIPT_NAME + PATH_INFO is ${show(path)}; REQUEST_URI is ${show(target)}, whose decoded path it must be`
  return { clause: 'C16', message }
}
