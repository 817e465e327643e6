/**
 * Calls the hooks of the config file. What a hook does wrong is a line in the log and touches nothing else. Knows the
 * hooks in force; when they are due, the master knows.
 */
import type { ServerHooks } from '../config/hooks.ts'
import type { Incidents } from './incidents.ts'

/** How long the end of the server waits for `onExit`. */
const EXIT_TIMEOUT_MS = 5_000

type Argument<Name extends keyof ServerHooks> = Parameters<NonNullable<ServerHooks[Name]>>

export class HookRunner {
  /** Those of the configuration in force. */
  hooks: ServerHooks
  readonly #incidents: Incidents

  constructor(hooks: ServerHooks, incidents: Incidents) {
    this.hooks = hooks
    this.#incidents = incidents
  }

  /** Calls a hook, if there is one, and does not wait for it. */
  run<Name extends keyof ServerHooks>(name: Name, ...given: Argument<Name>): void {
    void this.#settle(name, given)
  }

  /** Calls `onExit` and waits for it. */
  async exit(): Promise<void> {
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(timeout.resolve, EXIT_TIMEOUT_MS)
    await Promise.race([this.#settle('onExit', []), timeout.promise])
    clearTimeout(timer)
  }

  #settle<Name extends keyof ServerHooks>(name: Name, given: Argument<Name>): Promise<void> {
    const hook = this.hooks[name]
    if (hook === undefined) return Promise.resolve()
    return this.#incidents.settle(`running ${name} of the config file`, async () => {
      await Reflect.apply(hook, undefined, given)
    })
  }
}
