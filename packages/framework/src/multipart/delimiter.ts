/**
 * Where a part ends: CRLF, two hyphens and the boundary (RFC 2046 §5.1.1). Knows octets only.
 * A boundary has no CR, so an octet that was compared in vain can only begin a delimiter if it is a CR itself: the
 * search looks at each octet at most twice, whatever the content.
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

export function findDelimiter(octets: Uint8Array, delimiter: Uint8Array): DelimiterSearch {
  let at = nextCr(octets, 0)
  while (at < octets.length) {
    const matched = matchedAt(octets, at, delimiter)
    if (matched === delimiter.length) return { kind: 'whole', at }
    if (at + matched === octets.length) return { kind: 'partial', at }
    at = nextCr(octets, at + matched)
  }
  return { kind: 'none', at: octets.length }
}

function nextCr(octets: Uint8Array, from: number): number {
  // Where CRs lie close together the call would cost more than the look.
  if (octets[from] === CR) return from
  const at = octets.indexOf(CR, from)
  return at < 0 ? octets.length : at
}

/** How many bytes of the delimiter stand at `at`. */
export function matchedAt(octets: Uint8Array, at: number, delimiter: Uint8Array): number {
  let matched = 0
  while (matched < delimiter.length && octets[at + matched] === delimiter[matched]) matched++
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
