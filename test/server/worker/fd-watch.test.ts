/** A process that runs out of descriptors is noticed (L-11); that it is replaced is shown in test/process. */
import { describe, expect, it } from 'vitest'
import { FdWatch } from '../../../packages/server/src/worker/fd-budget.ts'

const at = (now: number) => () => now

describe('the watch over descriptors', () => {
  it.each([
    [20, undefined],
    [91, undefined],
    [92, '8 of 100 open files (ulimit -n) are left: new connections may be dropped'],
    [101, '0 of 100 open files (ulimit -n) are left: new connections may be dropped'],
  ])('with %s of 100 open says %s', (open, said) => {
    expect(new FdWatch(100, () => open).look(at(0))).toBe(said)
  })

  it('says the same only once in a while', () => {
    const watch = new FdWatch(100, () => 100)
    expect([0, 500, 9_999, 10_000].map((now) => watch.look(at(now)) !== undefined)).toEqual([true, false, false, true])
  })

  it('counts the less often, the longer it takes', () => {
    let now = 0
    let counts = 0
    const watch = new FdWatch(100, () => {
      counts++
      now += 10
      return 20
    })
    for (; now < 20_000; now += 500) watch.look(() => now)
    expect(counts).toBeLessThanOrEqual(10)
  })

  it('has nothing to say where there is no limit', () => {
    expect(new FdWatch(Number.POSITIVE_INFINITY, () => 1e6).look(at(0))).toBeUndefined()
  })
})
