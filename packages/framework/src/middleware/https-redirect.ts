/**
 * Redirects requests over http to https. Reads the scheme from the environ; behind a proxy that ends TLS, the server
 * must believe the proxy (`--forwarded-allow-ips`), or this redirects in a loop.
 */
import type { Environ, Middleware } from '@tsgi/contract'
import { pathOfTarget } from '../http/raw-path.ts'
import { refuseUnknown } from '../option-names.ts'
import { keepLife } from '../routing/application-life.ts'
import { redirectTo, refuse } from './plain-response.ts'
import { hostName } from './trusted-hosts.ts'

/** Options of `httpsRedirect`. */
export interface HttpsRedirectOptions {
  /** The port of https in the URL. @default 443, which is not written */
  readonly port?: number
  /** Requests that stay on http, such as the checks of a load balancer. @default none */
  readonly except?: (environ: Environ) => boolean
}

const NAMES: ReadonlySet<string> = new Set<keyof HttpsRedirectOptions>(['port', 'except'])

/**
 * Redirects requests over http to the same URL over https, with 308.
 * @throws TypeError for a port that cannot be.
 * @example `new Application(list, { middleware: [httpsRedirect(), securityHeaders()] })`
 */
export function httpsRedirect(options: HttpsRedirectOptions = {}): Middleware {
  refuseUnknown('httpsRedirect', options, NAMES)
  const { port = 443, except } = options
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new TypeError(`httpsRedirect: ${port} is no port`)
  return keepLife((application) => (environ, startResponse) => {
    if (environ['wsgi.url_scheme'] === 'https' || except?.(environ) === true) return application(environ, startResponse)
    const host = hostName(environ.HTTP_HOST)
    if (host === undefined) return refuse(startResponse, '400 Bad Request', 'The request names no host.')
    const path = environ.REQUEST_URI === '*' ? '/' : pathOfTarget(environ.REQUEST_URI)
    const query = environ.QUERY_STRING === '' ? '' : `?${environ.QUERY_STRING}`
    const location = `https://${host}${port === 443 ? '' : `:${port}`}${path}${query}`
    return redirectTo(startResponse, '308 Permanent Redirect', location)
  })
}
