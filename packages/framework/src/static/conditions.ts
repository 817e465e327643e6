/**
 * Conditional requests (RFC 9110 §13) for a file that would otherwise be sent. Asks nothing but the request's headers
 * and the file's validators; decides, and answers nothing.
 */
import type { Environ } from '@tsgi/contract'
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

/** Steps 1 and 2: If-Match, and If-Unmodified-Since only without it. What is no date is ignored (§13.1.4). */
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

/*
 * Entity tags (RFC 9110 §8.8.3): the one a file gets, and the lists of them in conditions.
 *
 * A file's tag is strong: its size and its modification time in nanoseconds. Bytes change only together with that time,
 * unless the time is set back and keeps the size. The inode and ctime are left out, so that several
 * machines with the same files give the same tag.
 */

/** @param coding the content coding, if any: each coding is a representation of its own (RFC 9110 §8.8.3.3). */
export function entityTagOf(size: bigint, mtimeNs: bigint, coding?: string): string {
  const tag = `${size.toString(16)}-${mtimeNs.toString(16)}`
  return coding === undefined ? `"${tag}"` : `"${tag}-${coding}"`
}

/** Strong comparison (RFC 9110 §8.8.3.2) of a list, or `*`, with our tag: for If-Match. */
export function matchesStrongly(list: string, tag: string): boolean {
  return list.trim() === '*' || tagsIn(list).includes(tag)
}

/** Weak comparison, of what stands between the quotes: for If-None-Match. */
export function matchesWeakly(list: string, tag: string): boolean {
  return list.trim() === '*' || tagsIn(list).some((other) => opaque(other) === opaque(tag))
}

/** The tags of a list. What follows a fault in the list is not read: it is undefined where the next tag begins. */
function tagsIn(list: string): string[] {
  const tags: string[] = []
  NEXT_TAG.lastIndex = 0
  for (let found = NEXT_TAG.exec(list); found !== null; found = NEXT_TAG.exec(list)) tags.push(found[1] ?? '')
  return tags
}

// Sticky, and no two neighbouring parts take the same character: linear. Empty list elements are allowed (RFC 9110 §5.6.1.2).
const NEXT_TAG = /[\t ,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")(?=[\t ]*(?:,|$))/y

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
