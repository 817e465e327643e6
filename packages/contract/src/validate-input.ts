/**
 * The guard around `wsgi.input` (SPEC C37–C43): the application reads through it, one reader at a time, and what the
 * server answers is held against what was asked.
 */
import { type CheckedExchange, isBytes } from './checked-exchange.ts'
import type { ClauseId } from './clauses.ts'
import { type ContractError, show } from './contract-error.ts'
import type { Input } from './environ.ts'

/** `open`: bytes may come. `ended`: the server has said that there are no more. */
type State = 'open' | 'ended'

export class GuardedInput implements Input {
  readonly #input: Input
  readonly #declared: number | undefined
  readonly #exchange: CheckedExchange
  #state: State = 'open'
  #reading = false
  #received = 0

  constructor(input: Input, contentLength: string | undefined, exchange: CheckedExchange) {
    this.#input = input
    this.#declared = contentLength === undefined ? undefined : Number(contentLength)
    this.#exchange = exchange
  }

  async read(size?: number): Promise<Uint8Array> {
    this.#checkSize('read', size)
    const bytes = await this.#ask('C37', 'read', () =>
      size === undefined ? this.#input.read() : this.#input.read(size),
    )
    this.#checkAtMost('C37', 'read', bytes, size)
    if (size === undefined || bytes.length < size) this.#state = 'ended'
    return bytes
  }

  async readline(size?: number): Promise<Uint8Array> {
    this.#checkSize('readline', size)
    const line = await this.#ask('C38', 'readline', () =>
      size === undefined ? this.#input.readline() : this.#input.readline(size),
    )
    this.#checkAtMost('C38', 'readline', line, size)
    const lf = line.indexOf(LF)
    if (lf !== -1 && lf !== line.length - 1) {
      throw this.#serverBreach('C38', 'wsgi.input.readline gave bytes after an LF; a line ends with it')
    }
    if (lf === -1 && line.length !== size) this.#state = 'ended'
    return line
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const iterator = this.#input[Symbol.asyncIterator]()
    try {
      for (;;) {
        const chunk = await this.#askNext(iterator)
        if (chunk === undefined) return
        yield chunk
      }
    } finally {
      await iterator.return?.()
    }
  }

  async #askNext(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
    let done = false
    const chunk = await this.#ask('C36', 'the iterator', async () => {
      const result = await iterator.next()
      done = result.done === true
      return done ? NOTHING() : result.value
    })
    if (done) this.#state = 'ended'
    return done ? undefined : chunk
  }

  /** One read: no other read may run meanwhile, and its result is bytes, none after the end. */
  async #ask(clause: ClauseId, reader: string, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    this.#begin(reader)
    try {
      const answer: unknown = read()
      if (!(answer instanceof Promise)) {
        throw this.#serverBreach(clause, `wsgi.input: ${reader} returned ${show(answer)}; it must return a promise`)
      }
      return this.#receive(clause, reader, await answer.catch((error: unknown) => this.#refuse(error)))
    } finally {
      this.#reading = false
    }
  }

  #begin(reader: string): void {
    if (this.#reading) {
      throw this.#applicationBreach(
        'C42',
        `wsgi.input: ${reader} was called while another reader waits; await it first`,
      )
    }
    if (this.#exchange.phase === 'ended') {
      throw this.#applicationBreach('C43', `wsgi.input: ${reader} was called after the response had ended`)
    }
    this.#reading = true
  }

  #receive(clause: ClauseId, reader: string, bytes: unknown): Uint8Array {
    if (!isBytes(bytes)) {
      throw this.#serverBreach(clause, `wsgi.input: ${reader} gave ${show(bytes)}; it must give a Uint8Array`)
    }
    if (this.#state === 'ended' && bytes.length > 0) {
      throw this.#serverBreach(clause, `wsgi.input: ${reader} gave bytes after the body had ended`)
    }
    this.#received += bytes.length
    if (this.#declared !== undefined && this.#received > this.#declared) {
      const message = `wsgi.input gave ${this.#received} bytes; CONTENT_LENGTH is ${this.#declared}`
      throw this.#serverBreach('C39', message)
    }
    return bytes
  }

  /** The error of a server carries a status that may go to a client, or no status. */
  #refuse(error: unknown): never {
    if (typeof error !== 'object' || error === null || !('tsgi.status' in error)) throw error
    const status = error['tsgi.status']
    if (error instanceof Error && (status === 400 || status === 408 || status === 413)) throw error
    throw this.#serverBreach('C40', `wsgi.input rejected with tsgi.status ${show(status)}; it must be 400, 408 or 413`)
  }

  #checkSize(reader: string, size: unknown): void {
    if (size === undefined || (typeof size === 'number' && Number.isInteger(size) && size >= 0)) return
    throw this.#applicationBreach(
      'C41',
      `wsgi.input: the size of ${reader} is ${show(size)}; it must be an integer from 0`,
    )
  }

  #checkAtMost(clause: ClauseId, reader: string, bytes: Uint8Array, size: number | undefined): void {
    if (size === undefined || bytes.length <= size) return
    throw this.#serverBreach(clause, `wsgi.input: ${reader} gave ${bytes.length} bytes; ${size} were asked for`)
  }

  #applicationBreach(clause: ClauseId, message: string): ContractError {
    return this.#exchange.toApplication(clause, 'application', message)
  }

  #serverBreach(clause: ClauseId, message: string): ContractError {
    return this.#exchange.toApplication(clause, 'server', message)
  }
}

const LF = 0x0a
const NOTHING = (): Uint8Array => new Uint8Array(0)
