/**
 * What a content coding means for the headers of a response: whether there may be one, and what they say with it. Pure;
 * knows nothing of coders and bodies.
 */
import type { HeaderList } from '@tsgi/contract'

/**
 * Whether the content may be coded at all, whatever the client takes: not without content, not twice, not a part of a
 * representation, not against `no-transform` (RFC 9111 §5.2.2.6), not where a header holds a digest of the bytes.
 */
export function mayBeCoded(
  status: string,
  headers: HeaderList,
  isCompressible: (mediaType: string) => boolean,
): boolean {
  if (WITHOUT.has(status.slice(0, 3)) || headers.some(([name]) => FIXED.has(name.toLowerCase()))) return false
  return !isNoTransform(headers) && isCompressible(mediaTypeOf(headers))
}

function isNoTransform(headers: HeaderList): boolean {
  return /(?:^|[\s,])no-transform(?:$|[\s,])/i.test(headerValue(headers, 'cache-control') ?? '')
}

/** The headers of a part: it says `Vary` where the whole, which may be coded, would (RFC 9110 §15.3.7). */
export function partHeaders(headers: HeaderList, isCompressible: (mediaType: string) => boolean): HeaderList {
  const isCoded = headerValue(headers, 'content-encoding') !== undefined
  return !isCoded && !isNoTransform(headers) && isCompressible(mediaTypeOf(headers)) ? withVary(headers) : headers
}

// 206 and Content-Range count bytes of the representation as it was selected (RFC 9110 §14.4).
const WITHOUT: ReadonlySet<string> = new Set(['204', '205', '206', '304'])
const FIXED: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-range',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
])

function mediaTypeOf(headers: HeaderList): string {
  return (headerValue(headers, 'content-type') ?? '')
    .replace(/[;,].*$/s, '')
    .trim()
    .toLowerCase()
}

/**
 * The default list. Not on it: media that are compressed by themselves, what has no type, and `text/event-stream`: an
 * event is too short to gain, and each open stream would hold a coder for as long as it is open.
 */
export function isCompressible(mediaType: string): boolean {
  return mediaType !== 'text/event-stream' && COMPRESSIBLE.test(mediaType)
}

const COMPRESSIBLE =
  /^(?:text\/.+|.+\+(?:json|xml|text|yaml)|application\/(?:json|xml|javascript|ecmascript|x-javascript|ld\+json|x-ndjson|jsonl|yaml|toml|sql|rtf|wasm|graphql|x-sh|x-www-form-urlencoded|vnd\.ms-fontobject)|font\/(?:ttf|otf|collection)|image\/(?:bmp|x-icon|vnd\.microsoft\.icon))$/

/** The headers of the same response, coded. Its length is not known, and its bytes are not those of a range. */
export function codedHeaders(headers: HeaderList, coding: string): HeaderList {
  const kept = headers.filter(([name]) => !LENGTHS.has(name.toLowerCase())).map(weakened)
  return withVary([...kept, ['Content-Encoding', coding]])
}

const LENGTHS: ReadonlySet<string> = new Set(['content-length', 'accept-ranges'])

/** Encoded a second time the bytes may differ and mean the same: that is what a weak tag says (RFC 9110 §8.8.1). */
function weakened([name, value]: HeaderList[number]): HeaderList[number] {
  const isStrong = name.toLowerCase() === 'etag' && value.startsWith('"')
  return [name, isStrong ? `W/${value}` : value]
}

/** `Vary` with `Accept-Encoding` in it (RFC 9110 §12.5.5); a `*` says it already. */
export function withVary(headers: HeaderList): HeaderList {
  const names = (headerValue(headers, 'vary') ?? '').split(',').map((name) => name.trim().toLowerCase())
  if (names.includes('*') || names.includes('accept-encoding')) return headers
  const at = headers.findIndex(([name, value]) => name.toLowerCase() === 'vary' && value !== '')
  if (at === -1) return [...headers.filter(([name]) => name.toLowerCase() !== 'vary'), ['Vary', 'Accept-Encoding']]
  return headers.map(([name, value], i) => [name, i === at ? `${value}, Accept-Encoding` : value])
}

/**
 * A 304 says what the 200 would have said (RFC 9110 §15.4.5). Its media type is not known, so it says `Vary` for all: too
 * much for a picture costs a cache a variant, too little for text would give encoded bytes to clients that cannot read them. A
 * client that asks with our weak form of its tag has the encoded one.
 */
export function revalidatedHeaders(headers: HeaderList, ifNoneMatch: string | undefined): HeaderList {
  if (headerValue(headers, 'content-encoding') !== undefined || isNoTransform(headers)) return headers
  const tag = headerValue(headers, 'etag')
  const isOurs = tag?.startsWith('"') === true && ifNoneMatch?.includes(`W/${tag}`) === true
  return withVary(isOurs ? headers.map(weakened) : headers)
}

/* Reads one header out of a response's list. Called by every middleware that decides by headers. */

/** The value of a header, several joined; `undefined` without it. @param name in lower case. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const values = headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}
