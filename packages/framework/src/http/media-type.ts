/**
 * What a request says its body is, compared as whole media types: `text/plain; x=application/json` is text. A charset
 * other than UTF-8 is another type. Knows nothing of bodies.
 */
import { parse } from 'content-type'
import { HttpError } from './http-error.ts'

export interface MediaType {
  /** `type/subtype`, lower case. */
  readonly type: string
  /** By lower-case name; no prototype. */
  readonly parameters: Readonly<Record<string, string>>
}

/** @returns undefined without a Content-Type, or with one that is malformed (RFC 9110 §8.3.1). */
export function parseMediaType(header: string | undefined): MediaType | undefined {
  if (header === undefined || header.length > MAX_HEADER_BYTES) return undefined
  const { type, parameters } = parse(header)
  return TYPE.test(type) ? { type, parameters } : undefined
}

/**
 * The media type of a body, if it is one of those wanted: whole types, or suffixes such as `+json`.
 * @throws HttpError 415 for another, or another charset than UTF-8, with the types that are taken in `Accept` (RFC 9110 §15.5.16).
 */
export function requireMediaType(header: string | undefined, wanted: readonly string[]): MediaType {
  const media = parseMediaType(header)
  if (media === undefined || !wanted.some((type) => matches(media.type, type))) throw unsupported(wanted)
  requireUtf8(media)
  return media
}

/** @throws HttpError 415. We read only UTF-8, and ASCII as a subset of it (RFC 8259 §8.1, WHATWG URL §5.1). */
export function requireUtf8({ parameters }: MediaType): void {
  const { charset = 'utf-8' } = parameters
  if (!/^(?:utf-?8|us-ascii)$/i.test(charset)) throw new HttpError(415, 'The body must be UTF-8')
}

/** `+json` stands for every type with that suffix (RFC 6839 §3.1). */
function matches(type: string, wanted: string): boolean {
  return wanted.startsWith('+') ? type.endsWith(wanted) : type === wanted
}

function unsupported(wanted: readonly string[]): HttpError {
  const types = wanted.filter((type) => !type.startsWith('+'))
  return new HttpError(415, `The body must be ${types.join(' or ')}`, [['Accept', types.join(', ')]])
}

/** Two tokens (RFC 9110 §5.6.2, §8.3.1). */
const TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/

/** Far beyond any media type; bounds what its parameters can cost. */
const MAX_HEADER_BYTES = 1024
