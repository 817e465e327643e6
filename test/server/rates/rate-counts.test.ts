/** Counts of the master: no span of time has more than the limit, a steady client reaches it, and the memory is bounded. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RateCounts } from '../../../packages/server/src/rates/rate-counts.ts'

function counting(options: { maxKeys?: number; maxShared?: number } = {}) {
  const clock = { ms: 12_345.678 }
  const counts = new RateCounts({ ...options, now: () => clock.ms })
  return {
    clock,
    counts,
    take: (key: string, limit = 3, requests = 1) => counts.take({ key, limit, span: 1000, requests }),
  }
}

describe('the count of a key', () => {
  it('allows no more than the limit in any span, wherever it begins', () => {
    const steps = fc.array(
      fc.record({ wait: fc.double({ min: 0, max: 400, noNaN: true }), requests: fc.integer({ min: 1, max: 9 }) }),
    )
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), (asked, limit) => {
        const { clock, take } = counting()
        const allowed: number[] = []
        for (const { wait, requests } of asked) {
          clock.ms += wait
          const result = take('k', limit, requests)
          for (let i = 0; i < result.allowed; i++) allowed.push(clock.ms)
          expect(result.allowed === requests).toBe(result.retryMs === 0)
        }
        for (const begin of allowed)
          expect(allowed.filter((at) => at >= begin && at < begin + 1000).length).toBeLessThanOrEqual(limit)
      }),
    )
  })

  it('lets a client that always comes reach 95 % of the limit', () => {
    const { clock, take } = counting()
    let allowed = 0
    for (let i = 0; i < 10_000; i++) {
      clock.ms += 1
      allowed += take('k', 100).allowed
    }
    expect(allowed).toBeGreaterThanOrEqual(950)
    expect(allowed).toBeLessThanOrEqual(1000)
  })

  it('allows a request after retryMs, and all of the limit after resetMs', () => {
    const { clock, take } = counting()
    take('k', 3, 3)
    const { retryMs, resetMs, remaining } = take('k')
    expect([remaining, retryMs > 0]).toEqual([0, true])
    clock.ms += retryMs - 0.01
    expect(take('k').allowed).toBe(0)
    clock.ms += resetMs - retryMs + 0.02
    expect(take('k', 3, 9).allowed).toBe(3)
  })

  it('stands apart for each key, limit and span', () => {
    const { take } = counting()
    expect([take('a', 3, 9), take('b', 3, 9), take('a', 2, 9)].map(({ allowed }) => allowed)).toEqual([3, 3, 2])
  })
})

describe('the memory for keys', () => {
  it('is bounded, and no key gets more than its limit while it is full', () => {
    const { counts, take } = counting({ maxKeys: 100, maxShared: 10 })
    expect(take('victim', 3, 3).allowed).toBe(3)
    const allowed = new Map<string, number>()
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 5000; i++) allowed.set(`k${i}`, (allowed.get(`k${i}`) ?? 0) + take(`k${i}`).allowed)
    }
    expect(Math.max(...allowed.values())).toBe(3)
    expect(counts.size).toBeLessThanOrEqual(110)
    expect(take('victim').allowed).toBe(0)
  })

  it('is bounded with many limits too', () => {
    const { counts, take } = counting({ maxKeys: 100, maxShared: 10 })
    for (let i = 1; i < 1000; i++) take(`k${i}`, i)
    expect(counts.size).toBe(200)
    expect(take('new', 5000)).toMatchObject({ allowed: 0, retryMs: 1000 })
  })

  it('is free again when the span is over', () => {
    const { clock, counts, take } = counting({ maxKeys: 100, maxShared: 10 })
    for (let i = 0; i < 500; i++) take(`k${i}`)
    clock.ms += 3000
    take('k')
    expect(counts.size).toBe(1)
  })

  it('holds the hash of a long key', () => {
    const { take } = counting()
    expect(take('x'.repeat(10_000), 1).allowed).toBe(1)
    expect(take('x'.repeat(10_000), 1).allowed).toBe(0)
    expect(take('x'.repeat(10_001), 1).allowed).toBe(1)
  })
})
