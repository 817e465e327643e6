/** What a server said instead of what was asked for. Knows responses of `fetch` only. */

/** A response with a status from 400 on. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly status: number
  /** The problem (RFC 9457) that the server sent; undefined if it sent something else. */
  readonly problem: Readonly<Record<string, unknown>> | undefined

  private constructor(message: string, status: number, problem: Readonly<Record<string, unknown>> | undefined) {
    super(message)
    this.status = status
    this.problem = problem
  }

  /** Reads the response. @param key of the route, for the message. */
  static async of(key: string, response: Response): Promise<ClientError> {
    const isJson = /json/i.test(response.headers.get('content-type') ?? '')
    const content: unknown = isJson ? await response.json().catch(() => undefined) : undefined
    const problem = typeof content === 'object' && content !== null ? { ...content } : undefined
    const detail = problem !== undefined && 'detail' in problem ? `: ${String(problem.detail)}` : ''
    return new ClientError(`${key}: ${response.status}${detail}`, response.status, problem)
  }
}
