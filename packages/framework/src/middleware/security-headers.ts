/**
 * Headers that make browsers stricter with pages. The list is that of OWASP's secure headers; what a page says itself
 * stays. Knows headers; knows nothing of pages but the nonce that their scripts may carry.
 */
import type { Environ, HeaderList, Middleware } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { type Key, key } from '../request/key.ts'
import { keepLife } from '../routing/application-life.ts'
import { hasHeader, withHeaders } from './plain-response.ts'

/** Options of `securityHeaders`. */
export interface SecurityHeadersOptions {
  /**
   * `Content-Security-Policy`, by directive. `'nonce'` among the sources stands for the nonce of the response. It is added
   * to the default policy; `false` for a directive leaves it out, `false` in place of all sends no policy.
   * @default `default-src 'self'` and what keeps frames, plug-ins and foreign forms out
   */
  readonly csp?: false | Readonly<Record<string, readonly string[] | false>>
  /** Seconds for which browsers are to come by https only, subdomains too; sent over https only. @default one year */
  readonly hsts?: number | false
  /** Who may show pages in a frame. @default `SAMEORIGIN` */
  readonly frames?: 'DENY' | 'SAMEORIGIN' | false
  /** @default `strict-origin-when-cross-origin` */
  readonly referrer?: string | false
}

const NAMES: ReadonlySet<string> = new Set<keyof SecurityHeadersOptions>(['csp', 'hsts', 'frames', 'referrer'])

/**
 * The nonce of the response, where the policy has one: `<script nonce="${request.get(cspNonce)}">`. New for each request.
 */
export const cspNonce: Key<string> = key(
  'framework.csp_nonce',
  "securityHeaders({ csp: { 'script-src': [\"'nonce'\"] } })",
)

/**
 * Adds headers that browsers are stricter by; those that a response has already stay as they are.
 * @throws TypeError for an option that cannot be.
 * @example `securityHeaders({ csp: { 'script-src': ["'self'", "'nonce'"], 'img-src': ["'self'", 'https:'] } })`
 */
export function securityHeaders(options: SecurityHeadersOptions = {}): Middleware {
  refuseUnknown('securityHeaders', options, NAMES)
  const {
    csp = {},
    hsts = ONE_YEAR_SECONDS,
    frames = 'SAMEORIGIN',
    referrer = 'strict-origin-when-cross-origin',
  } = options
  if (hsts !== false && !(Number.isSafeInteger(hsts) && hsts >= 0))
    throw new TypeError(`securityHeaders: hsts is ${hsts}; it must be a whole number of seconds, or false`)
  const policy = csp === false ? undefined : policyText({ ...DEFAULT_POLICY, ...framePolicy(frames), ...csp })
  const hasNonce = policy?.includes(NONCE) === true
  const fixed: HeaderList = [
    ...FIXED,
    ...(frames === false ? [] : [['X-Frame-Options', frames] as const]),
    ...(referrer === false ? [] : [['Referrer-Policy', referrer] as const]),
  ]
  return keepLife((application) => (environ, startResponse) => {
    const added = [...fixed]
    if (hsts !== false && environ['wsgi.url_scheme'] === 'https')
      added.push(['Strict-Transport-Security', `max-age=${hsts}; includeSubDomains`])
    if (policy !== undefined) added.push(['Content-Security-Policy', hasNonce ? withNonce(policy, environ) : policy])
    return application(
      environ,
      withHeaders(startResponse, (headers) => [
        ...headers,
        ...added.filter(([name]) => !hasHeader(headers, name.toLowerCase())),
      ]),
    )
  })
}

const ONE_YEAR_SECONDS = 31_536_000
const NONCE = "'nonce'"

const FIXED: HeaderList = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Origin-Agent-Cluster', '?1'],
  ['X-DNS-Prefetch-Control', 'off'],
  ['X-Permitted-Cross-Domain-Policies', 'none'],
]

const DEFAULT_POLICY: Readonly<Record<string, readonly string[]>> = {
  'default-src': ["'self'"],
  'base-uri': ["'self'"],
  'form-action': ["'self'"],
  'object-src': ["'none'"],
}

function framePolicy(frames: 'DENY' | 'SAMEORIGIN' | false): Readonly<Record<string, readonly string[]>> {
  return frames === false ? {} : { 'frame-ancestors': [frames === 'DENY' ? "'none'" : "'self'"] }
}

/** @throws TypeError for a source that would end its directive. */
function policyText(directives: Readonly<Record<string, readonly string[] | false>>): string {
  const parts = Object.entries(directives).flatMap(([name, sources]) => {
    if (sources === false) return []
    const words = [name, ...sources]
    const bad = words.find((word) => !/^[\x21-\x2b\x2d-\x3a\x3c-\x7e]+$/.test(word))
    if (bad === undefined) return [words.join(' ')]
    throw new TypeError(`securityHeaders: ${JSON.stringify(bad)} cannot stand in a policy; give each source alone`)
  })
  return parts.join('; ')
}

/** An outer one may have made the nonce already: pages have one. */
function withNonce(policy: string, environ: Environ): string {
  const nonce = cspNonce.find(environ) ?? crypto.randomUUID().replaceAll('-', '')
  cspNonce.set(environ, nonce)
  return policy.replaceAll(NONCE, `'nonce-${nonce}'`)
}
