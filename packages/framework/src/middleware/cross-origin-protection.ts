/**
 * Keeps other sites from acting with the browsers of your users (CSRF), without tokens: a browser says itself where a
 * request comes from, by `Sec-Fetch-Site` or, in older ones, `Origin`. No script can change either.
 * The rules are those of Go's net/http.CrossOriginProtection. Knows no session.
 */
import type { Environ, Middleware } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { keepLife } from '../routing/application-life.ts'
import { checkOrigins } from './cors.ts'
import { refuse } from './plain-response.ts'

/** Options of `crossOriginProtection`. */
export interface CrossOriginProtectionOptions {
  /** Other origins that may send: `['https://accounts.example.com']`. @default none */
  readonly trustedOrigins?: readonly string[]
  /** Requests that always pass, such as those of a webhook that checks a signature itself. @default none */
  readonly bypass?: (environ: Environ) => boolean
}

const NAMES: ReadonlySet<string> = new Set<keyof CrossOriginProtectionOptions>(['trustedOrigins', 'bypass'])

/**
 * Refuses requests of other sites that may change something, with 403. GET, HEAD, OPTIONS and QUERY pass, so no view for
 * them may change anything. A client that is no browser sends neither header, and passes.
 * @throws TypeError for a malformed origin.
 * @example `new Application(list, { middleware: [crossOriginProtection()] })`
 */
export function crossOriginProtection(options: CrossOriginProtectionOptions = {}): Middleware {
  refuseUnknown('crossOriginProtection', options, NAMES)
  const { trustedOrigins = [], bypass } = options
  checkOrigins('crossOriginProtection', trustedOrigins)
  const trusted = new Set(trustedOrigins)
  return keepLife((application) => (environ, startResponse) => {
    if (isAllowed(environ, trusted) || bypass?.(environ) === true) return application(environ, startResponse)
    return refuse(
      startResponse,
      '403 Forbidden',
      'This request was sent from another site. Open this site, and try again there.',
    )
  })
}

/** They change nothing (RFC 9110 §9.2.1), so other sites may cause them. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY'])

function isAllowed(environ: Environ, trusted: ReadonlySet<string>): boolean {
  const { REQUEST_METHOD: method, HTTP_SEC_FETCH_SITE: site, HTTP_ORIGIN: origin } = environ
  if (SAFE.has(method)) return true
  if (origin !== undefined && trusted.has(origin)) return true
  // `none`: the user typed the address. `same-site` is another host, perhaps one of a customer, below the same domain.
  if (site !== undefined && site !== '') return site === 'same-origin' || site === 'none'
  return origin === undefined || isOwnHost(origin, environ.HTTP_HOST)
}

/** Hosts only: behind a proxy that ends TLS, the scheme here is not the one of the browser. `null` is no URL. */
function isOwnHost(origin: string, host: string | undefined): boolean {
  const url = URL.parse(origin)
  if (url === null || host === undefined) return false
  // The default port of the scheme may be missing from either.
  return url.host === URL.parse(`${url.protocol}//${host}`)?.host
}
