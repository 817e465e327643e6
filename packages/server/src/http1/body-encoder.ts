/**
 * How a response body is framed (RFC 9112 §6.3, §7.1), and the guard that keeps the octets in step with what the head
 * announced. Knows lengths only: the octets themselves pass by.
 */

/**
 * - `none`: no octet may follow the head;
 * - `length`: exactly as many as Content-Length says;
 * - `chunked`: each chunk with its size, a last-chunk at the end;
 * - `until-close`: HTTP/1.0 without a length: the end of the connection is the end of the body.
 */
export type ResponseFraming = 'none' | 'length' | 'chunked' | 'until-close'

export interface FramedHead {
  /** `'200 OK'`. */
  readonly status: string
  readonly contentLength: number | undefined
  readonly bodyless: boolean
}

/** @param minor the minor version of the request: chunked is never sent to HTTP/1.0 (RFC 9112 §6.1). */
export function responseFraming(head: FramedHead, minor: number): ResponseFraming {
  if (head.bodyless) return 'none'
  if (head.contentLength !== undefined) return 'length'
  return minor > 0 ? 'chunked' : 'until-close'
}

export class BodyEncoder {
  readonly framing: ResponseFraming
  #left: number

  constructor(framing: ResponseFraming, contentLength: number | undefined) {
    this.framing = framing
    if (framing === 'none') this.#left = 0
    else this.#left = framing === 'length' ? (contentLength ?? 0) : Number.POSITIVE_INFINITY
  }

  /** How many of `octets` may be sent: never more than the head announced. */
  admit(octets: number): number {
    const admitted = Math.min(octets, this.#left)
    this.#left -= admitted
    return admitted
  }

  /** True when the body may end here: nothing that was announced is missing. */
  get complete(): boolean {
    return this.#left === 0 || this.#left === Number.POSITIVE_INFINITY
  }
}

/** What stands before the data of a chunk; the data is never empty, for that would end the body. */
export function chunkPrefix(octets: number): string {
  return `${octets.toString(16)}\r\n`
}

export const CHUNK_SUFFIX = '\r\n'

/** RFC 9112 §7.1: last-chunk, no trailers, CRLF. */
export const LAST_CHUNK = '0\r\n\r\n'
