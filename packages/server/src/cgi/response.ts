/**
 * The head of a response to a front: fields as HTTP has them, without framing of the connection. uwsgi begins with a
 * status line, SCGI and FastCGI with `Status:`. Knows text; does no I/O.
 */
import { type ResponseFields, type ResponseOpenings, responseHead } from '../http1/response.ts'

export type HeadStyle = 'status-line' | 'status-field'

/** @param now milliseconds since the epoch. */
export function cgiResponseHead(
  head: ResponseFields,
  style: HeadStyle,
  openings: ResponseOpenings,
  now: number,
): string {
  // Framing is the front's: a length is announced where it is known, and nothing else.
  const framing = head.bodyless ? 'none' : 'length'
  const text = responseHead(head, { minor: 1, framing, persistent: true, openings, now })
  return style === 'status-line' ? text : `Status: ${text.slice(STATUS_LINE_PREFIX.length)}`
}

const STATUS_LINE_PREFIX = 'HTTP/1.1 '
