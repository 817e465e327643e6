/**
 * Counts of `rateLimit` in Redis: exact for all workers and hosts, as Redis runs each count as one script and by its own
 * clock. Knows the commands of two clients, and imports neither.
 */
import type { RateLimitStore } from './rate-limit.ts'

/** Of a window: what a slice that is dropped late costs a client at a steady rate, 3 %. */
const SLICES = 32

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
      const words = [SLIDING_WINDOW, '1', prefix + key, String(limit), String(windowMs)]
      const answer =
        client.call === undefined ? await client.sendCommand(['EVAL', ...words]) : await client.call('EVAL', ...words)
      if (!Array.isArray(answer)) throw new TypeError(`Redis gave ${typeof answer} for a count`)
      const [isAllowed, remaining, resetMs, retryMs] = answer.map(Number)
      return { isAllowed: isAllowed === 1, remaining: remaining ?? 0, resetMs: resetMs ?? 0, retryMs: retryMs ?? 0 }
    },
  }
}

/**
 * The key is a hash: the number of each slice of time that had requests, and how many. A slice counts until it lies wholly
 * before the window, so that no window has more than the limit, wherever it begins. All times in microseconds.
 */
const SLIDING_WINDOW = `
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local limit, slice = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000 / ${SLICES}
local total, first, last = 0, nil, nil
local counts = redis.call('HGETALL', KEYS[1])
for i = 1, #counts, 2 do
  local ends = (tonumber(counts[i]) + 1 + ${SLICES}) * slice
  if ends <= now then
    redis.call('HDEL', KEYS[1], counts[i])
  else
    total = total + tonumber(counts[i + 1])
    if not first or ends < first then first = ends end
    if not last or ends > last then last = ends end
  end
end
if total >= limit then
  return { 0, 0, math.ceil((last - now) / 1000), math.max(1, math.ceil((first - now) / 1000)) }
end
local current = math.floor(now / slice)
local left = (current + 1 + ${SLICES}) * slice - now
redis.call('HINCRBY', KEYS[1], string.format('%.0f', current), 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(left / 1000) + 1)
return { 1, limit - total - 1, math.ceil(left / 1000), 0 }
`
