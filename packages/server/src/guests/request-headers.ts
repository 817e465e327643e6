/**
 * The request's headers back out of the environ. Their letter case and the borders between repeated fields are gone by
 * then (C9, C22). Knows CGI names; knows no guest.
 */
import type { Environ } from '@tsgi/contract'

/**
 * Calls `each` for every header, in the order of the environ, as `'Content-Type'` and as `'content-type'`.
 * @throws TypeError for a value that is no header value (C21): a middleware put it there, and it must not become bytes.
 */
export function eachHeader(environ: Environ, each: (name: string, value: string, lower: string) => void): void {
  for (const key in environ) {
    const name = headerName(key)
    const value = name === undefined ? undefined : environ[key]
    if (name === undefined || value === undefined) continue
    if (typeof value !== 'string' || NOT_IN_VALUE.test(value)) throw new TypeError(`environ.${key} is no header value`)
    each(name.title, value, name.lower)
  }
}

const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/

/** Keys seen before; `null` for one that is no header. Bounded, and cleared when full: clients make names up. */
const knownNames = new Map<string, HeaderName | null>()

interface HeaderName {
  readonly title: string
  readonly lower: string
}

function headerName(key: string): HeaderName | undefined {
  const known = knownNames.get(key)
  if (known !== undefined) return known ?? undefined
  const name = /^CONTENT_(?:TYPE|LENGTH)$/.test(key)
    ? key
    : /^HTTP_(?=[A-Z0-9!#$%&'*+.^_`|~-]+$)/.test(key)
      ? key.slice(5)
      : null
  if (knownNames.size >= 1000) knownNames.clear()
  const made = name === null ? null : headerNames(name.toLowerCase().replaceAll('_', '-'))
  knownNames.set(key, made)
  return made ?? undefined
}

function headerNames(lower: string): HeaderName {
  return { lower, title: lower.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase()) }
}
