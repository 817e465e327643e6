/** A request to ask and the response that came, in a form that every protocol can be brought to. */

/** Names as they were sent, values as latin-1 text. */
export type Fields = readonly (readonly [name: string, value: string])[]

export interface Question {
  /** @default 'GET' */
  readonly method?: string
  /** The request target. @default '/' */
  readonly path?: string
  readonly headers?: Fields
  /** Sent with Content-Length. Text is sent as latin-1. */
  readonly body?: string | Uint8Array
  /** Sent chunked, each as a chunk of its own. */
  readonly chunks?: readonly (string | Uint8Array)[]
  /** Fields behind the last chunk. */
  readonly trailers?: Fields
  /** @default 'HTTP/1.1' */
  readonly protocol?: 'HTTP/1.0' | 'HTTP/1.1'
  /** @default 'conformance.test' */
  readonly host?: string
}

export interface Answer {
  readonly status: number
  readonly reason: string
  readonly headers: Fields
  readonly body: Uint8Array
  /** False when the client could see that the message is incomplete. */
  readonly complete: boolean
  /** Interim responses (1xx) before it, 101 not counted. */
  readonly interim: readonly { readonly status: number; readonly headers: Fields }[]
  /** Fields behind the body. */
  readonly trailers: Fields
}

export function field({ headers }: { readonly headers: Fields }, name: string): string | undefined {
  return fields({ headers }, name)[0]
}

export function fields({ headers }: { readonly headers: Fields }, name: string): readonly string[] {
  return headers.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
}

export function text({ body }: Pick<Answer, 'body'>): string {
  return new TextDecoder().decode(body)
}

export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, 'latin1') : data
}

/** The bytes of an HTTP/1 request. */
export function requestBytes(question: Question): Uint8Array {
  const {
    method = 'GET',
    path = '/',
    headers = [],
    body,
    chunks,
    trailers = [],
    protocol = 'HTTP/1.1',
    host = 'conformance.test',
  } = question
  const lines = [
    `${method} ${path} ${protocol}`,
    `Host: ${host}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ]
  if (body !== undefined) lines.push(`Content-Length: ${bytesOf(body).length}`)
  if (chunks !== undefined) lines.push('Transfer-Encoding: chunked')
  const head = bytesOf(`${lines.join('\r\n')}\r\n\r\n`)
  if (body !== undefined) return Buffer.concat([head, bytesOf(body)])
  if (chunks === undefined) return head
  const fields = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([head, ...chunks.map(chunkBytes), bytesOf(`0\r\n${fields}\r\n`)])
}

export function chunkBytes(chunk: string | Uint8Array): Uint8Array {
  const bytes = bytesOf(chunk)
  return Buffer.concat([bytesOf(`${bytes.length.toString(16)}\r\n`), bytes, bytesOf('\r\n')])
}
