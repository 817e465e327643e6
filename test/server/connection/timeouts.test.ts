import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { timeOf } from '../../../packages/server/src/connection/http1-state.ts'
import { DEFAULT_CLOCKS, Timeouts } from '../../../packages/server/src/connection/timeouts.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the clocks of a worker', () => {
  it('have one timer for all who are watched, and none for nobody', () => {
    const timeouts = new Timeouts(DEFAULT_CLOCKS)
    const watched = Array.from({ length: 100 }, () => ({ check: vi.fn() }))
    expect(vi.getTimerCount()).toBe(0)
    for (const one of watched) timeouts.watch(one)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(1000)
    for (const one of watched) expect(one.check).toHaveBeenCalledWith(timeouts.now)
    for (const one of watched) timeouts.forget(one)
    expect(vi.getTimerCount()).toBe(0)
    timeouts.forget({ check: () => undefined })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('look often enough for the shortest clock, and at least four times a second', () => {
    const looks = (clocks: typeof DEFAULT_CLOCKS) => {
      const check = vi.fn()
      const timeouts = new Timeouts(clocks)
      const watched = { check }
      timeouts.watch(watched)
      vi.advanceTimersByTime(1000)
      timeouts.forget(watched)
      return check.mock.calls.length
    }
    expect(looks(DEFAULT_CLOCKS)).toBeGreaterThanOrEqual(4)
    expect(looks({ ...DEFAULT_CLOCKS, request: 80 })).toBe(100)
  })

  it('are never early, are off at 0, and count from what they are given', () => {
    const timeouts = new Timeouts(DEFAULT_CLOCKS)
    timeouts.watch({ check: () => undefined })
    vi.advanceTimersByTime(5000)
    const since = timeouts.now
    expect(timeouts.isOver(1000, since)).toBe(false)
    vi.advanceTimersByTime(1000)
    expect(timeouts.isOver(1000, since)).toBe(false)
    vi.advanceTimersByTime(1000)
    expect(timeouts.isOver(1000, since)).toBe(true)
    expect(timeouts.isOver(0, since)).toBe(false)
  })

  it('do not make clients late while the loop itself was blocked', () => {
    const timeouts = new Timeouts(DEFAULT_CLOCKS)
    timeouts.watch({ check: () => undefined })
    vi.advanceTimersByTime(1000)
    const before = timeouts.now
    const start = performance.now()
    vi.setSystemTime(Date.now() + 60_000)
    vi.spyOn(performance, 'now').mockReturnValue(start + 60_000)
    vi.advanceTimersToNextTimer()
    expect(timeouts.now - before).toBeLessThanOrEqual(250)
  })

  it('end nobody’s farewell before the loop has turned for him: neither a tick just behind its start nor a late one', () => {
    const timeouts = new Timeouts(DEFAULT_CLOCKS)
    const farewell = timeOf('idle', DEFAULT_CLOCKS, false, true)
    timeouts.watch({ check: () => undefined })
    vi.advanceTimersByTime(999)
    const since = timeouts.now
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)
    vi.advanceTimersToNextTimer()
    expect(timeouts.isOver(farewell, since)).toBe(false)
  })
})
