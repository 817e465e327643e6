/**
 * Which of the representations we have a client likes best (RFC 9110 §12.5). Knows headers only.
 */

import Negotiator from 'negotiator'
import mime from '#media-types'

/**
 * The first of `types` in the client's order of preference; undefined if it takes none of them. Without a header, or
 * where the client does not mind, it is the first of ours.
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

/** As `preferredType`, of language tags (RFC 9110 §12.5.4). `en` is taken for `en-GB` too, and the other way round. */
export function preferredLanguage<Tag extends string>(
  header: string | undefined,
  tags: readonly Tag[],
): Tag | undefined {
  return oneOf(tags, negotiator('accept-language', sayingSomething(header)).language([...tags]))
}

/** As `preferredType`, of content codings (RFC 9110 §12.5.3). `identity` is taken unless it was ruled out. */
export function preferredEncoding<Coding extends string>(
  header: string | undefined,
  codings: readonly Coding[],
): Coding | undefined {
  return oneOf(codings, negotiator('accept-encoding', header).encoding([...codings]))
}

function negotiator(name: string, header: string | undefined): Negotiator {
  return new Negotiator({ headers: header === undefined ? {} : { [name]: firstElements(header) } })
}

/** An empty list asks for nothing. Of codings it does: it rules all of them out (RFC 9110 §12.5.3). */
function sayingSomething(header: string | undefined): string | undefined {
  return header === undefined || /^[\t ,]*$/.test(header) ? undefined : header
}

/** All text of ours is UTF-8, so a client that wants `application/json;charset=utf-8` can have it. */
const OUR_CHARSET = /;[\t ]*charset="?utf-8"?[\t ]*(?=[;,]|$)/gi

/** No client has that much to say; the bound is on what its parameters can cost. Cut between two elements. */
function firstElements(header: string): string {
  if (header.length <= LONGEST) return header
  return header.slice(0, Math.max(0, header.lastIndexOf(',', LONGEST)))
}

const LONGEST = 4096

/** A media type as it is, or that of an extension. @throws TypeError for an unknown one: no client could be offered it. */
export function mediaTypeFor(type: string): string {
  const full = type.includes('/') ? type : mime.getType(type)
  if (full === null) throw new TypeError(`accepts: ${type} is no media type and no known extension; write type/subtype`)
  return full
}

function oneOf<Item extends string>(items: readonly Item[], found: string | undefined): Item | undefined {
  return items.find((item) => item === found)
}
