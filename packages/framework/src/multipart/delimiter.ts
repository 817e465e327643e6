/**
 * Where a part ends: CRLF, two hyphens and the boundary (RFC 2046 §5.1.1). Knows bytes only.
 * A boundary has no CR, so a byte that did not match can only begin a delimiter if it is a CR itself: the
 * search looks at each byte at most twice, whatever the content.
 */
import { HttpError } from '../http/http-error.ts'
import { requireMediaType } from '../http/media-type.ts'

/** `at` is where a delimiter begins, or where one may begin of which not all has come; else the length. */
export interface DelimiterSearch {
  readonly kind: 'whole' | 'partial' | 'none'
  readonly at: number
}

export function delimiterFor(boundary: string): Uint8Array {
  return new TextEncoder().encode(`\r\n--${boundary}`)
}

export function findDelimiter(bytes: Uint8Array, delimiter: Uint8Array): DelimiterSearch {
  let at = nextCr(bytes, 0)
  while (at < bytes.length) {
    const matched = matchedAt(bytes, at, delimiter)
    if (matched === delimiter.length) return { kind: 'whole', at }
    if (at + matched === bytes.length) return { kind: 'partial', at }
    at = nextCr(bytes, at + matched)
  }
  return { kind: 'none', at: bytes.length }
}

function nextCr(bytes: Uint8Array, from: number): number {
  // Where CRs lie close together the call would cost more than the look.
  if (bytes[from] === CR) return from
  const at = bytes.indexOf(CR, from)
  return at < 0 ? bytes.length : at
}

/** How many bytes of the delimiter stand at `at`. */
export function matchedAt(bytes: Uint8Array, at: number, delimiter: Uint8Array): number {
  let matched = 0
  while (matched < delimiter.length && bytes[at + matched] === delimiter[matched]) matched++
  return matched
}

const CR = 0x0d

/* The boundary of a multipart/form-data body (RFC 2046 §5.1.1, RFC 7578 §4.1). Knows only the Content-Type. */

/** @throws HttpError 415 for another type, 400 without a boundary or with one that cannot be. */
export function boundaryOf(contentType: string | undefined): string {
  const { boundary = '' } = requireMediaType(contentType, ['multipart/form-data']).parameters
  if (!BOUNDARY.test(boundary)) throw new HttpError(400, 'The form has no valid boundary')
  return boundary
}

// 0*69<bchars> bcharsnospace
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/
