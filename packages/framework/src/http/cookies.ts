/**
 * Cookies in and out (RFC 6265bis). Reading takes what clients send; writing is strict, and safe by default.
 * A `Set-Cookie` is a header pair like any other, to be put into a Response. Signing is in signed-cookies.ts.
 */
import type { Environ } from '@tsgi/contract'
import { parseCookie, type SetCookie, stringifySetCookie } from 'cookie'
import { refuseUnknown } from '../option-names.ts'
import { HttpError } from './http-error.ts'
import { utf8Text } from './utf8-text.ts'

/** By name; the first where a name came twice. No prototype. */
export type Cookies = Readonly<Record<string, string>>

/** Attributes of a cookie (RFC 6265bis §5.6). */
export interface CookieOptions {
  /** Seconds; 0 removes the cookie. Default: until the browser closes. */
  readonly maxAge?: number | undefined
  readonly expires?: Date | undefined
  /** Default `/`. */
  readonly path?: string | undefined
  /** Default: the host that was asked, and none below it. */
  readonly domain?: string | undefined
  /** Kept from scripts. Default true. */
  readonly httpOnly?: boolean | undefined
  /** Default: as the request came, so true under https; true with `sameSite: 'none'`, `partitioned`, or a prefix in the name. */
  readonly secure?: boolean | undefined
  /** Default `lax`. */
  readonly sameSite?: 'strict' | 'lax' | 'none' | undefined
  readonly partitioned?: boolean | undefined
}

/** More than any browser keeps for a host. */
const MAX_COOKIES = 300

/** What browsers take for name and value together (RFC 6265bis §5.6). */
const MAX_BYTES = 4096

/**
 * The `Cookie` header, percent-decoded where that is possible. Browsers send what a script has set as it is, so bytes
 * that are UTF-8 are read as such. Linear in its length.
 * @param header as in the environ: each character is a byte (SPEC C22).
 * @throws HttpError 400 for more than 300 cookies.
 */
export function parseCookies(header: string | undefined): Cookies {
  if (header === undefined) return Object.create(null)
  if (header.split(';', MAX_COOKIES + 1).length > MAX_COOKIES) throw new HttpError(400, 'There are too many cookies')
  // The library's object has a prototype without anything in it; ours has none.
  return Object.assign(Object.create(null), parseCookie(utf8Text(header)))
}

/**
 * A `Set-Cookie` header. The value is percent-encoded where it has to be.
 * @param request whose scheme decides on `Secure`; a Request will do.
 * @throws TypeError for what a browser would not keep: a bad name, too much, or a prefix that is not lived up to.
 * @example text('').withHeaders([setCookie(request, 'theme', 'dark')])
 */
export function setCookie(
  { environ }: { readonly environ: Pick<Environ, 'wsgi.url_scheme'> },
  name: string,
  value: string,
  options: CookieOptions = {},
): readonly [name: 'Set-Cookie', value: string] {
  const cookie = withDefaults(name, value, options, environ['wsgi.url_scheme'] === 'https')
  const breach = findBreach(cookie)
  if (breach !== undefined) throw new TypeError(`the cookie ${JSON.stringify(name)} ${breach}`)
  return ['Set-Cookie', stringifySetCookie(cookie)]
}

/** Has the browser forget a cookie; `path` and `domain` as it was set with. */
export function deleteCookie(
  request: { readonly environ: Pick<Environ, 'wsgi.url_scheme'> },
  name: string,
  options: CookieOptions = {},
): readonly [name: 'Set-Cookie', value: string] {
  return setCookie(request, name, '', { ...options, maxAge: 0, expires: new Date(0) })
}

/** A slip here is a cookie that scripts can read, or that never ends. */
const NAMES: ReadonlySet<string> = new Set<keyof CookieOptions>([
  ...(['maxAge', 'expires', 'path', 'domain', 'httpOnly', 'secure', 'sameSite', 'partitioned'] as const),
])

function withDefaults(name: string, value: string, options: CookieOptions, https: boolean): SetCookie {
  refuseUnknown(`the cookie ${JSON.stringify(name)}`, options, NAMES)
  if (typeof value !== 'string')
    throw new TypeError(`the cookie ${JSON.stringify(name)} has ${typeof value} as its value, not a string`)
  const { maxAge, expires, domain, path = '/', httpOnly = true, sameSite = 'lax', partitioned = false } = options
  const needsSecure = sameSite === 'none' || partitioned || prefixOf(name) !== undefined
  return {
    name,
    value: value.toWellFormed(),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(expires === undefined ? {} : { expires }),
    ...(domain === undefined ? {} : { domain }),
    path,
    httpOnly,
    secure: options.secure ?? (https || needsSecure),
    sameSite,
    partitioned,
  }
}

/** The rest, characters above all, is checked by the library. */
function findBreach(cookie: SetCookie): string | undefined {
  const { name, value = '', secure, path, domain } = cookie
  const prefix = prefixOf(name)
  // A name that holds `=`, a blank or a separator would be read back as another one.
  if (!TOKEN.test(name)) return 'must have a token as its name (RFC 6265bis §4.1.1)'
  if (secure !== true && prefix !== undefined) return `must be secure: its name begins with ${prefix}`
  if (prefix === '__Host-' && (path !== '/' || domain !== undefined)) {
    return 'must have the path / and no domain: its name begins with __Host- (RFC 6265bis §4.1.3.2)'
  }
  if (secure !== true && cookie.sameSite === 'none') return "must be secure: it has sameSite 'none'"
  if (secure !== true && cookie.partitioned === true) return 'must be secure: it is partitioned'
  const bytes = name.length + encodeURIComponent(value).length
  return bytes > MAX_BYTES ? `has ${bytes} bytes; browsers keep ${MAX_BYTES}` : undefined
}

/** Browsers compare them without regard to case (RFC 6265bis §5.7). */
function prefixOf(name: string): '__Host-' | '__Secure-' | undefined {
  if (/^__host-/i.test(name)) return '__Host-'
  return /^__secure-/i.test(name) ? '__Secure-' : undefined
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
