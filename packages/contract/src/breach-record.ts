/**
 * What one validated application remembers from call to call: the breaches found, and the bodies that have not ended.
 * It decides how a breach that nobody was there to catch is brought to light.
 */
import type { ContractError } from './contract-error.ts'

/** Something that has to come to an end: it says what is still owed to it. */
export interface Unfinished {
  owed(): ContractError | undefined
}

/** The memory of one validated application. */
export class BreachRecord {
  readonly #onError: ((error: ContractError) => void) | undefined
  readonly #open = new Set<Unfinished>()
  readonly #unseen = new Set<ContractError>()
  #first: ContractError | undefined

  constructor(onError: ((error: ContractError) => void) | undefined) {
    this.#onError = onError
  }

  /** A breach was found; whoever throws it to the caller says `seen` as well. */
  found(error: ContractError): void {
    this.#first ??= error
    if (this.#onError === undefined) this.#unseen.add(error)
    else this.#onError(error)
  }

  /** The caller of the application got this error. */
  seen(error: ContractError): void {
    this.#unseen.delete(error)
  }

  opened(body: Unfinished): void {
    this.#open.add(body)
  }

  ended(body: Unfinished): void {
    this.#open.delete(body)
  }

  /** Throws, once, a breach that came too late to be thrown in its own call. */
  throwUnseen(): void {
    for (const error of this.#unseen) {
      this.#unseen.delete(error)
      throw error
    }
  }

  /** Throws the first breach found in any call, or else what is owed to a body that has not ended. */
  verify(): void {
    if (this.#first !== undefined) throw this.#first
    for (const body of this.#open) {
      const owed = body.owed()
      if (owed !== undefined) throw owed
    }
  }
}
