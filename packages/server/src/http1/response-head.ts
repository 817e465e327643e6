/**
 * The head of a response as latin-1 text (RFC 9112 §4). Status line and fields have been checked where they came
 * from; this adds what belongs to the server: Date, framing and the fate of the connection, and nothing else.
 */
import { type FramedHead, type ResponseFraming, responseFraming } from './body-encoder.ts'

/** What is to be said, checked and without Date, framing and hop-by-hop fields. Flat: name, value, …. */
export interface ResponseFields extends FramedHead {
  readonly headers: readonly string[]
}

/** What the server knows beside it. */
export interface ResponseFrame {
  /** The minor version of the request's protocol. */
  readonly minor: number
  /** Whether the connection stays open after this response. */
  readonly persistent: boolean
  /** Field lines that come with every response: Date, and Server where it is configured. */
  readonly serverFields: string
}

/** The text of the head, with the empty line that ends it. The protocol is our own: always HTTP/1.1 (RFC 9110 §2.5). */
export function responseHead(head: ResponseFields, frame: ResponseFrame): string {
  const framing = responseFraming(head, frame.minor)
  let text = `HTTP/1.1 ${head.status}\r\n${frame.serverFields}`
  const { headers } = head
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}${framingField(head, framing)}${connectionField(frame, framing)}\r\n`
}

/** An interim response (RFC 9110 §15.2): no framing, no Date; the final one follows. */
export function interimHead(status: string, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${status}\r\n`
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}\r\n`
}

/** RFC 9110 §8.6: never in 204; in the answer to HEAD and in 304, what a GET would have been told, if known. */
function framingField(head: ResponseFields, framing: ResponseFraming): string {
  if (framing === 'chunked') return 'Transfer-Encoding: chunked\r\n'
  if (head.status.startsWith('204')) return ''
  // RFC 9110 §15.3.6: a 205 must be seen to be empty.
  if (head.status.startsWith('205')) return 'Content-Length: 0\r\n'
  return head.contentLength === undefined ? '' : `Content-Length: ${head.contentLength}\r\n`
}

/** RFC 9112 §9.3: 1.1 persists unless told otherwise, 1.0 ends unless told otherwise. */
function connectionField(frame: ResponseFrame, framing: ResponseFraming): string {
  if (!frame.persistent || framing === 'until-close') return 'Connection: close\r\n'
  return frame.minor === 0 ? 'Connection: keep-alive\r\n' : ''
}

/**
 * The field lines that all responses of a second share (RFC 9110 §6.6.1: an origin server with a clock "MUST generate
 * a Date header field in all 2xx, 3xx and 4xx responses", in IMF-fixdate).
 */
export class ServerFields {
  readonly #server: string
  #second = -1
  #text = ''

  /** @param server the value of Server, if it is to be sent: latin-1 text without control characters. */
  constructor(server?: string) {
    this.#server = server === undefined ? '' : `Server: ${server}\r\n`
  }

  /** @param now milliseconds since the epoch. */
  at(now: number): string {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = `Date: ${new Date(second * 1000).toUTCString()}\r\n${this.#server}`
    }
    return this.#text
  }
}

/** RFC 9110 §10.1.1: the client may send its body. */
export const INTERIM_CONTINUE = interimHead('100 Continue', [])
