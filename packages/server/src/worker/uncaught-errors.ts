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
import { AffectedRequests } from './affected-requests.ts'

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
