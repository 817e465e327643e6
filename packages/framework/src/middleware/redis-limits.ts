/**
 * Counts of `rateLimit` in Redis: exact for all workers and hosts, as Redis runs each count as one script and by its own
 * clock. Knows the commands of two clients, and imports neither.
 */
import type { RateLimitStore } from './rate-limit.ts'

/** A client of `redis` or `ioredis`, as far as it is used here. */
export type RedisScripts =
  | { sendCommand(words: string[]): Promise<unknown>; readonly call?: never }
  | { call(command: string, ...words: string[]): Promise<unknown> }

/**
 * A store in Redis: exact for all workers and hosts, as Redis runs each count as one script, by its own clock.
 * @param client of `redis` or `ioredis`, connected by the application.
 * @param prefix of the keys. @default `limit:`
 * @example `rateLimit({ limit: 100, window: '1m', store: redisLimits(await createClient().connect()) })`
 */
export function redisLimits(client: RedisScripts, prefix = 'limit:'): RateLimitStore {
  return {
    async take(key, limit, windowMs) {
      const words = [GCRA, '1', prefix + key, String(limit), String(windowMs)]
      const answer =
        client.call === undefined ? await client.sendCommand(['EVAL', ...words]) : await client.call('EVAL', ...words)
      if (!Array.isArray(answer)) throw new TypeError(`Redis gave ${typeof answer} for a count`)
      const [isAllowed, remaining, resetMs, retryMs] = answer.map(Number)
      return { isAllowed: isAllowed === 1, remaining: remaining ?? 0, resetMs: resetMs ?? 0, retryMs: retryMs ?? 0 }
    },
  }
}

/**
 * The key holds the time, in microseconds, at which all of the limit will be there again. A request moves it by one share
 * of the window, and is refused if that would be more than a window from now.
 */
const GCRA = `
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000
local share = window / limit
local full = tonumber(redis.call('GET', KEYS[1]) or now)
if full < now then full = now end
local next = full + share
if next - window > now + 1 then
  return { 0, 0, math.ceil((full - now) / 1000), math.ceil((next - window - now) / 1000) }
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000) + 1)
return { 1, math.floor((window - (next - now)) / share + 0.000001), math.ceil((next - now) / 1000), 0 }
`
