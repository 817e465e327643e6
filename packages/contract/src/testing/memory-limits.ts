/**
 * `tsgi.rate_limit` of the test kit: counts in memory, for each application apart, from its first request on. Keeps the time of
 * every request, so it is exact; a server needs something smaller.
 */
import type { Application } from '../application.ts'
import type { RateLimit, RateLimiter } from '../environ.ts'

const limiters = new WeakMap<Application, RateLimiter>()

/** The limiter of this application: one server has one. */
export function rateLimitOf(application: Application): RateLimiter {
  const known = limiters.get(application)
  if (known !== undefined) return known
  const times = new Map<string, number[]>()
  const limiter: RateLimiter = async (key, limit, milliseconds) => {
    const place = `${limit}/${milliseconds}/${key}`
    const now = performance.now()
    const recent = (times.get(place) ?? []).filter((time) => time > now - milliseconds)
    const isAllowed = recent.length < limit
    if (isAllowed) recent.push(now)
    times.set(place, recent)
    return resultOf(isAllowed, recent, limit, milliseconds - now)
  }
  limiters.set(application, limiter)
  return limiter
}

/** @param offset from the time of a request to the milliseconds until it no longer counts. */
function resultOf(isAllowed: boolean, recent: readonly number[], limit: number, offset: number): RateLimit {
  const [first = 0] = recent
  return {
    isAllowed,
    remaining: Math.max(0, limit - recent.length),
    resetMs: Math.max(0, (recent.at(-1) ?? 0) + offset),
    retryMs: isAllowed ? 0 : Math.max(0, first + offset),
  }
}
