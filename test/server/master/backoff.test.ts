import { describe, expect, it } from 'vitest'
import { Backoff } from '../../../packages/server/src/master/backoff.ts'

describe('Backoff', () => {
  it('does not hold up the first replacement, then doubles, up to half a minute (M-01)', () => {
    const backoff = new Backoff()
    const delays = Array.from({ length: 12 }, () => backoff.died(10, 0))
    expect(delays).toEqual([0, 250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000])
    expect(backoff.wait(0)).toBe(30000)
    expect(backoff.wait(29_999)).toBe(1)
    expect(backoff.wait(30_001)).toBe(0)
  })

  it('begins again after a worker that lived', () => {
    const backoff = new Backoff()
    for (let death = 0; death < 5; death++) backoff.died(10, 0)
    expect(backoff.died(60_000, 0)).toBe(0)
    expect(backoff.died(10, 0)).toBe(250)
  })

  it('is forgotten by a reload', () => {
    const backoff = new Backoff()
    for (let death = 0; death < 5; death++) backoff.died(10, 0)
    backoff.forget()
    expect(backoff.wait(0)).toBe(0)
  })
})
