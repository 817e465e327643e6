import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { MinorGc, youngCollector } from '../../../packages/server/src/connection/minor-gc.ts'

const MIB = 1024 * 1024

describe('the young collector', () => {
  it('is called once for every 4 MiB that have passed, however they were cut', () => {
    for (const piece of [MIB / 16, MIB, 3 * MIB]) {
      let calls = 0
      const collect = ({ type }: { type: string }) => {
        expect(type).toBe('minor')
        calls++
      }
      // Each time, all that has passed is found dead.
      const sizes = [0, 1000 * MIB]
      const collector = new MinorGc(
        () => collect,
        () => {
          sizes.reverse()
          return sizes[0] ?? 0
        },
      )
      for (let passed = 0; passed < 48 * MIB; passed += piece) collector.passed(piece)
      expect(calls).toBe(48 / Math.max(4, Math.ceil((4 * MIB) / piece) * (piece / MIB)))
    }
  })

  it('is called less often while it finds nothing dead, down to once for 16 MiB, and as often as before when it does', () => {
    let calls = 0
    let dead = 0
    let size = 0
    const collector = new MinorGc(
      () => () => {
        calls++
        size -= dead
      },
      () => size,
    )
    const callsIn = (mib: number) => {
      const before = calls
      for (let i = 0; i < mib; i++) {
        size += MIB
        collector.passed(MIB)
      }
      return calls - before
    }
    expect([callsIn(4), callsIn(8), callsIn(16), callsIn(16)]).toEqual([1, 1, 1, 1])
    dead = 12 * MIB
    expect([callsIn(16), callsIn(4), callsIn(4)]).toEqual([1, 1, 1])
  })

  it('is not called for what was freed without it', () => {
    let calls = 0
    const collector = new MinorGc(() => () => calls++)
    for (let i = 0; i < 100; i++) {
      collector.passed(MIB)
      collector.freed(MIB)
    }
    expect(calls).toBe(0)
  })

  it('is looked for when it is needed, once, and done without where there is none', () => {
    let looks = 0
    const collector = new MinorGc(() => {
      looks++
      return undefined
    })
    collector.passed(100)
    expect(looks).toBe(0)
    for (let i = 0; i < 3; i++) collector.passed(4 * MIB)
    expect(looks).toBe(1)
  })

  it('frees buffers that nobody holds, and is seen by nobody else', () => {
    const collect = youngCollector()
    collect?.({ type: 'minor' })
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 64; i++) Buffer.alloc(65_536, 1)
    expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThan(2 * MIB)
    // Twice: what the first finds dead is freed by another thread, which the second waits for.
    collect?.({ type: 'minor' })
    collect?.({ type: 'minor' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * MIB)
    expect(runInNewContext('typeof gc')).toBe('undefined')
  })
})
