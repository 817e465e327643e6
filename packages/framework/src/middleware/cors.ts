/**
 * Cross-origin resource sharing (the Fetch standard, "CORS protocol"): which other sites' scripts may read responses.
 * Knows requests and headers; it protects nothing by itself: that is crossOriginProtection.
 */
import type { Environ, HeaderList, Middleware } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { keepLife } from '../routing/application-life.ts'
import { varying, withHeaders, without } from './plain-response.ts'

/** Options of `cors`. */
export interface CorsOptions {
  /** `'*'` for every site, without cookies; or the origins that may: `['https://app.example.com']`; or a function that decides. */
  readonly origins: '*' | readonly string[] | ((origin: string, environ: Environ) => boolean)
  /** Whether requests may carry cookies, and scripts read what they got. Not with `'*'`. @default false */
  readonly credentials?: boolean
  /** Methods that scripts may use beside GET, HEAD and POST. @default PUT, PATCH, DELETE, QUERY */
  readonly methods?: readonly string[]
  /** Request headers that scripts may set. @default those that they ask for */
  readonly allowHeaders?: readonly string[]
  /** Response headers that scripts may read beside the usual. @default none */
  readonly exposeHeaders?: readonly string[]
  /** Seconds for which a browser remembers the answer to a preflight. @default 600 */
  readonly maxAge?: number
  /** Whether public sites may reach this server in a private network. @default false */
  readonly privateNetwork?: boolean
}

const NAMES: ReadonlySet<string> = new Set<keyof CorsOptions>([
  ...(['origins', 'credentials', 'methods', 'allowHeaders', 'exposeHeaders', 'maxAge', 'privateNetwork'] as const),
])

/**
 * Lets scripts of other sites read responses. It goes around the whole application, so that it sees preflight requests.
 * @throws TypeError for an option that cannot be, such as `origins: '*'` with `credentials`.
 * @example `new Application(list, { middleware: [cors({ origins: ['https://app.example.com'], credentials: true })] })`
 */
export function cors(options: CorsOptions): Middleware {
  refuseUnknown('cors', options, NAMES)
  const { origins, credentials = false } = options
  if (origins === '*' && credentials)
    throw new TypeError(
      "cors: origins '*' with credentials would give every site the data of your users; list the origins",
    )
  if (origins !== '*' && typeof origins !== 'function') checkOrigins('cors', origins)
  return keepLife((application) => (environ, startResponse) => {
    const allowed = allowedOrigin(environ, options)
    if (isPreflight(environ)) {
      startResponse('204 No Content', varying(preflightHeaders(environ, allowed, options), ...PREFLIGHT_VARY))
      return ''
    }
    return application(
      environ,
      withHeaders(startResponse, (headers) => {
        const own = [...without(headers, OURS), ...(allowed === undefined ? [] : readHeaders(allowed, options))]
        return origins === '*' ? own : varying(own, 'Origin')
      }),
    )
  })
}

/** Checks a list of origins. @param where who has the option, for the message. @throws TypeError for what no browser sends as an origin. */
export function checkOrigins(where: string, origins: readonly string[]): void {
  if (!Array.isArray(origins)) throw new TypeError(`${where}: the origins are ${typeof origins}, not a list`)
  const bad = origins.find((origin) => URL.parse(origin)?.origin !== origin)
  if (bad !== undefined) {
    throw new TypeError(
      `${where}: ${JSON.stringify(bad)} is no origin; write scheme, host and port: https://example.com`,
    )
  }
}

/** A preflight names the method that would follow; any other OPTIONS goes to the application (Fetch, "CORS-preflight request"). */
function isPreflight(environ: Environ): boolean {
  return (
    environ.REQUEST_METHOD === 'OPTIONS' &&
    environ.HTTP_ORIGIN !== undefined &&
    environ.HTTP_ACCESS_CONTROL_REQUEST_METHOD !== undefined
  )
}

/** What `Access-Control-Allow-Origin` says; undefined for a site that may not, and for a request of none. */
function allowedOrigin(environ: Environ, { origins }: CorsOptions): string | undefined {
  const origin = environ.HTTP_ORIGIN
  if (origins === '*') return '*'
  if (origin === undefined) return undefined
  const isAllowed = typeof origins === 'function' ? origins(origin, environ) : origins.includes(origin)
  return isAllowed ? origin : undefined
}

function readHeaders(allowed: string, { credentials = false, exposeHeaders = [] }: CorsOptions): HeaderList {
  const headers: Array<HeaderList[number]> = [['Access-Control-Allow-Origin', allowed]]
  if (credentials) headers.push(['Access-Control-Allow-Credentials', 'true'])
  if (exposeHeaders.length > 0) headers.push(['Access-Control-Expose-Headers', exposeHeaders.join(', ')])
  return headers
}

function preflightHeaders(environ: Environ, allowed: string | undefined, options: CorsOptions): HeaderList {
  if (allowed === undefined) return []
  const { credentials = false, methods = METHODS, allowHeaders, maxAge = 600, privateNetwork = false } = options
  const asked = environ.HTTP_ACCESS_CONTROL_REQUEST_HEADERS
  const names = allowHeaders?.join(', ') ?? (asked !== undefined && TOKENS.test(asked) ? asked : '')
  const headers: Array<HeaderList[number]> = [
    ['Access-Control-Allow-Origin', allowed],
    ['Access-Control-Allow-Methods', methods.join(', ')],
    ['Access-Control-Max-Age', String(maxAge)],
  ]
  if (credentials) headers.push(['Access-Control-Allow-Credentials', 'true'])
  if (names !== '') headers.push(['Access-Control-Allow-Headers', names])
  if (privateNetwork && environ.HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK === 'true')
    headers.push(['Access-Control-Allow-Private-Network', 'true'])
  return headers
}

const METHODS = ['PUT', 'PATCH', 'DELETE', 'QUERY']
const PREFLIGHT_VARY = ['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers']

/** Names of headers and nothing else: they are sent back. */
const TOKENS = /^[\w!#$%&'*+.^`|~, \t-]{1,2048}$/

/** What the application says itself would contradict us: two values of one are an error of the browser. */
const OURS: ReadonlySet<string> = new Set([
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
])
