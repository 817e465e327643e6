/**
 * Keeps other sites from sending our forms with the browsers of our users (CSRF). A middleware of the contract; it knows
 * no session and puts no token into pages, so that pages stay the same for all and can be compressed and cached.
 *
 * A browser says itself where a request comes from: `Sec-Fetch-Site`, or in older ones `Origin`, and no script can change
 * either. A client that says neither is no browser, and carries nobody's cookies unasked: it is let through.
 */
import type { Application, Environ, Middleware } from '@tsgi/contract'

export const sameOrigin: Middleware = (application) => (environ, startResponse) =>
  SAFE.has(environ.REQUEST_METHOD) || isOwn(environ)
    ? application(environ, startResponse)
    : refuse(environ, startResponse)

/** They change nothing (RFC 9110 §9.2.1), so others may cause them. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY'])

function isOwn({ HTTP_SEC_FETCH_SITE: site, HTTP_ORIGIN: origin, HTTP_HOST: host }: Environ): boolean {
  // `none`: typed by the user. `same-site` is somebody else's host under our domain.
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (origin === undefined) return true
  // Hosts only: behind a proxy that ends TLS, the scheme we see is not the one of the browser. `null` is no URL.
  return URL.parse(origin)?.host === host?.toLowerCase()
}

const refuse: Application = (_environ, startResponse) => {
  startResponse('403 Forbidden', [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Cache-Control', 'no-store'],
  ])
  return 'This was sent from another site. Open the notes themselves, and try again there.\n'
}
