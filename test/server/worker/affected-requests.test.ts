/** Who gets 500 after an error that nobody caught (M-08, docs/decisions/0002). */
import { describe, expect, it } from 'vitest'
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
  const told: Request[] = []
  const requests = Array.from({ length: count }, () => new Request())
  return { requests, told, suspects: new AffectedRequests<Request>((request) => told.push(request)) }
}

/** Answered by the application itself. */
function answer(request: Request | undefined, suspects: AffectedRequests<Request>): void {
  if (request !== undefined) request.isUnanswered = false
  suspects.settle()
}

describe('after an error that nobody caught', () => {
  it('the only request under way is answered with 500 at once', () => {
    const { requests, suspects, told } = scene(1)
    suspects.accuse(requests)
    expect(requests.map(({ failed }) => failed)).toEqual([500])
    expect(told).toEqual(requests)
  })

  it('of several, the one that is left when the others have their answers', () => {
    const { requests, suspects } = scene(3)
    suspects.accuse(requests)
    answer(requests[2], suspects)
    expect(requests.map(({ failed }) => failed)).toEqual([undefined, undefined, undefined])
    answer(requests[0], suspects)
    expect(requests.map(({ failed }) => failed)).toEqual([undefined, 500, undefined])
  })

  it('after two errors, the two that are left', () => {
    const { requests, suspects } = scene(3)
    suspects.accuse(requests)
    suspects.accuse(requests)
    answer(requests[0], suspects)
    expect(requests.map(({ failed }) => failed)).toEqual([undefined, 500, 500])
  })

  it('a response that has begun is nobody’s suspect', () => {
    const { requests, suspects } = scene(2)
    answer(requests[0], suspects)
    suspects.accuse(requests)
    expect(requests.map(({ failed }) => failed)).toEqual([undefined, 500])
  })

  it('requests that came later are not', () => {
    const { requests, suspects } = scene(2)
    const later = new Request()
    suspects.accuse(requests)
    answer(requests[0], suspects)
    answer(later, suspects)
    suspects.accuse([])
    expect(later.failed).toBeUndefined()
  })

  it('all that are left are answered when the time is over', () => {
    const { requests, suspects } = scene(3)
    suspects.accuse(requests)
    suspects.condemn()
    expect(requests.map(({ failed }) => failed)).toEqual([500, 500, 500])
  })

  it('without any request nobody is', () => {
    const { requests, suspects } = scene(1)
    suspects.accuse([])
    suspects.accuse([])
    answer(undefined, suspects)
    expect(requests[0]?.failed).toBeUndefined()
  })
})
