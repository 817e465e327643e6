/**
 * Work that a handler leaves for after its response: `waitUntil` over `tsgi.after_response` (C33). Knows the contract.
 */
import type { Environ } from '@tsgi/contract'

export class WaitUntil {
  readonly #environ: Environ
  readonly props: Readonly<Record<string, unknown>> = {}

  constructor(environ: Environ) {
    this.#environ = environ
  }

  /** Bound: handlers take it off its object. */
  readonly waitUntil = (promise: PromiseLike<unknown>): void => {
    const work = Promise.resolve(promise)
    // It may fail before anyone asks for it: that is no unhandled rejection.
    work.catch(() => undefined)
    const afterResponse = this.#environ['tsgi.after_response']
    if (afterResponse === undefined) work.catch((error) => this.#report(error))
    else afterResponse(async () => void (await work))
  }

  passThroughOnException(): void {}

  #report(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#environ['wsgi.errors'].write(`waitUntil: ${text}\n`)
  }
}
