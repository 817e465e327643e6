/**
 * Counts of `rateLimit` by a limiter of `rate-limiter-flexible`: PostgreSQL, MySQL, MongoDB, Memcached and others. Knows what its
 * limiters give; imports nothing of it.
 */
import type { RateLimitStore } from './rate-limit.ts'

/** A limiter of `rate-limiter-flexible`, as far as it is used here. It rejects with such a result beyond its points. */
export interface FlexibleLimiter {
  consume(key: string): Promise<FlexibleResult>
}

/** What a limiter says about one key. */
export interface FlexibleResult {
  readonly remainingPoints: number
  readonly msBeforeNext: number
}

/**
 * A store of `rate-limiter-flexible`. Its windows are fixed: one begins with the first request of a client.
 * @param make makes the limiter of one limit: `points` requests in `duration` seconds. Called once for each limit.
 * @example
 * const store = flexibleLimits((points, duration) => new RateLimiterPostgres({ storeClient: pool, points, duration, tableName: 'limits' }))
 * rateLimit({ limit: 100, window: '1m', store })
 */
export function flexibleLimits(make: (points: number, duration: number) => FlexibleLimiter): RateLimitStore {
  if (typeof make !== 'function')
    throw new TypeError(
      'flexibleLimits: give a function that makes a limiter: (points, duration) => new RateLimiterRedis({ … })',
    )
  const limiters = new Map<string, FlexibleLimiter>()
  return {
    async take(key, limit, windowMs) {
      const policy = `${limit}/${windowMs}`
      const limiter = limiters.get(policy) ?? make(limit, windowMs / 1000)
      limiters.set(policy, limiter)
      try {
        const { remainingPoints, msBeforeNext } = await limiter.consume(key)
        return { isAllowed: true, remaining: remainingPoints, resetMs: msBeforeNext, retryMs: 0 }
      } catch (refusal) {
        if (!isResult(refusal)) throw refusal
        const { msBeforeNext } = refusal
        return { isAllowed: false, remaining: 0, resetMs: msBeforeNext, retryMs: Math.max(1, msBeforeNext) }
      }
    },
  }
}

/** A store that is down rejects with an Error. */
function isResult(reason: unknown): reason is FlexibleResult {
  return (
    typeof reason === 'object' &&
    reason !== null &&
    !(reason instanceof Error) &&
    'msBeforeNext' in reason &&
    typeof reason.msBeforeNext === 'number'
  )
}
