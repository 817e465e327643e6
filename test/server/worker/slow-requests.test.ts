/** `--slow-request`: a request that is under way for long is reported, once. */
import { afterEach, expect, it, vi } from 'vitest'
import { SlowRequests, type TimedRequest } from '../../../packages/server/src/worker/slow-requests.ts'

afterEach(() => void vi.useRealTimers())

it('reports each request once, when its time has come', () => {
  vi.useFakeTimers()
  const lines: string[] = []
  const fast: TimedRequest = { summary: 'GET /fast', age: 10 }
  let age = 0
  const slow: TimedRequest = {
    summary: 'GET /slow [id=1]',
    get age() {
      return age
    },
  }
  const slowRequests = new SlowRequests({
    threshold: 1000,
    requests: () => [fast, slow],
    log: (line) => lines.push(line),
  })
  vi.advanceTimersByTime(2000)
  expect(lines).toEqual([])
  age = 1100
  vi.advanceTimersByTime(3000)
  expect(lines).toEqual(['slow request: GET /slow [id=1] is under way for 1.1 s; the event loop is free'])
  expect(slowRequests.take()).toEqual([])
  slowRequests.stop()
  expect(vi.getTimerCount()).toBe(0)
})
