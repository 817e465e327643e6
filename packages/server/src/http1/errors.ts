/**
 * The error of a client. It carries the status of the response, so that no caller has to choose one.
 */

/**
 * The client broke HTTP, or asked for more than the server allows. The server closes the connection after the response.
 * `message` is fixed text for the operator's log: it never holds what the client sent.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  /** 400, 408, 413, 414, 417, 431, 501, 503 or 505. */
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }

  /** The contract's mark of an error that a client caused (SPEC, `InputError`). */
  get 'tsgi.status'(): number {
    return this.status
  }
}
