/** Which requests get 500 after an uncaught error (M-08, docs/decisions/0002, 0100). */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AffectedRequests, type PendingRequest } from '../../../packages/server/src/worker/uncaught-errors.ts'

class Request implements PendingRequest {
  isUnanswered = true
  failed: number | undefined

  fail(status: number): void {
    this.isUnanswered = false
    this.failed = status
  }
}

function scene(count: number) {
  const reported: Request[] = []
  const counter = { ended: 0 }
  const requests = Array.from({ length: count }, () => new Request())
  const affected = new AffectedRequests<Request>(
    () => counter.ended,
    (request) => reported.push(request),
  )
  return { affected, requests, reported, counter, statuses: () => requests.map(({ failed }) => failed) }
}

describe('after an uncaught error', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('the only request under way gets 500 at once', () => {
    const { requests, affected, reported } = scene(1)
    affected.accuse(requests)
    expect(requests.map(({ failed }) => failed)).toEqual([500])
    expect(reported).toEqual(requests)
  })

  it('of several requests each may be innocent: none does', () => {
    const { requests, affected, statuses, counter } = scene(3)
    affected.accuse(requests)
    counter.ended++
    affected.beat()
    expect(statuses()).toEqual([undefined, undefined, undefined])
  })

  it('the last of several is not condemned when the others have ended: one of those may have caused it', () => {
    const { requests, affected, statuses, counter } = scene(2)
    affected.accuse(requests)
    if (requests[0] !== undefined) requests[0].isUnanswered = false
    counter.ended++
    affected.beat()
    expect(statuses()).toEqual([undefined, undefined])
  })

  it.each([0, 9_000])('the only request goes on when another has ended %d ms before', (before) => {
    const { requests, affected, statuses, counter } = scene(1)
    counter.ended++
    affected.beat()
    vi.advanceTimersByTime(before)
    affected.accuse(requests)
    expect(statuses()).toEqual([undefined])
  })

  it('the end of a request counts also when no beat has seen it', () => {
    const { requests, affected, statuses, counter } = scene(1)
    affected.beat()
    counter.ended++
    affected.accuse(requests)
    expect(statuses()).toEqual([undefined])
  })

  it('the only request gets 500 when the last one ended long before', () => {
    const { requests, affected, statuses, counter } = scene(1)
    counter.ended++
    affected.beat()
    vi.advanceTimersByTime(11_000)
    affected.beat()
    affected.accuse(requests)
    expect(statuses()).toEqual([500])
  })

  it('a request whose response has begun is left alone', () => {
    const { requests, affected, statuses } = scene(2)
    if (requests[0] !== undefined) requests[0].isUnanswered = false
    affected.accuse(requests)
    affected.condemn()
    expect(statuses()).toEqual([undefined, 500])
  })

  it('all that still wait get 500 when the time is over, and those that came later do not', () => {
    const { requests, affected, statuses } = scene(3)
    const later = new Request()
    affected.accuse(requests)
    affected.condemn()
    affected.condemn()
    expect(statuses()).toEqual([500, 500, 500])
    expect(later.failed).toBeUndefined()
  })

  it('without any request nothing happens', () => {
    const { affected, reported } = scene(0)
    affected.accuse([])
    affected.condemn()
    expect(reported).toEqual([])
  })
})
