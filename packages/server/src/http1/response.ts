/**
 * The head of a response as latin-1 text (RFC 9112 §4). Status line and fields have been checked where they came
 * from; this adds only the fields of the server: Date, framing and Connection.
 */

/**
 * - `none`: no byte may follow the head;
 * - `length`: exactly as many as Content-Length says;
 * - `chunked`: each chunk with its size, a last-chunk at the end;
 * - `until-close`: HTTP/1.0 without a length: the end of the connection is the end of the body.
 */
export type ResponseFraming = 'none' | 'length' | 'chunked' | 'until-close'

/** The head to send, checked and without Date, framing and hop-by-hop fields. */
export interface ResponseFields {
  /** `'200 OK'`. */
  readonly status: string
  /** Flat: name, value, …. */
  readonly headers: readonly string[]
  readonly contentLength: number | undefined
  readonly bodyless: boolean
  /** Names of trailers: they need a body in chunks. */
  readonly trailers?: readonly string[] | undefined
}

/** What the server adds to it. */
export interface ResponseFrame {
  /** The minor version of the request's protocol. */
  readonly minor: number
  readonly framing: ResponseFraming
  /** Whether the connection stays open after this response. */
  readonly persistent: boolean
  readonly openings: ResponseOpenings
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * How a response body is framed (RFC 9112 §6.3, §7.1): decided here, once per response.
 * @param minor the minor version of the request: chunked is never sent to HTTP/1.0 (RFC 9112 §6.1).
 */
export function responseFraming(head: Omit<ResponseFields, 'headers'>, minor: number): ResponseFraming {
  if (head.bodyless) return 'none'
  if (head.contentLength !== undefined && (head.trailers === undefined || minor === 0)) return 'length'
  return minor > 0 ? 'chunked' : 'until-close'
}

/** The text of the head, with the empty line that ends it. The protocol is our own: always HTTP/1.1 (RFC 9110 §2.5). */
export function responseHead(head: ResponseFields, frame: ResponseFrame): string {
  return `${frame.openings.of(head, frame.now)}${framingField(head, frame.framing)}${connectionField(frame)}\r\n`
}

/** What stands before the data of a chunk. The data is never empty: that would end the body. */
export function chunkPrefix(bytes: number): string {
  return `${bytes.toString(16)}\r\n`
}

export const CHUNK_SUFFIX = '\r\n'

/** RFC 9112 §7.1: last-chunk, trailers, CRLF. @param trailers flat name, value, …, checked. */
export function lastChunk(trailers: readonly string[] = []): string {
  return trailers.length === 0 ? LAST_CHUNK : `0\r\n${fieldLines(trailers)}\r\n`
}

const LAST_CHUNK = '0\r\n\r\n'

/** An interim response (RFC 9110 §15.2): no framing, no Date; the final one follows. */
export function interimHead(status: string, headers: readonly string[]): string {
  return `HTTP/1.1 ${status}\r\n${fieldLines(headers)}\r\n`
}

function fieldLines(headers: readonly string[]): string {
  let text = ''
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return text
}

/** RFC 9110 §8.6: never in 204; in the response to HEAD and in 304, the length of the response to GET, if known. */
function framingField(head: ResponseFields, framing: ResponseFraming): string {
  if (framing === 'chunked') {
    const coding = 'Transfer-Encoding: chunked\r\n'
    return head.trailers === undefined ? coding : `${coding}Trailer: ${head.trailers.join(', ')}\r\n`
  }
  if (head.status.startsWith('204')) return ''
  // RFC 9110 §15.3.6: a 205 must be seen to be empty.
  if (head.status.startsWith('205')) return 'Content-Length: 0\r\n'
  return head.contentLength === undefined ? '' : `Content-Length: ${head.contentLength}\r\n`
}

/** RFC 9112 §9.3: a 1.1 connection persists by default, a 1.0 connection closes by default. */
function connectionField(frame: ResponseFrame): string {
  if (!frame.persistent || frame.framing === 'until-close') return 'Connection: close\r\n'
  return frame.minor === 0 ? 'Connection: keep-alive\r\n' : ''
}

/**
 * What responses begin with: the status line, the server's own fields, and those of the application. Most responses
 * within a second begin alike, so the last beginning is kept.
 */
export class ResponseOpenings {
  readonly #server: string
  #second = -1
  /** Date, and Server where it is configured. */
  #serverFields = ''
  #status = ''
  #headers: readonly string[] | undefined
  #text = ''

  /** @param server the value of Server, if it is to be sent: latin-1 text without control characters. */
  constructor(server?: string) {
    this.#server = server === undefined ? '' : `Server: ${server}\r\n`
  }

  /**
   * @param headers by identity: a list is not to change once it was given.
   * @param now milliseconds since the epoch.
   */
  of({ status, headers }: Pick<ResponseFields, 'status' | 'headers'>, now: number): string {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) this.#setSecond(second)
    else if (headers === this.#headers && status === this.#status) return this.#text
    this.#status = status
    this.#headers = headers
    // `join` makes one flat string of it, which is cheaper to write than a tree of them.
    this.#text = ['HTTP/1.1 ', status, '\r\n', this.#serverFields, fieldLines(headers)].join('')
    return this.#text
  }

  /**
   * RFC 9110 §6.6.1: an origin server with a clock "MUST generate a Date header field in all 2xx, 3xx and 4xx
   * responses", in IMF-fixdate.
   */
  #setSecond(second: number): void {
    this.#second = second
    this.#serverFields = `Date: ${new Date(second * 1000).toUTCString()}\r\n${this.#server}`
  }
}

/** RFC 9110 §10.1.1: the client may send its body. */
export const INTERIM_CONTINUE = interimHead('100 Continue', [])
