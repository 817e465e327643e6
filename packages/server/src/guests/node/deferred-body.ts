/**
 * The body that a guest owes its server: given at once where it is there when it is asked for, so that no promise is made,
 * and by a promise where it is not. Knows the contract's `Body`.
 */
import type { Body } from '@tsgi/contract'

type AnswerState = 'open' | 'given' | 'failed'

export class DeferredBody {
  #state: AnswerState = 'open'
  #body: Body = ''
  #error: unknown
  #later: PromiseWithResolvers<Body> | undefined

  resolve(body: Body): void {
    if (this.#state !== 'open') return
    this.#state = 'given'
    this.#body = body
    this.#later?.resolve(body)
  }

  reject(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.#error = error
    this.#later?.reject(error)
  }

  /** Called once. */
  take(): Body | Promise<Body> {
    if (this.#state === 'given') return this.#body
    if (this.#state === 'failed') return Promise.reject(this.#error)
    this.#later = Promise.withResolvers()
    return this.#later.promise
  }
}
