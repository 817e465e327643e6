/**
 * What one validated application remembers from call to call: the breaches found, and the bodies that have not ended.
 * It decides how to report a breach that no caller was there to catch.
 */
import type { ContractError } from './contract-error.ts'

/** Something that must be ended. `owed` says which call is still missing. */
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

  /** Records a breach. The code that throws it to the caller also calls `seen`. */
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

  /** Throws, once, a breach that was found too late for its own call to throw it. */
  throwUnseen(): void {
    for (const error of this.#unseen) {
      this.#unseen.delete(error)
      throw error
    }
  }

  /** Throws the first breach found in any call, or else the missing call of a body that has not ended. */
  verify(): void {
    if (this.#first !== undefined) throw this.#first
    for (const body of this.#open) {
      const owed = body.owed()
      if (owed !== undefined) throw owed
    }
  }
}
