/**
 * Errors that the application did not catch. While it is loaded, they mean that it does not load: Node itself would have
 * ended the program. After that the worker is no longer well, and a request may wait for a response that will not come
 * (docs/decisions/0002, 0100). Knows errors and requests; the worker decides what becomes of itself.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { ConfigError } from '../config/config-error.ts'
import type { ServedRequest } from '../connection/request.ts'
import { causeOf, stackOf } from '../loader/load-cause.ts'
import type { Logger } from '../log/logger.ts'

export interface UncaughtErrorsOptions {
  /** The application, as the operator names it. */
  readonly target: string
  readonly logger: Logger
  /** The requests under way. */
  readonly requests: () => readonly ServedRequest[]
  /** How many requests have ended. */
  readonly ended: () => number
  /** Called once per error, while the application serves. */
  readonly unwell: (reason: string) => void
}

/** `failed`: what is served is a page that says so, and nothing more can go wrong. */
type State = 'loading' | 'serving' | 'failed'

export class UncaughtErrors {
  readonly #options: UncaughtErrorsOptions
  readonly #suspects: AffectedRequests<ServedRequest>
  readonly #whileLoading = Promise.withResolvers<never>()
  #state: State = 'loading'

  constructor(options: UncaughtErrorsOptions) {
    this.#options = options
    this.#suspects = new AffectedRequests(options.ended, (request) =>
      options.logger.error(`answered 500 to ${request.summary}: the error may have come from there`),
    )
    this.#whileLoading.promise.catch(() => undefined)
  }

  /** Listens, for the life of the process. */
  attend(): void {
    process.on('uncaughtException', (error, origin) => this.#uncaught(origin, error))
  }

  /** What `load` resolves with, unless an uncaught error comes first. @throws ConfigError */
  async guard<Loaded>(load: Promise<Loaded>): Promise<Loaded> {
    const loaded = await Promise.race([load, this.#whileLoading.promise])
    // Node reports a rejection of the module's own run only when that is over.
    await Promise.race([turn(), this.#whileLoading.promise])
    return loaded
  }

  /** @param isFailure whether it is a page that says why it did not load. */
  loaded(isFailure: boolean): void {
    this.#state = isFailure ? 'failed' : 'serving'
  }

  /** To be called regularly. */
  beat(): void {
    this.#suspects.beat()
  }

  /** The time is over: requests that may have caused an error get 500. */
  condemn(): void {
    this.#suspects.condemn()
  }

  #uncaught(origin: string, error: Error): void {
    if (process.listenerCount('uncaughtException') > 1) {
      // An application that listens itself goes on after an error, as it would without this server.
      this.#options.logger.error(`${origin}, left to the application's own listener: ${error.stack ?? String(error)}`)
      return
    }
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
 * The requests that an uncaught error may have come from (docs/decisions/0002, 0100). Their clients must get a response.
 * Knows requests; of errors, only that there was one.
 */

/** A request that ended less than this before an error may be what caused it. */
const RECENT_MS = 10_000

/** A request, as far as it matters here. */
export interface PendingRequest {
  /** Whether the client has got nothing yet, and still waits. */
  readonly isUnanswered: boolean
  /** Responds in the application's place. */
  fail(status: number, reason: string): void
}

export class AffectedRequests<Request extends PendingRequest> {
  readonly #requests = new Set<Request>()
  readonly #ended: () => number
  /** Called with each request that gets 500. */
  readonly #failed: (request: Request) => void
  /** What `ended` said last, and since when it says so. */
  #seen = 0
  #seenAt = Number.NEGATIVE_INFINITY

  /** @param ended counts the requests that have ended. */
  constructor(ended: () => number, failed: (request: Request) => void) {
    this.#ended = ended
    this.#failed = failed
  }

  /** To be called regularly: remembers about when the last request ended. No request pays for that. */
  beat(): void {
    const ended = this.#ended()
    if (ended === this.#seen) return
    this.#seen = ended
    this.#seenAt = performance.now()
  }

  /**
   * An error was not caught. A request that is alone gets 500 at once. One of several may be innocent, and so is any when
   * the error comes from a request that has ended: they go on, until `condemn`.
   */
  accuse(underWay: Iterable<Request>): void {
    for (const request of underWay) if (request.isUnanswered) this.#requests.add(request)
    this.beat()
    if (this.#requests.size === 1 && performance.now() - this.#seenAt > RECENT_MS) this.condemn()
  }

  /** The time is over: all that still wait get 500. */
  condemn(): void {
    const left = [...this.#requests]
    this.#requests.clear()
    for (const request of left) {
      if (!request.isUnanswered) continue
      this.#failed(request)
      request.fail(500, 'an uncaught error')
    }
  }
}
