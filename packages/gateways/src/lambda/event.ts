/**
 * The events that AWS Lambda gets for a request: API Gateway's versions 1 and 2, function URLs (as version 2) and load
 * balancers. Each becomes the same facts. Knows the shapes of events; knows no exchange.
 */
import { Buffer } from 'node:buffer'

/** What is read of an event; all else is left alone. */
export interface LambdaEvent {
  readonly version?: string
  readonly rawPath?: string
  readonly rawQueryString?: string
  readonly cookies?: readonly string[]
  readonly httpMethod?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | undefined>> | null
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null
  readonly body?: string | null
  readonly isBase64Encoded?: boolean
  readonly requestContext?: {
    readonly elb?: unknown
    readonly stage?: string
    readonly domainName?: string
    readonly path?: string
    readonly protocol?: string
    readonly http?: { readonly method?: string; readonly sourceIp?: string; readonly protocol?: string }
    readonly identity?: { readonly sourceIp?: string }
  }
}

export type EventKind = 'v1' | 'v2' | 'load-balancer'

export interface LambdaRequest {
  readonly kind: EventKind
  readonly method: string
  /** As near to what the client sent as the event tells. */
  readonly target: string
  /** The stage of an API, raw: `/prod`; `''` without one. */
  readonly prefix: string
  /** Flat: name, value, … */
  readonly headers: readonly string[]
  readonly protocol: string
  readonly remoteAddr: string
  readonly body: Uint8Array | undefined
}

/** @throws TypeError for an event that is no HTTP request. */
export function requestOf(event: LambdaEvent): LambdaRequest {
  const kind = kindOf(event)
  const { requestContext = {} } = event
  const common = { kind, headers: headersOf(event), body: bodyOf(event) }
  if (kind === 'v2') {
    const { http = {}, stage = '$default' } = requestContext
    const path = event.rawPath ?? '/'
    const prefix = stage !== '$default' && (path === `/${stage}` || path.startsWith(`/${stage}/`)) ? `/${stage}` : ''
    const query = event.rawQueryString ?? ''
    return {
      ...common,
      method: http.method ?? 'GET',
      target: query === '' ? path : `${path}?${query}`,
      prefix,
      protocol: http.protocol ?? 'HTTP/1.1',
      remoteAddr: http.sourceIp ?? '',
    }
  }
  return {
    ...common,
    method: event.httpMethod ?? 'GET',
    target: kind === 'v1' ? escapedTarget(event) : balancedTarget(event),
    prefix: '',
    protocol: requestContext.protocol ?? 'HTTP/1.1',
    remoteAddr: requestContext.identity?.sourceIp ?? lastForwarded(event),
  }
}

function kindOf({ version, requestContext, httpMethod }: LambdaEvent): EventKind {
  if (requestContext?.elb !== undefined) return 'load-balancer'
  if (version === '2.0' && requestContext?.http !== undefined) return 'v2'
  if (httpMethod !== undefined) return 'v1'
  throw new TypeError('toLambdaHandler: the event is no HTTP request of API Gateway, a function URL or a load balancer')
}

/** Version 1 gives path and query decoded: they are escaped again. */
function escapedTarget({ path = '/', ...event }: LambdaEvent): string {
  const escaped = encodeURI(path.toWellFormed()).replace(/[?#]/g, encodeURIComponent)
  return withQuery(
    escaped,
    pairsOf(event).map((pair) => pair.map(encodeURIComponent).join('=')),
  )
}

/** A load balancer gives both as they were sent. */
function balancedTarget({ path = '/', ...event }: LambdaEvent): string {
  return withQuery(
    path,
    pairsOf(event).map((pair) => pair.join('=')),
  )
}

function withQuery(path: string, pairs: readonly string[]): string {
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

function pairsOf({
  multiValueQueryStringParameters: many,
  queryStringParameters: single,
}: LambdaEvent): readonly (readonly [string, string])[] {
  if (many) return Object.entries(many).flatMap(([name, values = []]) => values.map((value) => [name, value] as const))
  return Object.entries(single ?? {}).map(([name, value = '']) => [name, value] as const)
}

/** Version 2 has cookies apart; the other two may have every value of a header. */
function headersOf({ headers, multiValueHeaders, cookies }: LambdaEvent): readonly string[] {
  const flat: string[] = []
  if (multiValueHeaders)
    for (const [name, values = []] of Object.entries(multiValueHeaders))
      for (const value of values) flat.push(name, value)
  else for (const [name, value] of Object.entries(headers ?? {})) if (value !== undefined) flat.push(name, value)
  if (cookies !== undefined && cookies.length > 0) flat.push('cookie', cookies.join('; '))
  return flat
}

function bodyOf({ body, isBase64Encoded }: LambdaEvent): Uint8Array | undefined {
  if (body === undefined || body === null || body === '') return undefined
  return Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8')
}

/** A load balancer appends the address that it saw. */
function lastForwarded({ headers, multiValueHeaders, requestContext }: LambdaEvent): string {
  if (requestContext?.elb === undefined) return ''
  const forwarded = headers?.['x-forwarded-for'] ?? multiValueHeaders?.['x-forwarded-for']?.at(-1) ?? ''
  return forwarded.split(',').at(-1)?.trim() ?? ''
}
