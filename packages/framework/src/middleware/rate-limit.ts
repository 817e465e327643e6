/**
 * At most so many requests of one client in a window of time. The server counts for all its workers (`tsgi.rate_limit`), or a store
 * counts for all hosts. Knows neither; a count in memory would be true for one process only, so there is no such store.
 */
import type { Body, Environ, HeaderList, Middleware, RateLimit, RateLimiter, StartResponse } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { keepLife } from '../routing/application-life.ts'
import { refuse, withHeaders } from './plain-response.ts'

/** Counts requests, for every process that asks. `take` must be one step: two processes that ask at once are counted twice. */
export interface RateLimitStore {
  /** Counts one request under a key, if it is within the limit. */
  take(key: string, limit: number, windowMs: number): Promise<RateLimit>
}

/** Options of `rateLimit`. */
export interface RateLimitOptions {
  /** Requests of one client in any window of time. */
  readonly limit: number
  /** How long the window is: milliseconds, or a text: `10s`, `1m`, `24h`. */
  readonly window: number | `${number}${'s' | 'm' | 'h' | 'd'}`
  /**
   * Where requests are counted: `redisLimits(client)`, `flexibleLimits(make)`, or a store of your own.
   * @default the server, which counts for all its workers (`tsgi serve`, `serve()`); others have no such count
   */
  readonly store?: RateLimitStore
  /** Who a client is; undefined for one that is not limited. @default its address, an IPv6 one by its /64 network */
  readonly key?: (environ: Environ) => string | undefined | Promise<string | undefined>
  /**
   * Names the policy in responses. Limits with the same name, limit and window count together: give each its name if they must
   * not. @default `default`
   */
  readonly name?: string
  /** What becomes of requests while they cannot be counted: `refuse` with 503, or `allow`. @default `refuse` */
  readonly onFailure?: 'refuse' | 'allow'
}

const NAMES: ReadonlySet<string> = new Set<keyof RateLimitOptions>([
  ...(['limit', 'window', 'store', 'key', 'name', 'onFailure'] as const),
])

/**
 * Answers 429 beyond a limit, with `Retry-After`; every response says `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers).
 * @throws TypeError for an option that cannot be.
 * @example `post('/sign-in', { middleware: [rateLimit({ limit: 5, window: '1m' })] }, signIn)`
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  refuseUnknown('rateLimit', options, NAMES)
  const { limit, store, key = addressOf, name = 'default', onFailure = 'refuse' } = options
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new TypeError(`rateLimit: the limit is ${limit}; it must be a whole number from 1`)
  if (!/^[\w.-]{1,64}$/.test(name))
    throw new TypeError(`rateLimit: the name ${JSON.stringify(name)} may hold letters, digits, _ . -`)
  if (store !== undefined && typeof store?.take !== 'function')
    throw new TypeError(`rateLimit: the store has no function take; ${STORES}`)
  const windowMs = millisecondsOf(options.window)
  const prefix = `${name}:${limit}:${windowMs}:`
  const policy = `"${name}";q=${limit};w=${Math.ceil(windowMs / 1000)}`
  return keepLife((application) => async (environ, startResponse) => {
    const client = await key(environ)
    if (client === undefined) return application(environ, startResponse)
    const take = counterOf(environ, store)
    let result: RateLimit
    try {
      result = await take(prefix + client, limit, windowMs)
    } catch (error) {
      environ['wsgi.errors'].write(`rateLimit: not counted: ${error instanceof Error ? error.message : typeof error}\n`)
      if (onFailure === 'allow') return application(environ, startResponse)
      return refuse(startResponse, '503 Service Unavailable', 'Requests cannot be counted.', [['Retry-After', '10']])
    }
    const said: HeaderList = [
      ['RateLimit-Policy', policy],
      ['RateLimit', `"${name}";r=${result.remaining};t=${Math.ceil(result.resetMs / 1000)}`],
    ]
    if (!result.isAllowed) return tooMany(startResponse, result, said)
    return application(
      environ,
      withHeaders(startResponse, (headers) => [...headers, ...said]),
    )
  })
}

/** @throws Error where requests would be counted in each process apart: the limit would be as many times as high. */
function counterOf(environ: Environ, store: RateLimitStore | undefined): RateLimiter {
  if (store !== undefined) return (key, limit, windowMs) => store.take(key, limit, windowMs)
  const count = environ['tsgi.rate_limit']
  if (count !== undefined) return count
  throw new Error(`rateLimit: this server does not count for all its processes (it has no tsgi.rate_limit); ${STORES}`)
}

const STORES = 'give a store: redisLimits(client), flexibleLimits(make), or one of your own'

function tooMany(startResponse: StartResponse, { retryMs }: RateLimit, said: HeaderList): Body {
  const seconds = Math.max(1, Math.ceil(retryMs / 1000))
  return refuse(startResponse, '429 Too Many Requests', 'Too many requests.', [
    ['Retry-After', String(seconds)],
    ...said,
  ])
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function millisecondsOf(window: RateLimitOptions['window']): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(String(window)) ?? []
  const milliseconds = typeof window === 'number' ? window : Number(count) * (UNITS_MS[unit] ?? Number.NaN)
  if (Number.isSafeInteger(milliseconds) && milliseconds >= 1) return milliseconds
  throw new TypeError(
    `rateLimit: the window is ${JSON.stringify(window)}; write milliseconds, or text as in 10s, 1m, 24h`,
  )
}

/** One customer has a /64 network of IPv6 at least, and could take a new address for each request. */
function addressOf({ REMOTE_ADDR: address }: Environ): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...first, ...Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0'), ...last]
  return `${groups.slice(0, 4).join(':')}::/64`
}
