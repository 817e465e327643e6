/**
 * Where a part ends: CRLF, two hyphens and the boundary (RFC 2046 §5.1.1). Knows bytes only.
 * The search looks at the byte where a delimiter would end, and passes over as many bytes as that one allows (Horspool).
 * A boundary has no CR, so bytes that matched cannot begin another delimiter: it is linear, whatever the content.
 */
import { HttpError } from '../http/http-error.ts'
import { requireMediaType } from '../http/media-type.ts'

export class Delimiter {
  readonly bytes: Uint8Array
  readonly text: string
  /** By the value of a byte: how far it is, at the least, from there to the end of a delimiter that has it. */
  readonly #steps: Uint8Array

  constructor(boundary: string) {
    this.text = `\r\n--${boundary}`
    this.bytes = new TextEncoder().encode(this.text)
    this.#steps = new Uint8Array(256).fill(this.bytes.length)
    for (const [at, byte] of this.bytes.subarray(0, -1).entries()) this.#steps[byte] = this.bytes.length - 1 - at
  }

  get length(): number {
    return this.bytes.length
  }

  /** Where a delimiter begins, or where one may begin of which not all has come; else the number of bytes. */
  find(bytes: Uint8Array): number {
    const { length } = this.bytes
    const last = this.bytes[length - 1]
    let at = 0
    for (let end = length - 1; end < bytes.length; end = at + length - 1) {
      const byte = bytes[end] ?? 0
      if (byte !== last || bytes[at] !== CR) at += this.#steps[byte] ?? 1
      else {
        const matched = this.matchedAt(bytes, at)
        if (matched === length) return at
        at += matched
      }
    }
    return this.#beginning(bytes, at)
  }

  /** How many bytes of the delimiter stand at `at`. */
  matchedAt(bytes: Uint8Array, at: number): number {
    let matched = 0
    while (matched < this.bytes.length && bytes[at + matched] === this.bytes[matched]) matched++
    return matched
  }

  /** Where the last bytes, fewer than a delimiter has, may begin one. */
  #beginning(bytes: Uint8Array, from: number): number {
    let at = bytes.indexOf(CR, from)
    while (at >= 0) {
      const matched = this.matchedAt(bytes, at)
      if (at + matched === bytes.length) return at
      at = bytes.indexOf(CR, at + matched)
    }
    return bytes.length
  }
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
