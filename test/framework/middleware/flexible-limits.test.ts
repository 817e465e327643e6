/** `rateLimit` counted by limiters of rate-limiter-flexible: their results, their refusals, their failures. */
import { type Application, validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { flexibleLimits, rateLimit } from '@tsgi/framework/middleware'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { expect, it } from 'vitest'

const hello: Application = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'hello'
}

it('allows the limit, then says 429 and when to come again; one limiter for each limit', async () => {
  const made: [points: number, duration: number][] = []
  const store = flexibleLimits((points, duration) => {
    made.push([points, duration])
    return new RateLimiterMemory({ points, duration })
  })
  const limited = validate(rateLimit({ limit: 2, window: '1m', store, key: () => 'all' })(validate(hello)))
  const other = validate(rateLimit({ limit: 1, window: '1h', store, key: () => 'all' })(validate(hello)))
  const responses = [
    await call(limited, '/'),
    await call(limited, '/'),
    await call(limited, '/'),
    await call(other, '/'),
  ]
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 429, 200])
  expect(responses[1]?.header('RateLimit')).toBe('"default";r=0;t=60')
  expect(responses[2]?.header('Retry-After')).toBe('60')
  expect(made).toEqual([
    [2, 60],
    [1, 3600],
  ])
})

it('a limiter that fails is a store that is down, and no refusal', async () => {
  const failing = flexibleLimits(() => ({ consume: () => Promise.reject(new Error('ECONNREFUSED')) }))
  const response = await call(validate(rateLimit({ limit: 2, window: '1m', store: failing })(hello)), '/')
  expect([response.status, response.errors]).toEqual([503, expect.stringContaining('ECONNREFUSED')])
  expect(() => flexibleLimits(new RateLimiterMemory({ points: 1, duration: 1 }) as never)).toThrow(
    'give a function that makes a limiter',
  )
})
