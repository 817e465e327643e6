/**
 * Cookies that only we can write: the value, a dot, and an HMAC-SHA-256 over name and value. The value can be read by
 * anyone who has the cookie. Several keys, so that a new one can come before the old one goes. WebCrypto only.
 */
import type { Environ } from '@tsgi/contract'
import { type CookieOptions, type Cookies, parseCookies, setCookie } from './cookies.ts'

/** Where cookies are read from. */
export type CookieSource = { readonly environ: Environ } | { readonly cookies: Cookies }

/**
 * What `setCookie` takes as the request.
 * @example const cookies = new SignedCookies([process.env.COOKIE_KEY ?? ''])
 */

export class SignedCookies {
  readonly #secrets: readonly Uint8Array<ArrayBuffer>[]
  #keys: Promise<readonly CryptoKey[]> | undefined

  /**
   * @param secrets the first signs, all of them verify; each of at least 16 bytes, from a good source of randomness.
   * @throws TypeError without a secret, or with one that is too short.
   */
  constructor(secrets: readonly (string | Uint8Array)[]) {
    this.#secrets = secrets.map((secret) => (typeof secret === 'string' ? utf8(secret) : new Uint8Array(secret)))
    if (secrets.length === 0 || this.#secrets.some(({ length }) => length < MIN_SECRET_BYTES)) {
      throw new TypeError(
        `SignedCookies needs secrets of at least ${MIN_SECRET_BYTES} bytes, as from: openssl rand -base64 32`,
      )
    }
  }

  /**
   * The value of a cookie; undefined if it was not sent, or if no key of ours signed it under this name.
   * @param request a Request, also that of a route with a `cookies` schema; in a middleware `{ environ }`.
   * @example `await signed.read({ environ }, 'user')`
   */
  async read(request: CookieSource, name: string): Promise<string | undefined> {
    // Reads the cookies as sent, not as parsed: a schema omits the cookies that it does not name.
    const cookies = 'environ' in request ? parseCookies(request.environ.HTTP_COOKIE) : request.cookies
    const signed = cookies[name]
    return signed === undefined ? undefined : await this.verify(name, signed)
  }

  /** A `Set-Cookie` header with the signed value. @throws TypeError as `setCookie` does. */
  async set(
    request: Parameters<typeof setCookie>[0],
    name: string,
    value: string,
    options?: CookieOptions,
  ): Promise<ReturnType<typeof setCookie>> {
    return setCookie(request, name, await this.sign(name, value), options)
  }

  /** The value, followed by its signature. The name is signed too: a value is invalid in another cookie. */
  async sign(name: string, value: string): Promise<string> {
    const [key] = await this.#imported()
    if (key === undefined) throw new TypeError('SignedCookies has no secret')
    const signature = await crypto.subtle.sign('HMAC', key, message(name, value))
    return `${value}.${toBase64Url(new Uint8Array(signature))}`
  }

  /** The value of a signed text; undefined if no key of ours signed it. The comparison takes the same time for any. */
  async verify(name: string, signed: string): Promise<string | undefined> {
    const dot = signed.lastIndexOf('.')
    const signature = dot < 0 ? undefined : fromBase64Url(signed.slice(dot + 1))
    if (signature === undefined) return undefined
    const value = signed.slice(0, dot)
    const bytes = message(name, value)
    for (const key of await this.#imported()) {
      if (await crypto.subtle.verify('HMAC', key, signature, bytes)) return value
    }
    return undefined
  }

  #imported(): Promise<readonly CryptoKey[]> {
    this.#keys ??= Promise.all(this.#secrets.map(importKey))
    return this.#keys
  }
}

const MIN_SECRET_BYTES = 16
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' }

function importKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', secret, ALGORITHM, false, ['sign', 'verify'])
}

/** A name is a token and has no `=`, so no two pairs make the same message. */
function message(name: string, value: string): Uint8Array<ArrayBuffer> {
  return utf8(`${name}=${value}`)
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** @returns undefined unless the text is the base64url of 32 bytes. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]{43}$/.test(text)) return undefined
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}
