/** Merges lists of response headers: which fields repeat, and which replace an earlier one. Knows field names only. */
import type { HeaderList } from '@tsgi/contract'

/**
 * The headers of a helper, where those of its caller replace the ones of the same name. `Vary` is extended:
 * the response still depends on what the helper chose by.
 */
export function headersWith(defaults: HeaderList, own: HeaderList | undefined): HeaderList {
  if (own === undefined || own.length === 0) return defaults
  const names = new Set(own.map(([name]) => name.toLowerCase()))
  names.delete('vary')
  return [...defaults.filter(([name]) => !names.has(name.toLowerCase())), ...own]
}

/** Appends headers. If a response may have a field only once, the later one wins. */
export function withSingletons(headers: HeaderList, more: HeaderList): HeaderList {
  const names = new Set(more.map(([name]) => name.toLowerCase()).filter((name) => SINGLETONS.has(name)))
  if (names.size === 0) return [...headers, ...more]
  return [...headers.filter(([name]) => !names.has(name.toLowerCase())), ...more]
}

/** Fields of a response whose value is no list (RFC 9110 §5.3, §6.6, §8, §10.2, §15; RFC 9111 §5; RFC 6266). */
const SINGLETONS: ReadonlySet<string> = new Set([
  ...['age', 'content-disposition', 'content-length', 'content-location', 'content-range', 'content-type', 'date'],
  ...['etag', 'expires', 'last-modified', 'location', 'retry-after', 'server'],
])
