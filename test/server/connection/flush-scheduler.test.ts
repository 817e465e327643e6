import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FlushScheduler } from '../../../packages/server/src/connection/write-buffer.ts'

/** The clock stands still unless the test moves it; immediates are real. */
beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())

/** Answers with names, in the order they left. */
function answers(turn: FlushScheduler, left: string[]): (...names: string[]) => void {
  return (...names) => {
    for (const name of names) {
      turn.readClock()
      turn.leave({ flush: () => void left.push(name) })
    }
  }
}

describe('the answers of a turn', () => {
  it('leave at its end, in their order', async () => {
    const left: string[] = []
    answers(new FlushScheduler(), left)('a', 'b', 'c', 'd')
    expect(left).toEqual([])
    await new Promise((resolve) => setImmediate(resolve))
    expect(left).toEqual(['a', 'b', 'c', 'd'])
  })

  it('leave at once for a while after a turn that had few', () => {
    const left: string[] = []
    const turn = new FlushScheduler()
    const answer = answers(turn, left)
    answer('few')
    turn.end()
    for (let i = 0; i < 32; i++) answer(String(i))
    expect(left).toHaveLength(33)
    answer('a', 'b', 'c', 'd')
    expect(left).toHaveLength(33)
    turn.end()
    expect(left.slice(33)).toEqual(['a', 'b', 'c', 'd'])
    // That was worth it: the next turn gathers too.
    answer('e')
    expect(left).toHaveLength(37)
  })

  it('do not wait for an application that takes its time', () => {
    const left: string[] = []
    const answer = answers(new FlushScheduler(), left)
    answer('first', 'second')
    vi.advanceTimersByTime(2)
    answer('slow')
    expect(left).toEqual(['first', 'second', 'slow'])
    answer('next')
    expect(left).toEqual(['first', 'second', 'slow', 'next'])
  })
})
