/**
 * Sends a request that was made: to the application, under the validator, and on where a redirect leads. Knows origins and
 * redirects (RFC 9110 §15.4); cookies are passed in.
 */
import { type Application, type Environ, validate } from '@tsgi/contract'
import { call, rateLimitOf, type TestResponse } from '@tsgi/contract/testing'
import { untilEnough } from './leaving-client.ts'
import type { Draft } from './test-request.ts'

/** Options of `request` and `agent`. */
export interface RequestOptions {
  /** Whether a breach of the contract rejects the request. Default true. */
  readonly validate?: boolean
  /** Where the application is, as the client sees it. Default `http://localhost`. */
  readonly origin?: string
}

/** Keeps cookies between requests. */
export interface Cookies {
  headerFor(url: URL, given: string | undefined): string | undefined
  store(url: URL, response: TestResponse): void
}

/**
 * @throws ContractError for a breach on the application's side, also one that it swallowed.
 * @throws Error for too many redirects, or one to another origin.
 */
export async function send(
  application: Application,
  draft: Draft,
  options: RequestOptions,
  cookies?: Cookies,
): Promise<TestResponse> {
  const base = new URL(options.origin ?? 'http://localhost')
  let asked = draft
  for (let left = draft.redirects; ; left--) {
    const url = urlOf(asked.target, base)
    const response = await sendOne(application, withCookies(asked, url, cookies), base, options)
    cookies?.store(url, response)
    const location = draft.redirects === 0 ? undefined : redirectOf(response)
    if (location === undefined) return response
    if (left === 0) throw new Error(`more than ${draft.redirects} redirects; the last one leads to ${location}`)
    asked = redirected(asked, response.status, targetOf(location, url))
  }
}

async function sendOne(
  application: Application,
  draft: Draft,
  base: URL,
  { validate: checks = true }: RequestOptions,
): Promise<TestResponse> {
  // A validator for each request: what another one left open is not its fault.
  const checked = checks ? validate(application) : undefined
  const body = await draft.body?.()
  const { method, target, headers, environ, isEnough, websocket } = draft
  const asked = checked ?? application
  const response = await call(isEnough === undefined ? asked : untilEnough(asked, isEnough), target, {
    // The validator is new for each request; what the server has counted is not.
    'tsgi.rate_limit': rateLimitOf(application),
    method,
    headers,
    ...(body !== undefined && { body }),
    ...(websocket !== undefined && { websocket }),
    ...serverKeys(base, draft),
    ...environ,
  })
  checked?.verify()
  return response
}

/** What the server of that origin would put into the environ. */
function serverKeys({ protocol, host, hostname, port }: URL, { headers, target }: Draft): Partial<Environ> {
  const isSecure = protocol === 'https:'
  const isNamed = !target.startsWith('/') || headers.some(([name]) => name.toLowerCase() === 'host')
  return {
    'wsgi.url_scheme': isSecure ? 'https' : 'http',
    SERVER_NAME: hostname,
    SERVER_PORT: port === '' ? (isSecure ? '443' : '80') : port,
    ...(!isNamed && { HTTP_HOST: host }),
  }
}

/** A target that begins with two slashes is a path, and not another host (RFC 9112 §3.2.1). */
function urlOf(target: string, base: URL): URL {
  return new URL(target.startsWith('/') ? base.origin + target : target, base)
}

function withCookies(draft: Draft, url: URL, cookies: Cookies | undefined): Draft {
  const given = draft.headers.filter(([name]) => name.toLowerCase() === 'cookie').map(([, value]) => value)
  const kept = cookies?.headerFor(url, given.length === 0 ? undefined : given.join('; '))
  return kept === undefined ? draft : { ...draft, headers: [...draft.headers, ['Cookie', kept]] }
}

function redirectOf(response: TestResponse): string | undefined {
  return [301, 302, 303, 307, 308].includes(response.status) ? response.header('location') : undefined
}

function targetOf(location: string, from: URL): string {
  const url = URL.parse(location, from)
  if (url === null) throw new Error(`the redirect has a Location that is no URL: ${JSON.stringify(location)}`)
  if (url.origin !== from.origin) throw new Error(`the redirect leads out of the application, to ${url.href}`)
  return url.pathname + url.search
}

/** 303 makes a GET of everything but HEAD, 301 and 302 of POST (RFC 9110 §15.4); 307 and 308 send the same again. */
function redirected(draft: Draft, status: number, target: string): Draft {
  const isKept =
    status === 307 || status === 308 || draft.method === 'HEAD' || (status !== 303 && draft.method !== 'POST')
  if (isKept) return { ...draft, target }
  const headers = draft.headers.filter(([name]) => !/^content-/i.test(name))
  return { ...draft, method: 'GET', target, headers, body: undefined }
}
