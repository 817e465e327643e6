/**
 * The life of one guarded body, from the first pull to the last close: which calls of the server are legal now, what
 * the application yields, and which calls are missing at the end (SPEC C67–C75, C78–C82).
 */
import type { Chunk } from './body.ts'
import type { Unfinished } from './breach-record.ts'
import type { CheckedExchange } from './checked-exchange.ts'
import type { ClauseId } from './clauses.ts'
import { ContractError, show } from './contract-error.ts'

/** `fresh` → `open` ⇄ `pulling` → `exhausted` (it ended, or failed); every one of them → `returned`. */
type IteratorState = 'fresh' | 'open' | 'pulling' | 'exhausted' | 'returned'

/** A `whole` body is complete in memory, a `file` may be sent from its descriptor: neither must be iterated. */
type Kind = 'stream' | 'file' | 'whole'

export class BodyLife implements Unfinished {
  readonly #exchange: CheckedExchange
  readonly #release: () => void
  readonly #kind: Kind
  #iterator: IteratorState = 'fresh'
  /** True when nothing was left to pull. Kept beside the state, which `return()` overwrites. */
  #complete = false
  /** True after close(). A separate flag: a server may close the body before or after its iterator. */
  #closed = false

  constructor(exchange: CheckedExchange, release: () => void, kind: Kind) {
    this.#exchange = exchange
    this.#release = release
    this.#kind = kind
    exchange.phase = 'returned'
    exchange.record.opened(this)
  }

  /** The server asks for the iterator. */
  iterate(): void {
    if (this.#closed) throw this.#serverBreach('C81', 'the body was iterated after it had been closed')
    if (this.#iterator !== 'fresh') throw this.#serverBreach('C74', 'the body was iterated twice; once is allowed')
    this.#iterator = 'open'
  }

  /** The server pulls a chunk from a synchronous body. */
  next(pull: () => unknown): IteratorResult<Chunk> {
    this.#beforePull()
    try {
      return this.#afterPull(pull())
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** The server pulls a chunk from an asynchronous body. */
  async nextAsync(pull: () => unknown): Promise<IteratorResult<Chunk>> {
    this.#beforePull()
    try {
      return this.#afterPull(await pull())
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** The server is done with the iterator. */
  finish<Result>(call: () => Result): Result {
    if (this.#iterator === 'returned') throw this.#serverBreach('C79', "the iterator's return() was called twice")
    this.#iterator = 'returned'
    return this.#lastly(call)
  }

  /** The server is done with the body. */
  close(call: () => void | Promise<void>): void | Promise<void> {
    if (this.#closed) throw this.#serverBreach('C78', "the body's close() was called twice")
    this.#closed = true
    const cut = this.#isCut()
    const closed = this.#lastly(call)
    this.#exchange.surface()
    if (cut) throw this.#serverBreach('C75', 'the body was closed before its end, and the client has not gone')
    return closed
  }

  /** The breach for a missing call, if no further call follows. */
  owed(): ContractError | undefined {
    if (!this.#closed) return new ContractError('C78', 'server', "the body's close() was never called")
    if (this.#iterator === 'open' || this.#iterator === 'pulling') {
      return new ContractError('C79', 'server', "the return() of the body's iterator was never called before its end")
    }
    if (this.#exchange.strict && this.#iterator === 'exhausted') {
      return new ContractError('C80', 'server', "the return() of the body's iterator was never called after its end")
    }
    return undefined
  }

  #beforePull(): void {
    this.#exchange.surface()
    if (this.#closed || this.#iterator === 'returned' || this.#iterator === 'exhausted') {
      throw this.#serverBreach('C81', 'a chunk was asked for after the body had ended')
    }
    if (this.#iterator === 'pulling') {
      throw this.#serverBreach('C74', 'a chunk was asked for while another is awaited; one at a time')
    }
    if (this.#exchange.strict && this.#exchange.method === 'HEAD' && this.#exchange.bytes > 0) {
      throw this.#serverBreach('C73', 'the body of a HEAD response was pulled on after its first bytes')
    }
    this.#iterator = 'pulling'
  }

  #afterPull(result: unknown): IteratorResult<Chunk> {
    this.#exchange.surface()
    if (typeof result !== 'object' || result === null) {
      throw this.#applicationBreach('C82', `next() of the body's iterator gave ${show(result)}; it must give an object`)
    }
    const { done, value } = result as IteratorResult<unknown> // any object is one: an absent done means false
    const breach = done ? this.#exchange.takeEnd() : this.#takeChunk(value)
    if (breach !== undefined) throw this.#applicationBreach(...breach)
    this.#iterator = this.#iterator === 'returned' ? 'returned' : done ? 'exhausted' : 'open'
    this.#complete = Boolean(done)
    return result as IteratorResult<Chunk> // its value has just been checked
  }

  #takeChunk(chunk: unknown): [ClauseId, string] | undefined {
    if (this.#kind === 'file' && typeof chunk === 'string') {
      return ['C69', 'a FileBody yielded a string; it must yield bytes']
    }
    return this.#exchange.takeChunk(chunk)
  }

  /** An iterator that threw is over (ECMA-262, "Iteration"), and so is one that broke the contract. */
  #failed(error: unknown): unknown {
    if (this.#iterator !== 'returned') this.#iterator = 'exhausted'
    this.#complete = true
    return this.#exchange.failure(error)
  }

  /** Whether the server stops a body that it must send. Reads the signal only here, when it matters. */
  #isCut(): boolean {
    const { strict, contentless } = this.#exchange
    return strict && this.#kind === 'stream' && !this.#complete && !contentless && !this.#exchange.clientGone()
  }

  /** The response ends when no call is missing. An inner validator must see that first. */
  #lastly<Result>(call: () => Result): Result {
    try {
      return call()
    } finally {
      if (this.owed() === undefined) this.#end()
    }
  }

  #end(): void {
    this.#release()
    this.#exchange.phase = 'ended'
    this.#exchange.record.ended(this)
  }

  #serverBreach(clause: ClauseId, message: string): ContractError {
    return this.#exchange.toCaller(clause, 'server', message)
  }

  #applicationBreach(clause: ClauseId, message: string): ContractError {
    return this.#exchange.toCaller(clause, 'application', message)
  }
}
