/**
 * The Range header (RFC 9110 §14.1.2, §14.2): one span of bytes, or none. Knows no files.
 *
 * Several ranges are answered with the whole file: multipart/byteranges invites amplification (CVE-2011-3192), and
 * its clients can all do with single ranges. Linear in the header's length.
 */

/** `length` bytes from `start`; at least one. */
export interface Span {
  readonly start: number
  readonly length: number
}

/**
 * - `whole`: send everything, because the header is not valid, of another unit, or asks for several ranges;
 * - `unsatisfiable`: 416, for it begins past the end.
 */
export type RangeVerdict = Span | 'whole' | 'unsatisfiable'

/** @param size bytes of the representation. */
export function readByteRange(header: string, size: number): RangeVerdict {
  const spec = singleSpec(header)
  if (spec === undefined) return 'whole'
  const { first, last } = spec
  if (first === '') return suffix(toNumber(last), size)
  const start = toNumber(first)
  const end = last === '' ? Number.POSITIVE_INFINITY : toNumber(last)
  if (isBefore(last, first)) return 'whole'
  if (start >= size) return 'unsatisfiable'
  return { start, length: Math.min(end, size - 1) - start + 1 }
}

/** The only range of a `bytes` set; undefined if it is not valid or there are more. Empty elements do not count (§5.6.1.2). */
function singleSpec(header: string): { first: string; last: string } | undefined {
  const set = /^bytes=(?![\t ])/i.test(header) ? header.slice('bytes='.length) : ''
  const specs = set.split(',', MAX_ELEMENTS + 1)
  if (specs.length > MAX_ELEMENTS) return undefined
  const [spec, ...others] = specs.filter((element) => !/^[\t ]*$/.test(element))
  const parts = others.length > 0 ? undefined : /^[\t ]*(\d*)-(\d*)[\t ]*$/.exec(spec ?? '')
  const [, first = '', last = ''] = parts ?? []
  return first === '' && last === '' ? undefined : { first, last }
}

const MAX_ELEMENTS = 16

/** The last `wanted` bytes; all of them if there are fewer. Of an empty file: the whole, 206 cannot say it. */
function suffix(wanted: number, size: number): RangeVerdict {
  if (wanted === 0) return 'unsatisfiable'
  if (size === 0) return 'whole'
  const length = Math.min(wanted, size)
  return { start: size - length, length }
}

/** Decimal digits without a loss: what a double cannot hold exactly is larger than any file. */
function toNumber(digits: string): number {
  const value = Number(digits)
  return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY
}

/** Compares as numbers of any length: by length without leading zeros, then digit by digit. */
function isBefore(last: string, first: string): boolean {
  if (last === '') return false
  const [a, b] = [last.replace(/^0+/, ''), first.replace(/^0+/, '')]
  return a.length === b.length ? a < b : a.length < b.length
}
