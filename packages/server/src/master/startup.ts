/**
 * From the first worker, which shows whether the application loads at all, to the moment when it is said where the server
 * listens. Knows what is to be said; the pool starts workers.
 */
import { ConfigError } from '../config/config-error.ts'
import type { MasterOptions } from './master-options.ts'
import { howOf, type WorkerEnd } from './worker-pool.ts'

/** The first worker loads the application; the others follow; all serve. */
type Phase = 'loading' | 'filling' | 'serving'

/** What a worker that serves knows about it. */
export interface Service {
  readonly description: string
  readonly addresses: readonly string[]
  /** Where `--metrics` is served. */
  readonly monitor: string | undefined
}

export class Startup {
  readonly #options: Pick<MasterOptions, 'announce' | 'target'>
  #phase: Phase = 'loading'
  #service: Service = { description: '', addresses: [], monitor: undefined }

  constructor(options: Pick<MasterOptions, 'announce' | 'target'>) {
    this.#options = options
  }

  get isLoading(): boolean {
    return this.#phase === 'loading'
  }

  get addresses(): readonly string[] {
    return this.#service.addresses
  }

  /** A worker serves. */
  serves(service: Service): void {
    this.#service = service
    if (this.#phase === 'loading') this.#phase = 'filling'
  }

  /** Says where it listens, once. @returns whether this was the time. */
  announce(): boolean {
    if (this.#phase !== 'filling') return false
    const { description, addresses, monitor } = this.#service
    this.#phase = 'serving'
    this.#options.announce(description, addresses, monitor)
    return true
  }

  /** Why a first worker that dies without a word ends it all: there is nothing to keep, and trying again would hide it. */
  refusal(end: WorkerEnd): ConfigError {
    const { target } = this.#options
    if (end.notStarted !== undefined) return new ConfigError(`no worker could be started: ${end.notStarted}`)
    return new ConfigError(`cannot load ${target}: the first worker ${howOf(end)} while loading it`)
  }
}
