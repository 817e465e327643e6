/**
 * The head of a response, held back by a middleware that has to see the body before it knows what the head says. Plays the
 * server's `startResponse` towards the application (SPEC C47–C53) and the application's towards the server.
 * A head that the server would refuse is refused when it is passed on.
 */
import type { Chunk, HeaderList, StartResponse, Write } from '@tsgi/contract'

/**
 * - `none`: the application has not called startResponse;
 * - `held`: it has, and may do so again with an error;
 * - `passed`: the server has the head, and gets every later call of the application directly.
 */
export type HeadState = 'none' | 'held' | 'passed'

/** The middleware that holds the head. */
export interface HeadHolder {
  /** The application has given a head: it may be passed on at once. */
  onHead(head: HeldHead): void
  /** The application wrote bytes while the head was held, or later by the same `write`. */
  onWrite(chunk: Chunk): Promise<void>
}

export class HeldHead {
  readonly #server: StartResponse
  readonly #holder: HeadHolder
  #state: HeadState = 'none'
  #status = ''
  #headers: HeaderList = []
  #error: unknown
  #write: Write | undefined

  constructor(server: StartResponse, holder: HeadHolder) {
    this.#server = server
    this.#holder = holder
  }

  get state(): HeadState {
    return this.#state
  }

  /** As the application gave it last. */
  get status(): string {
    return this.#status
  }

  get headers(): HeaderList {
    return this.#headers
  }

  /** For the application. */
  readonly startResponse: StartResponse = (status, headers, error) => {
    if (this.#state === 'passed') return this.#start(status, headers, error)
    if (this.#state === 'held' && (error === undefined || error === null)) {
      throw new TypeError('startResponse was called again without an error')
    }
    this.#state = 'held'
    this.#status = status
    this.#headers = headers
    this.#error = error
    this.#holder.onHead(this)
    return this.#write ?? ((chunk) => this.#holder.onWrite(chunk))
  }

  /** Hands the head to the server, as it is or changed. */
  pass(headers: HeaderList = this.#headers, status: string = this.#status): void {
    this.#state = 'passed'
    this.#write = this.#start(status, headers, this.#error)
  }

  /** The server's `write`, once the head has been passed on. */
  write(chunk: Chunk): Promise<void> {
    if (this.#write === undefined) throw new TypeError('there is no write before the head was passed on')
    return this.#write(chunk)
  }

  #start(status: string, headers: HeaderList, error: unknown): Write {
    return error === undefined ? this.#server(status, headers) : this.#server(status, headers, error)
  }
}
