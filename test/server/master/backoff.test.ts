import { describe, expect, it } from 'vitest'
import { Backoff } from '../../../packages/server/src/master/backoff.ts'

describe('Backoff', () => {
  it('does not hold up the first replacement, then doubles, up to half a minute (M-01)', () => {
    const backoff = new Backoff()
    let now = 0
    const delays = Array.from({ length: 12 }, () => {
      now += backoff.wait(now)
      return backoff.died(10, now)
    })
    expect(delays).toEqual([0, 250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000])
    expect(backoff.wait(now)).toBe(30000)
    expect(backoff.wait(now + 29_999)).toBe(1)
    expect(backoff.wait(now + 30_001)).toBe(0)
  })

  it('counts as one those that die together, after which nobody could be started yet', () => {
    const backoff = new Backoff()
    expect(Array.from({ length: 8 }, () => backoff.died(10, 0))).toEqual([0, ...Array<number>(7).fill(250)])
    expect(backoff.died(10, 250)).toBe(500)
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
