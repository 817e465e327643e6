/**
 * The two ends of an application's life (SPEC C88, C89): what a process calls before the first request and after the
 * last response. Knows the contract; when that is, the transport knows.
 */
import type { Application, Environ } from '@tsgi/contract'
import { sendErrorResponse } from './error-response.ts'
import { describeError, writeEntry } from './report.ts'
import type { Sink } from './sink.ts'

/**
 * One application in one process: started before the first request at the latest, closed once.
 * A failed start is tried again by the next request.
 */
export class ApplicationLife {
  readonly #application: Application
  #started: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #isReady: boolean

  constructor(application: Application) {
    this.#application = application
    this.#isReady = application.start === undefined
  }

  /** Whether requests may go in: at once for an application without `start`. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Starts it, once. Rejects with its error. */
  start(): Promise<void> {
    this.#started ??= this.#start()
    return this.#started
  }

  /** Ends it, once; an application that was never started is not ended. To be called after the last response. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #start(): Promise<void> {
    try {
      await this.#application.start?.()
      this.#isReady = true
    } catch (error) {
      this.#started = undefined
      throw error
    }
  }

  async #close(): Promise<void> {
    const application = this.#application
    if (application.start !== undefined && this.#started === undefined) return
    await this.#started
    if (typeof application.close === 'function') await application.close()
    else await application[Symbol.asyncDispose]?.()
  }
}

/**
 * Runs an exchange once the application has started: synchronously if there is nothing to wait for. An application that
 * cannot start answers 500, and the log says why.
 */
export function runWhenStarted(life: ApplicationLife, environ: Environ, sink: Sink, run: () => void): void {
  if (life.isReady) {
    run()
    return
  }
  life.start().then(run, (error: unknown) => {
    writeEntry(environ['wsgi.errors'], `the application did not start: ${describeError(error)}`)
    sendErrorResponse(sink, 500, environ.REQUEST_METHOD === 'HEAD')
  })
}

/**
 * Waits a limited time for the end of an application. Never rejects: a failure or a time-out is one line.
 * @param limit milliseconds.
 */
export async function endWithin(
  end: () => Promise<void>,
  limit: number,
  complain: (line: string) => void,
): Promise<void> {
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), limit)
  try {
    const outcome = await Promise.race([end(), late.promise])
    if (outcome !== 'late') return
    complain(`the application did not close within ${(limit / 1000).toFixed(1)} s; it is left behind`)
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).split('\n')
    complain(`the application failed to close: ${reason}`)
  } finally {
    clearTimeout(timer)
  }
}
