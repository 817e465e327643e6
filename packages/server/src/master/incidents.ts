/**
 * What goes wrong in the master itself. The master must outlive any error of one check, one message or one file: such
 * an error becomes one entry of the log, and the work goes on. Knows errors; what was being done is a word for the log.
 */
import type { Logger } from '../log/logger.ts'

/** How many different errors are remembered, so that each is logged once. */
const MAX_REMEMBERED = 256

export class Incidents {
  readonly #logger: Pick<Logger, 'critical'>
  readonly #logged = new Set<string>()

  constructor(logger: Pick<Logger, 'critical'>) {
    this.#logger = logger
  }

  /** Runs one step; an error in it is logged and nothing else is lost. @returns whether it ran to its end. */
  run(doing: string, step: () => void): boolean {
    try {
      step()
      return true
    } catch (error) {
      this.report(doing, error)
      return false
    }
  }

  /** The same for a step that takes time; the promise never rejects. */
  async settle(doing: string, step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.report(doing, error)
    }
  }

  /** Logs an error, once for each text: a check that fails every second fails for the same reason. */
  report(doing: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    const known = `${doing}: ${text}`
    if (this.#logged.has(known)) return
    if (this.#logged.size >= MAX_REMEMBERED) this.#logged.clear()
    this.#logged.add(known)
    const stack = error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : ''
    this.#logger.critical(`the master goes on after an error while ${doing}: ${text}${stack}`)
  }
}
