/**
 * Where the body of a request ends: the one place that decides it (RFC 9112 §6).
 * It refuses every ambiguous message, and never reads one as "no body".
 */
import { HttpError } from './errors.ts'
import { isDigits, isToken, listMembers } from './grammar.ts'
import type { Limits } from './limits.ts'

export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** Another transport than HTTP/1.1 says where it ends. */
  | { readonly kind: 'delimited' }

/** The fields that frame a message; each is the list of the values of all its lines, OWS removed. */
export interface FramingFields {
  readonly contentLength: readonly string[]
  readonly transferEncoding: readonly string[]
}

/**
 * @param minor the minor version of the request's protocol.
 * @throws HttpError 400 or 501 for what is ambiguous or unknown, 413 for what is announced too large.
 */
export function bodyFraming(fields: FramingFields, minor: number, limits: Limits): BodyFraming {
  const { contentLength, transferEncoding } = fields
  if (transferEncoding.length > 0) {
    // RFC 9112 §6.1: such a message "ought to be handled as an error", and the connection closed.
    if (contentLength.length > 0) throw new HttpError(400, 'Content-Length together with Transfer-Encoding')
    checkTransferEncoding(transferEncoding, minor)
    return CHUNKED
  }
  if (contentLength.length === 0) return NONE // RFC 9112 §6.3, rule 7
  return lengthFraming(contentLength, limits)
}

const NONE: BodyFraming = { kind: 'none' }
const CHUNKED: BodyFraming = { kind: 'chunked' }

function checkTransferEncoding(values: readonly string[], minor: number): void {
  // RFC 9112 §6.1: HTTP/1.0 with Transfer-Encoding "MUST" be treated "as if the framing is faulty".
  if (minor === 0) throw new HttpError(400, 'Transfer-Encoding in HTTP/1.0')
  const [value = ''] = values
  if (values.length > 1) throw new HttpError(400, 'Transfer-Encoding is repeated')
  if (isChunked(value)) return
  const codings = listMembers(value)
  if (!codings.every(isToken)) throw new HttpError(400, 'Transfer-Encoding is not a list of coding names')
  // RFC 9112 §6.3, rule 4: "chunked … not the final encoding … MUST respond with the 400 status code".
  if (!isChunked(codings.pop() ?? '')) throw new HttpError(400, 'the final transfer coding is not chunked')
  if (codings.some(isChunked)) throw new HttpError(400, 'chunked is applied twice')
  throw new HttpError(501, 'a transfer coding beside chunked') // RFC 9112 §6.1, SHOULD
}

/** The whole token, case-insensitive in ASCII only: this does not fold U+212A to k, as toLowerCase() does (RFC 9112 §7). */
function isChunked(coding: string): boolean {
  return /^chunked$/i.test(coding)
}

function lengthFraming(values: readonly string[], limits: Limits): BodyFraming {
  const [value = ''] = values
  if (values.length > 1) throw new HttpError(400, 'Content-Length is repeated')
  // RFC 9110 §8.6: Content-Length = 1*DIGIT
  if (!isDigits(value)) throw new HttpError(400, 'Content-Length is not a decimal number')
  const significant = value.replace(/^0+/, '')
  // Fifteen digits stay exact in a number; more are beyond any limit, and never rounded to below one.
  if (significant.length > 15 || Number(significant) > limits.body) throw new HttpError(413, 'the body is too large')
  const length = Number(significant)
  return { kind: 'length', length }
}
