/** What a worker borrows from its master: one message for all requests that wait, each request one result, whatever comes back. */
import { describe, expect, it, vi } from 'vitest'
import type { ToMaster } from '../../../packages/server/src/ipc/messages.ts'
import { BorrowedLimits } from '../../../packages/server/src/worker/borrowed-limits.ts'

function borrowing() {
  const sent: Extract<ToMaster, { type: 'take' }>[] = []
  const clock = { ms: 0 }
  const limits = new BorrowedLimits(
    (message) => void (message.type === 'take' && sent.push(message)),
    () => clock.ms,
  )
  return { sent, clock, limits }
}

const counted = (allowed: number, retryMs = 0) => ({ allowed, remaining: 0, resetMs: 900, retryMs })

describe('borrowed shares', () => {
  it('go to the first that came; those that come meanwhile travel together', async () => {
    const { sent, limits } = borrowing()
    const first = limits.take('k', 2, 1000)
    const later = [limits.take('k', 2, 1000), limits.take('k', 2, 1000), limits.take('other', 2, 1000)]
    expect(sent.map(({ counts }) => counts.map(({ requests }) => requests))).toEqual([[1]])
    limits.taken({ type: 'taken', id: sent[0]?.id ?? 0, results: [{ ...counted(1), remaining: 1 }] })
    expect(await first).toEqual({ isAllowed: true, remaining: 1, resetMs: 900, retryMs: 0 })
    expect(sent[1]?.counts.map(({ key, requests }) => [key, requests])).toEqual([
      ['k', 2],
      ['other', 1],
    ])
    limits.taken({ type: 'taken', id: sent[1]?.id ?? 0, results: [counted(1, 500), counted(1)] })
    expect((await Promise.all(later)).map(({ isAllowed }) => isAllowed)).toEqual([true, false, true])
  })

  it('are not asked for until a refusal is over', async () => {
    const { sent, clock, limits } = borrowing()
    const refused = limits.take('k', 1, 1000)
    limits.taken({ type: 'taken', id: 1, results: [counted(0, 500)] })
    expect((await refused).isAllowed).toBe(false)
    clock.ms = 499
    expect(await limits.take('k', 1, 1000)).toEqual({ isAllowed: false, remaining: 0, resetMs: 401, retryMs: 1 })
    clock.ms = 500
    void limits.take('k', 1, 1000)
    expect(sent.length).toBe(2)
    limits.taken({ type: 'taken', id: 2, results: [counted(1)] })
  })

  it('fail where the master is silent or gives too little; the next request asks again', async () => {
    vi.useFakeTimers()
    try {
      const { sent, limits } = borrowing()
      const silent = limits.take('k', 1, 1000)
      const failed = expect(silent).rejects.toThrow('did not count within 5000 ms')
      await vi.advanceTimersByTimeAsync(5001)
      await failed
      const next = limits.take('k', 1, 1000)
      limits.taken({ type: 'taken', id: 1, results: [counted(1)] }) // too late: of the message before
      limits.taken({ type: 'taken', id: 2, results: [] })
      await expect(next).rejects.toThrow('did not count these requests')
      expect(sent.length).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    ['k', 0, 1],
    ['k', 1.5, 1],
    ['k', 1, 0],
    ['k', Number.NaN, 1],
  ] as const)('are refused for %s, %d, %d', async (key, limit, span) => {
    const { sent, limits } = borrowing()
    await expect(limits.take(key, limit, span)).rejects.toThrow('takes a key and two whole numbers from 1')
    expect(sent).toEqual([])
  })
})
