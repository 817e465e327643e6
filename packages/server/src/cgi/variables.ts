/**
 * A request as CGI variables (RFC 3875 §4.1), which uwsgi, SCGI and FastCGI all carry: what of them is believed, and what
 * they come to. Knows names and values as latin-1 text; knows no bytes and no socket.
 */
import { isIP } from 'node:net'
import { cgiHeaderName, cgiHeaderValue, plainAddress } from '@tsgi/gateways/exchange'
import { isAuthority } from '../http1/authority.ts'
import { type BodyFraming, bodyFraming } from '../http1/body-framing.ts'
import { HttpError } from '../http1/errors.ts'
import { isFieldValue, isToken } from '../http1/grammar.ts'
import type { Limits } from '../http1/limits.ts'
import { judgeTarget } from '../http1/request-target.ts'

/** Flat: name, value, name, value, …, as they came. */
export type Variables = readonly string[]

/** A request of a front: a web server that speaks uwsgi, SCGI or FastCGI with us. */
export interface CgiRequestHead {
  readonly method: string
  /** As its client sent it. */
  readonly target: string
  readonly protocol: string
  readonly section: { readonly headers: readonly string[] }
  /** Where the body ends, by CONTENT_LENGTH; `none` without one. */
  readonly framing: BodyFraming
  /** Its client sends the body in chunks, and the front has not counted them. */
  readonly isStreamed: boolean
  /** What the front has taken of the decoded path; `''` for nothing. */
  readonly scriptName: string
  readonly serverName: string
  readonly serverPort: string
  readonly scheme: 'http' | 'https'
  /** `''` for a client on a unix socket. */
  readonly remoteAddr: string
  readonly remotePort: string
}

/** What can be read of a request even where the rest is refused. */
export function requestLineOf(variables: Variables): Pick<CgiRequestHead, 'method' | 'target' | 'protocol'> {
  const { plain } = sorted(variables)
  const value = (name: string) => plain.get(name) ?? ''
  return { method: value('REQUEST_METHOD'), target: value('REQUEST_URI'), protocol: value('SERVER_PROTOCOL') }
}

/** @throws HttpError for what could not be a request of HTTP, and for what is beyond the limits. */
export function readVariables(variables: Variables, limits: Limits): CgiRequestHead {
  const { plain, headers } = sorted(variables)
  const value = (name: string) => plain.get(name) ?? ''
  checkHeaders(headers, limits)
  const method = methodOf(value('REQUEST_METHOD'), limits)
  const target = targetOf(value, method, limits)
  const scheme = isSecure(value('HTTPS'), value('REQUEST_SCHEME')) ? 'https' : 'http'
  const length = value('CONTENT_LENGTH')
  const isStreamed = length === '' && value('HTTP_TRANSFER_ENCODING') !== ''
  if (length !== '') headers.push('content-length', length)
  else if (isStreamed) headers.push('transfer-encoding', 'chunked')
  return {
    method,
    target,
    protocol: protocolOf(value('SERVER_PROTOCOL')),
    section: { headers },
    framing: bodyFraming({ contentLength: length === '' ? [] : [length], transferEncoding: [] }, 1, limits),
    isStreamed,
    scriptName: scriptNameOf(value('SCRIPT_NAME'), plain.get('PATH_INFO')),
    serverName: serverNameOf(value('SERVER_NAME'), headers),
    serverPort: digitsOf(value('SERVER_PORT')) || (scheme === 'https' ? '443' : '80'),
    scheme,
    remoteAddr: addressOf(value('REMOTE_ADDR')),
    remotePort: digitsOf(value('REMOTE_PORT')),
  }
}

interface Sorted {
  /** The allow-list of what is read, but headers; empty values are absent. */
  readonly plain: ReadonlyMap<string, string>
  /** Flat, names as in HTTP. */
  readonly headers: string[]
}

/** Fronts send much more: their own paths, their administrator's address. None of it reaches an application. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['REQUEST_METHOD', 'REQUEST_URI', 'REQUEST_SCHEME', 'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING'],
  ...['SERVER_PROTOCOL', 'SERVER_NAME', 'SERVER_PORT', 'REMOTE_ADDR', 'REMOTE_PORT', 'HTTPS', 'CONTENT_LENGTH'],
  'HTTP_TRANSFER_ENCODING',
])

function sorted(variables: Variables): Sorted {
  const plain = new Map<string, string>()
  const headers: string[] = []
  let host = ''
  for (let i = 0; i < variables.length; i += 2) {
    const name = variables[i] ?? ''
    const value = variables[i + 1] ?? ''
    if (value === '') continue
    if (PLAIN.has(name)) plain.set(name, value)
    else if (name === 'CONTENT_TYPE') headers.push('content-type', value)
    // nginx sends its own HTTP_HOST and one that is configured beside it, in this order.
    else if (name === 'HTTP_HOST') host = value
    else {
      const field = cgiHeaderName(name)
      const trimmed = cgiHeaderValue(value)
      if (field !== undefined && trimmed !== '') headers.push(field, trimmed)
    }
  }
  if (host !== '') headers.unshift('host', host)
  return { plain, headers }
}

function checkHeaders(headers: readonly string[], limits: Limits): void {
  if (headers.length / 2 > limits.fieldCount) throw new HttpError(431, 'too many header fields')
  let total = 0
  let types = 0
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]]
    if (!isToken(name) || !isFieldValue(value)) throw new HttpError(400, 'a variable is no header field')
    const size = name.length + value.length + 4
    total += size
    if (size > limits.field) throw new HttpError(431, 'a header field is too long')
    if (name === 'content-type') types++
    if (name === 'host' && !isAuthority(value))
      throw new HttpError(400, 'HTTP_HOST is not a host with an optional port')
  }
  if (total > limits.fields) throw new HttpError(431, 'the header fields are too long')
  if (types > 1) throw new HttpError(400, 'CONTENT_TYPE is repeated')
}

function methodOf(method: string, limits: Limits): string {
  if (!isToken(method)) throw new HttpError(400, 'REQUEST_METHOD is no method')
  if (method.length > limits.method) throw new HttpError(501, 'the method is too long')
  return method
}

/** @throws HttpError 400 without a target, or with one that HTTP could not carry. */
function targetOf(value: (name: string) => string, method: string, limits: Limits): string {
  const target = value('REQUEST_URI') || rebuiltTarget(value)
  if (target.length + method.length + ' HTTP/1.1 '.length > limits.requestLine)
    throw new HttpError(414, 'the request line is too long')
  if (target === '' || /[^!-"$-~]/.test(target)) throw new HttpError(400, 'REQUEST_URI is no request target')
  judgeTarget(method, target)
  return target
}

/** Of the decoded path, where a front says nothing else: it is escaped again. */
function rebuiltTarget(value: (name: string) => string): string {
  const path = value('SCRIPT_NAME') + value('PATH_INFO')
  if (path === '') return ''
  const escaped = path.replace(/[^!$&-;=@-Z_a-z~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
  const query = value('QUERY_STRING')
  return query === '' ? escaped : `${escaped}?${query}`
}

/** Only where PATH_INFO is said too: nginx's fastcgi_params call the whole path SCRIPT_NAME. */
function scriptNameOf(scriptName: string, pathInfo: string | undefined): string {
  return pathInfo !== undefined && /^\/.*[^/]$/s.test(scriptName) ? utf8(scriptName) : ''
}

/** Latin-1 text as the UTF-8 that its bytes are. */
function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}

function protocolOf(protocol: string): string {
  if (/^HTTP\/\d(?:\.\d)?$/.test(protocol)) return protocol
  throw new HttpError(400, 'SERVER_PROTOCOL is no version of HTTP')
}

function isSecure(https: string, scheme: string): boolean {
  return /^(?:on|1|true|https)$/i.test(https) || /^https$/i.test(scheme)
}

/** HAProxy has the port in it; nginx says nothing without `server_name`. */
function serverNameOf(name: string, headers: readonly string[]): string {
  const given = name === '' && headers[0] === 'host' ? (headers[1] ?? '') : name
  const host = given.replace(/:\d*$/, (port) =>
    given.startsWith('[') || given.indexOf(':') === given.lastIndexOf(':') ? '' : port,
  )
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  return bare === '' || /[^!-~]/.test(bare) ? 'localhost' : bare
}

function digitsOf(text: string): string {
  return /^\d{1,5}$/.test(text) ? text : ''
}

/** nginx says `unix:` of a client on a unix socket. */
function addressOf(address: string): string {
  if (address === '' || address.startsWith('unix:')) return ''
  if (isIP(address) === 0) throw new HttpError(400, 'REMOTE_ADDR is no address')
  return plainAddress(address)
}
