/**
 * A request and an answer in a form that every transport can be brought to. Left out of an answer: what is framing or
 * the transport's own (`Date`, `Connection`, `Keep-Alive`, `Transfer-Encoding`), and the order of different headers,
 * which a `Response` does not keep.
 */
export interface ConformanceRequest {
  readonly name: string
  /** Default `GET`. */
  readonly method?: string
  readonly target: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Sent with its length; in chunks when it is a list. */
  readonly body?: string | readonly string[]
  /** True for what a `Request` cannot express: a target that a URL rewrites, a body on GET, repeated headers. */
  readonly onWireOnly?: boolean
  /** True where the test kit throws, because a server would answer in the application's place. */
  readonly kitRefuses?: boolean
  readonly expected: ExpectedAnswer
}

export interface ExpectedAnswer {
  readonly status: number
  readonly reason?: string
  /** These and perhaps others; `undefined`: must not be there. Names in lower case. */
  readonly headers?: Readonly<Record<string, string | RegExp | readonly string[] | undefined>>
  /** As UTF-8 text; any when left out. */
  readonly body?: string | RegExp
  /** False: the client must see that the message is incomplete. Default true. */
  readonly complete?: boolean
}

export interface Answer {
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
  readonly complete: boolean
}

const NOT_COMPARED = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding'])

/** Repeated headers joined, but `Set-Cookie`, which cannot be. */
export function comparableHeaders(headers: Iterable<readonly [string, string]>): Answer['headers'] {
  const fields = new Map<string, string[]>()
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    if (!NOT_COMPARED.has(key)) fields.set(key, [...(fields.get(key) ?? []), value])
  }
  const names = [...fields.keys()].sort()
  return Object.fromEntries(
    names.map((name) => {
      const values = fields.get(name) ?? []
      return [name, name === 'set-cookie' ? values : values.join(', ')]
    }),
  )
}

/** The octets of a request's body. */
export function bodyOctets(body: string | readonly string[]): Buffer {
  return Buffer.from(typeof body === 'string' ? body : body.join(''))
}
