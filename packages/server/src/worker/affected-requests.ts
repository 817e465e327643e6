/**
 * The requests that an error which nobody caught may have come from (docs/decisions/0002). Their clients are not to wait
 * in vain: whoever is left when the others have been answered gets 500. Knows requests; errors it only counts.
 */

/** A request, as far as it matters here. */
export interface PendingRequest {
  /** Whether the client has got nothing yet, and still waits. */
  readonly isUnanswered: boolean
  /** Answers in the application's place. */
  fail(status: number, reason: string): void
}

export class AffectedRequests<Request extends PendingRequest> {
  readonly #requests = new Set<Request>()
  /** Told of each request that is answered with 500. */
  readonly #failed: (request: Request) => void
  #errors = 0

  constructor(failed: (request: Request) => void) {
    this.#failed = failed
  }

  /** An error was caught by nobody. @param underWay all requests that it may have come from. */
  accuse(underWay: Iterable<Request>): void {
    this.#errors++
    for (const request of underWay) this.#requests.add(request)
    this.settle()
  }

  /** A request has ended, perhaps one of these. As many as there were errors cannot be told apart from the guilty. */
  settle(): void {
    if (this.#requests.size === 0) return
    for (const request of this.#requests) if (!request.isUnanswered) this.#requests.delete(request)
    if (this.#requests.size <= this.#errors) this.condemn()
  }

  /** The time is over: all that are left are answered. */
  condemn(): void {
    const left = [...this.#requests]
    this.#requests.clear()
    this.#errors = 0
    for (const request of left) {
      if (!request.isUnanswered) continue
      this.#failed(request)
      request.fail(500, 'an error that nobody caught')
    }
  }
}
