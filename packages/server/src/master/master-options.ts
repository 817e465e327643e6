/** The options of the master. Types only: the command makes them, the master keeps them. */
import type { Bind } from '../config/bind.ts'
import type { ServerHooks } from '../config/hooks.ts'
import type { Config } from '../config/options.ts'
import type { Inheritance } from '../ipc/inheritance.ts'
import type { Logger } from '../log/logger.ts'
import type { Successor } from './upgrade.ts'

export interface NewConfiguration {
  readonly config: Config
  readonly binds: readonly Bind[]
  /** What is different, a line each. */
  readonly changes: readonly string[]
  /** What is different, and only a restart can change: a line each. `config` has it as it was. */
  readonly ignored: readonly string[]
}

export interface MasterOptions {
  readonly config: Config
  /** Of the config file as it was at the start: functions do not change with a reload. */
  readonly hooks: ServerHooks
  /** Reads the configuration again, for a reload. Rejects with a ConfigError if it is invalid. */
  readonly reread: (now: Config) => Promise<NewConfiguration>
  /** `module:callable`, for the workers to load. */
  readonly target: string
  /** The script that a worker runs. */
  readonly script: string
  /** Where the application is looked for; each new worker follows a link in it again. */
  readonly folder: string
  readonly temporary: string
  /** Where to listen: `config.bind`, or what systemd hands over. */
  readonly binds: readonly Bind[]
  /** Whom workers run as and files belong to. */
  readonly account: { readonly uid: number | undefined; readonly gid: number | undefined }
  readonly env: Readonly<Record<string, string | undefined>>
  /** The environment of the workers. */
  readonly workerEnv: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** From the master that this one replaces. */
  readonly inheritance: Inheritance | undefined
  /** How to start the master that is to replace this one. */
  readonly successor: Successor
  /** Opens the master's log again, and makes the files that workers have no right to make. Never throws. */
  readonly reopenLog: (config: Config) => void
  /** A path; none without. */
  readonly controlSocket: string | undefined
  /** Called once, when the workers are ready, with what they serve and where they listen. */
  readonly announce: (description: string, addresses: readonly string[], monitor: string | undefined) => void
}
