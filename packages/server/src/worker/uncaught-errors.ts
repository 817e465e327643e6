/**
 * What nobody caught. While the application is loaded, it does not load: Node itself would have ended the program. After
 * that the worker is no longer well, and a request may be waiting for an answer that will not come (docs/decisions/0002).
 * Knows errors and requests; what becomes of the worker is its own.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { ConfigError } from '../config/config-error.ts'
import type { RequestCycle } from '../connection/request-cycle.ts'
import { causeOf, stackOf } from '../loader/load-export.ts'
import type { Logger } from '../log/logger.ts'

export interface UncaughtErrorsOptions {
  /** The application, as the operator names it. */
  readonly target: string
  readonly logger: Logger
  /** The requests that are being answered. */
  readonly requests: () => readonly RequestCycle[]
  /** Told once per error, while the application serves. */
  readonly unwell: (reason: string) => void
}

/** `failed`: what is served is a page that says so, and nothing more can go wrong. */
type State = 'loading' | 'serving' | 'failed'

export class UncaughtErrors {
  readonly #options: UncaughtErrorsOptions
  readonly #suspects: AffectedRequests<RequestCycle>
  readonly #whileLoading = Promise.withResolvers<never>()
  #state: State = 'loading'

  constructor(options: UncaughtErrorsOptions) {
    this.#options = options
    this.#suspects = new AffectedRequests((request) =>
      options.logger.error(`answered 500 to ${request.summary}: the error may have come from there`),
    )
    this.#whileLoading.promise.catch(() => undefined)
  }

  attend(): void {
    process.on('uncaughtException', (error, origin) => this.#uncaught(origin, error))
  }

  /** What `load` resolves with, unless an error comes first that nobody catches. @throws ConfigError */
  async guard<Loaded>(load: Promise<Loaded>): Promise<Loaded> {
    const loaded = await Promise.race([load, this.#whileLoading.promise])
    // What was rejected while the module ran is said to be uncaught when that is over.
    await Promise.race([turn(), this.#whileLoading.promise])
    return loaded
  }

  /** @param isFailure whether it is a page that says why it did not load. */
  loaded(isFailure: boolean): void {
    this.#state = isFailure ? 'failed' : 'serving'
  }

  /** A request has ended. */
  settle(): void {
    this.#suspects.settle()
  }

  /** The time is over: who may still wait in vain is answered. */
  condemn(): void {
    this.#suspects.condemn()
  }

  #uncaught(origin: string, error: Error): void {
    if (this.#state === 'loading') {
      const { target } = this.#options
      this.#whileLoading.reject(new ConfigError(`cannot load ${target}: ${causeOf(error)}`, stackOf(error), error))
      return
    }
    this.#options.logger.error(`${origin}: ${error.stack ?? String(error)}`)
    if (this.#state === 'failed') return
    this.#options.unwell(`${origin} in the application`)
    this.#suspects.accuse(this.#options.requests())
  }
}

/*
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
