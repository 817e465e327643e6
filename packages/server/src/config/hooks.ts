/**
 * The hooks of a config file: functions that the master calls at four moments of the server's life. Types and a check of
 * their shape only; calling them is the master's.
 */
import { ConfigError } from './config-error.ts'

/** A worker that has ended. */
export interface WorkerExit {
  readonly pid: number | undefined
  /** `null` where a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
  /** Whether the master had asked it to leave: at a reload, a stop, or when it was replaced. */
  readonly wasTold: boolean
}

/**
 * Functions of `tsgi.config.ts` that run in the master. It serves no request meanwhile and never loads the application.
 * A hook that fails is a line in the log.
 */
export interface ServerHooks {
  /** Called once, when the server listens and its workers are ready. */
  readonly onReady?: (server: {
    readonly pid: number
    readonly addresses: readonly string[]
  }) => void | PromiseLike<void>
  /** Called when a reload is over. @param reload `failure` is the reason why the old workers stay, if they do. */
  readonly onReload?: (reload: { readonly failure: string | undefined }) => void | PromiseLike<void>
  /** Called when a worker has ended, for whatever reason. */
  readonly onWorkerExit?: (worker: WorkerExit) => void | PromiseLike<void>
  /** Called once, when all workers have left. The master waits for it, for five seconds at most. */
  readonly onExit?: () => void | PromiseLike<void>
}

const HOOK_NAMES = ['onReady', 'onReload', 'onWorkerExit', 'onExit'] as const satisfies readonly (keyof ServerHooks)[]

/** Takes the hooks out of what a config file exports. @throws ConfigError for one that is no function. */
export function splitHooks(
  place: string,
  exported: Readonly<Record<string, unknown>>,
): { readonly hooks: ServerHooks; readonly values: Readonly<Record<string, unknown>> } {
  const values = { ...exported }
  const hooks: Record<string, unknown> = {}
  for (const name of HOOK_NAMES) {
    const hook = values[name]
    delete values[name]
    if (hook === undefined) continue
    if (typeof hook !== 'function') throw new ConfigError(`${name} in ${place}: must be a function, not ${typeof hook}`)
    hooks[name] = hook
  }
  return { hooks: hooks as ServerHooks, values } // each of them was found to be a function
}
