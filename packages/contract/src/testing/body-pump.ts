/**
 * Handles a body as a server does: pulls it chunk by chunk, and always ends it, with `return()` and
 * `close()` exactly once each. Knows nothing of heads.
 */
import type { Closeable } from '../body.ts'
import { isBytes } from '../checked-exchange.ts'
import { ContractError, show } from '../contract-error.ts'

/** The receiver of the bytes. */
export interface Destination {
  readonly isFull: boolean
  send(chunk: unknown): void
}

/** A body in transfer. It exists before the first pull, so that it can be ended in any case. */
export class BodyPump {
  readonly #body: unknown
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined
  #state: 'idle' | 'pulling' = 'idle'

  constructor(body: unknown) {
    this.#body = body
  }

  /** Sends the body whole, or until `to` is full, or `gone` rejects. */
  async send(to: Destination, gone: Promise<never>): Promise<void> {
    if (typeof this.#body === 'string' || isBytes(this.#body)) return to.send(this.#body)
    this.#iterator = ownIterator(this.#body)
    if (to.isFull && isIterable(this.#body)) return
    this.#iterator = iteratorOf(this.#body)
    while (!to.isFull) {
      this.#state = 'pulling'
      const result: unknown = await Promise.race([gone, this.#iterator.next()])
      this.#state = 'idle'
      if (typeof result !== 'object' || result === null) {
        throw new ContractError('C82', 'application', `next() of the body gave ${show(result)}; it must give an object`)
      }
      const { done, value } = result as IteratorResult<unknown> // any object is one: an absent done means false
      if (done) return
      to.send(value)
    }
  }

  /** Ends the body. Every error is reported, and no error skips the next step. */
  async end(failed: (error: unknown) => void): Promise<void> {
    await this.#endIterator(failed)
    const body = this.#body
    if (typeof body !== 'object' || body === null || !('close' in body) || body.close === undefined) return
    try {
      if (typeof body.close !== 'function') {
        throw new ContractError('C82', 'application', `the body's close is ${show(body.close)}; it must be a function`)
      }
      await (body as Required<Closeable>).close?.()
    } catch (error) {
      failed(error)
    }
  }

  async #endIterator(failed: (error: unknown) => void): Promise<void> {
    try {
      const ended = this.#iterator?.return?.()
      // A generator that hangs in a chunk would keep its return() waiting, and the client has gone.
      if (this.#state === 'pulling') Promise.resolve(ended).catch(failed)
      else await ended
    } catch (error) {
      failed(error)
    }
  }
}

/** A generator must be returned even if it was never iterated (SPEC C79). */
function ownIterator(body: unknown): Iterator<unknown> | undefined {
  if (typeof body !== 'object' || body === null || !('next' in body) || typeof body.next !== 'function')
    return undefined
  return body as unknown as Iterator<unknown> // it has next(), and that is what an iterator is
}

function isIterable(body: unknown): body is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && (Symbol.asyncIterator in body || Symbol.iterator in body)
}

function iteratorOf(body: unknown): Iterator<unknown> | AsyncIterator<unknown> {
  if (!isIterable(body)) {
    const wanted = 'a string, a Uint8Array, an iterable or async iterable of those, or a FileBody'
    throw new ContractError('C3', 'application', `the application returned ${show(body)}; it must return ${wanted}`)
  }
  return Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
}
