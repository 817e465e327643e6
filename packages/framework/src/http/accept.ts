/**
 * Chooses the representation that the client prefers (RFC 9110 §12.5). Knows headers only.
 */

import Negotiator from 'negotiator'
import mime from '#media-types'

/**
 * The first of `types` in the client's order of preference; undefined if the client accepts none of them. Without a header, or
 * if the client has no preference, it is the first of `types`.
 * @param types media types, or extensions that stand for one: `html`, `json`.
 */
export function preferredType<Type extends string>(
  header: string | undefined,
  types: readonly Type[],
): Type | undefined {
  const full = types.map(mediaTypeFor)
  const asked = sayingSomething(header)?.replace(OUR_CHARSET, '')
  const best = negotiator('accept', asked).mediaType(full)
  return best === undefined ? undefined : types[full.indexOf(best)]
}

/** As `preferredType`, of language tags (RFC 9110 §12.5.4). `en` also matches `en-GB`, and the reverse. */
export function preferredLanguage<Tag extends string>(
  header: string | undefined,
  tags: readonly Tag[],
): Tag | undefined {
  return oneOf(tags, negotiator('accept-language', sayingSomething(header)).language([...tags]))
}

/** As `preferredType`, of content codings (RFC 9110 §12.5.3). `identity` is accepted unless the client excludes it. */
export function preferredEncoding<Coding extends string>(
  header: string | undefined,
  codings: readonly Coding[],
): Coding | undefined {
  return oneOf(codings, negotiator('accept-encoding', header).encoding([...codings]))
}

function negotiator(name: string, header: string | undefined): Negotiator {
  return new Negotiator({ headers: header === undefined ? {} : { [name]: firstElements(header) } })
}

/** An empty list states no preference. An empty list of codings excludes all of them (RFC 9110 §12.5.3). */
function sayingSomething(header: string | undefined): string | undefined {
  return header === undefined || /^[\t ,]*$/.test(header) ? undefined : header
}

/** All our text is UTF-8, so `application/json;charset=utf-8` matches. */
const OUR_CHARSET = /;[\t ]*charset="?utf-8"?[\t ]*(?=[;,]|$)/gi

/** Longer than any real client sends: it bounds the cost of parameters. The cut is between two elements. */
function firstElements(header: string): string {
  if (header.length <= MAX_HEADER_BYTES) return header
  return header.slice(0, Math.max(0, header.lastIndexOf(',', MAX_HEADER_BYTES)))
}

const MAX_HEADER_BYTES = 4096

/** A media type unchanged, or the media type of an extension. @throws TypeError for an unknown extension. */
export function mediaTypeFor(type: string): string {
  const full = type.includes('/') ? type : mime.getType(type)
  if (full === null) throw new TypeError(`accepts: ${type} is no media type and no known extension; write type/subtype`)
  return full
}

function oneOf<Item extends string>(items: readonly Item[], found: string | undefined): Item | undefined {
  return items.find((item) => item === found)
}
