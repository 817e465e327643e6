/** The result of a call, as a client of a real server would have received it. Only data. */
import type { HeaderList } from '../start-response.ts'

/** The parts of a response as they were collected. */
export interface ResponseParts {
  readonly statusLine: string
  readonly headers: HeaderList
  readonly bytes: Uint8Array
  readonly errors: string
  readonly earlyHints: readonly HeaderList[]
  readonly trailers?: HeaderList | undefined
  readonly failure: unknown
}

/** A response as a client of a real server would have received it. */
export class TestResponse implements ResponseParts {
  /** The status code: `200`. */
  readonly status: number
  /** The reason phrase, perhaps `''`. */
  readonly reason: string
  /** The status as the application gave it: `'200 OK'`. */
  readonly statusLine: string
  /** The headers as the application gave them, in order. Nothing is added: no `Date` and no `Content-Length`. */
  readonly headers: HeaderList
  /** The bytes of the content, without any framing. */
  readonly bytes: Uint8Array
  /** What was written to `wsgi.errors`, and what the server's log would say of failures. */
  readonly errors: string
  /** The headers of each `103 Early Hints`. */
  readonly earlyHints: readonly HeaderList[]
  /** The fields after the content, if the client takes trailers (`TE: trailers`). */
  readonly trailers: HeaderList
  /** The error that the application threw before its head was sent; the status is then 500, or that of an `InputError`. */
  readonly failure: unknown

  constructor(parts: ResponseParts) {
    this.statusLine = parts.statusLine
    this.status = Number(parts.statusLine.slice(0, 3))
    this.reason = parts.statusLine.slice(4)
    this.headers = parts.headers
    this.bytes = parts.bytes
    this.errors = parts.errors
    this.earlyHints = parts.earlyHints
    this.trailers = parts.trailers ?? []
    this.failure = parts.failure
  }

  /** The content as UTF-8 text, whatever its Content-Type says. */
  get text(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes)
  }

  /**
   * The content as JSON.
   * @throws {SyntaxError} when it is not JSON.
   */
  json(): unknown {
    return JSON.parse(this.text)
  }

  /** A header's value, its name in any case; several values joined with `, ` (see `headers` for `Set-Cookie`). */
  header(name: string): string | undefined {
    const values = this.headers.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
    return values.length === 0 ? undefined : values.join(', ')
  }
}

/** The response stopped in the middle: a client would have seen its connection end. `cause` says why. */
export class ResponseCutError extends Error {
  override readonly name = 'ResponseCutError'
  /** What had arrived; `undefined` when not even the head had. */
  readonly response: TestResponse | undefined

  constructor(message: string, cause: unknown, response: TestResponse | undefined) {
    super(message, { cause })
    this.response = response
  }
}
