/**
 * What the semantic conventions of OpenTelemetry call the parts of a request. Knows an environ and names; no span and no API.
 * Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/, stable since 1.23.
 */
import type { Environ } from '@tsgi/contract'

type Attributes = Record<string, string | number>

/** A client can make up methods: only these are a label. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
])

/** Signatures of URLs, which the conventions say to redact. */
const SIGNED = /(^|&)(AWSAccessKeyId|Signature|sig|X-Goog-Signature)=[^&]*/g

/** What a span is called before its route is known. */
export function spanMethod({ REQUEST_METHOD }: Environ): string {
  return METHODS.has(REQUEST_METHOD) ? REQUEST_METHOD : 'HTTP'
}

/** Known when the request begins, so that a sampler can use them. */
export function requestAttributes(environ: Environ): Attributes {
  const { REQUEST_METHOD, SCRIPT_NAME, PATH_INFO, QUERY_STRING, REMOTE_ADDR, HTTP_USER_AGENT } = environ
  const [name = '', port] = hostOf(environ)
  const isKnown = METHODS.has(REQUEST_METHOD)
  return {
    'http.request.method': isKnown ? REQUEST_METHOD : '_OTHER',
    ...(!isKnown && { 'http.request.method_original': REQUEST_METHOD }),
    'url.scheme': environ['wsgi.url_scheme'],
    'url.path': encodeURI(`${SCRIPT_NAME}${PATH_INFO}`),
    ...(QUERY_STRING !== '' && { 'url.query': QUERY_STRING.replace(SIGNED, '$1$2=REDACTED') }),
    'server.address': name,
    ...(port !== undefined && { 'server.port': port }),
    ...(REMOTE_ADDR !== '' && { 'client.address': REMOTE_ADDR }),
    'network.protocol.name': 'http',
    'network.protocol.version': versionOf(environ),
    ...(HTTP_USER_AGENT !== undefined && { 'user_agent.original': HTTP_USER_AGENT }),
  }
}

/** Of a request, without what has many values. @param method as `spanMethod` has it. */
export function metricAttributes(environ: Environ, method: string): Attributes {
  return {
    'http.request.method': method === 'HTTP' ? '_OTHER' : method,
    'url.scheme': environ['wsgi.url_scheme'],
    'network.protocol.version': versionOf(environ),
  }
}

function versionOf({ SERVER_PROTOCOL }: Environ): string {
  return SERVER_PROTOCOL.replace(/^HTTP\//, '').replace(/^([23])\.0$/, '$1')
}

/** As the client named it, else as the server is called. */
function hostOf({ HTTP_HOST, SERVER_NAME, SERVER_PORT }: Environ): [name: string, port: number | undefined] {
  const [, name = SERVER_NAME, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(HTTP_HOST ?? '') ?? []
  const number = Number(HTTP_HOST === undefined ? SERVER_PORT : port)
  return [name === '' ? SERVER_NAME : name, number > 0 ? number : undefined]
}
