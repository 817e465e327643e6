/**
 * The configuration in force. A reload reads it again and starts workers with it. If no worker serves, the old configuration
 * is in force again, sockets included. Knows when to read, to commit and to roll back; the command reads it.
 */

import { failureOf } from '../config/config-error.ts'
import type { Config } from '../config/options.ts'
import type { Logger } from '../log/logger.ts'
import type { NewConfiguration } from './master-options.ts'
import type { Sockets } from './sockets.ts'

export interface ConfigReloadOptions {
  readonly config: Config
  readonly reread: (now: Config) => Promise<NewConfiguration>
  readonly sockets: Sockets
  readonly logger: Logger
}

/** What was read, to be put in force, or why it will not do. */
export type Reading = { readonly enact: () => void } | { readonly failure: string }

export class ConfigReload {
  readonly #options: ConfigReloadOptions
  #config: Config
  /** Workers serve with it. */
  #proven: Config
  /** One reading after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #underWay = 0

  constructor(options: ConfigReloadOptions) {
    this.#options = options
    this.#config = this.#proven = options.config
  }

  /** For whatever starts from now on. */
  get config(): Config {
    return this.#config
  }

  /** Reads and binds; never rejects. */
  read(): Promise<Reading> {
    this.#underWay++
    const reading = this.#last.then(() => this.#read())
    this.#last = reading
    return reading
  }

  /** Puts in force what was read. @returns why it will not do; nothing has changed then. */
  take(reading: Reading): string | undefined {
    this.#underWay--
    if ('failure' in reading) return reading.failure
    reading.enact()
    return undefined
  }

  /** Whether a reload is about to begin. */
  get isReading(): boolean {
    return this.#underWay > 0
  }

  async #read(): Promise<Reading> {
    const { logger, reread, sockets } = this.#options
    try {
      const { config, binds, changes, ignored } = await reread(this.#config)
      const change = await sockets.renew(binds, config.metrics)
      return {
        enact: () => {
          for (const line of changes) logger.info(`new configuration: ${line}`)
          for (const line of ignored) logger.warning(`new configuration: ${line} needs a restart; it stays as it was`)
          logger.configure({ target: config.errorLogfile, level: config.logLevel })
          this.#config = config
          change()
        },
      }
    } catch (error) {
      return { failure: failureOf(error).message }
    }
  }

  /** A worker that was started with it serves: there is no going back. */
  prove(): void {
    this.#proven = this.#config
    this.#options.sockets.prove()
  }

  /** All workers were replaced, or, with `failure`, none or not all. */
  end(failure: string | undefined): void {
    const { logger, sockets } = this.#options
    if (failure === undefined) sockets.settle()
    if (failure === undefined || this.#config === this.#proven) return
    this.#config = this.#proven
    logger.configure({ target: this.#config.errorLogfile, level: this.#config.logLevel })
    sockets.restore()
  }
}
