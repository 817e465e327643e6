/**
 * Conditional requests (RFC 9110 §13) for a file that would otherwise be sent. Asks nothing but the request's headers
 * and the file's validators; decides, and answers nothing.
 */
import type { Environ } from '@tsgi/contract'
import { matchesStrongly, matchesWeakly } from './entity-tag.ts'
import { parseHttpDate } from './http-date.ts'

/** What tells one version of a file from another. */
export interface Validators {
  /** A strong entity tag, quotes included. */
  readonly etag: string
  /** Whole seconds since 1970. */
  readonly lastModified: number
}

/** `unchanged` is a 304, `failed` a 412. */
export type Verdict = 'send' | 'unchanged' | 'failed'

/** In the order of RFC 9110 §13.2.2; If-Range belongs to the range and has its own function. */
export function judgeConditions(environ: Environ, validators: Validators): Verdict {
  if (!isStateAsExpected(environ, validators)) return 'failed'
  return isKnownToClient(environ, validators) ? 'unchanged' : 'send'
}

/** Whether a Range may be served: true without If-Range (RFC 9110 §13.1.5). A weak tag never matches. */
export function mayServeRange(environ: Environ, { etag, lastModified }: Validators): boolean {
  const { HTTP_IF_RANGE: condition } = environ
  if (condition === undefined) return true
  if (condition.includes('"')) return condition === etag
  return parseHttpDate(condition) === lastModified
}

/** Steps 1 and 2: If-Match, and If-Unmodified-Since only without it. A date that is none is ignored (§13.1.4). */
function isStateAsExpected(environ: Environ, { etag, lastModified }: Validators): boolean {
  const { HTTP_IF_MATCH: match, HTTP_IF_UNMODIFIED_SINCE: since } = environ
  if (match !== undefined) return matchesStrongly(match, etag)
  const seconds = since === undefined ? undefined : parseHttpDate(since)
  return seconds === undefined || lastModified <= seconds
}

/** Steps 3 and 4: If-None-Match, and If-Modified-Since only without it. */
function isKnownToClient(environ: Environ, { etag, lastModified }: Validators): boolean {
  const { HTTP_IF_NONE_MATCH: noneMatch, HTTP_IF_MODIFIED_SINCE: since } = environ
  if (noneMatch !== undefined) return matchesWeakly(noneMatch, etag)
  const seconds = since === undefined ? undefined : parseHttpDate(since)
  return seconds !== undefined && lastModified <= seconds
}
