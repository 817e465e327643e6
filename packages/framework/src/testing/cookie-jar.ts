/**
 * The cookies of one client, kept and sent as RFC 6265bis §5.6–5.8 says, as far as a test needs it: domain, path, expiry,
 * `Secure`. Not kept apart: sites and partitions.
 */
import type { TestResponse } from '@tsgi/contract/testing'
import { parseCookie, parseSetCookie } from 'cookie'
import type { Cookies } from './exchange.ts'

interface KeptCookie {
  readonly name: string
  /** As it was sent: neither decoded nor encoded. */
  readonly value: string
  readonly domain: string
  /** True without a Domain: for that host, and none below it. */
  readonly isHostOnly: boolean
  readonly path: string
  readonly isSecure: boolean
  /** Milliseconds since 1970; infinity for a cookie of the session. */
  readonly expires: number
}

/** The cookies of a test client, kept as a browser keeps them (RFC 6265bis). */
export class CookieJar implements Cookies {
  readonly #kept = new Map<string, KeptCookie>()

  /** The value of a cookie that has not expired, as it was sent; the one with the longest path if there are several. */
  get(name: string): string | undefined {
    return this.#alive().find((cookie) => cookie.name === name)?.value
  }

  /** Forgets all of them. */
  clear(): void {
    this.#kept.clear()
  }

  /** Keeps what a response sets. */
  store(url: URL, response: TestResponse): void {
    for (const [name, value] of response.headers) {
      if (name.toLowerCase() === 'set-cookie') this.#storeOne(url, value)
    }
  }

  /** The `Cookie` header for a URL, without those that are `given`; undefined without cookies. */
  headerFor(url: URL, given: string | undefined): string | undefined {
    const own = parseCookie(given ?? '')
    const sent = this.#alive().filter((cookie) => isFor(cookie, url) && !Object.hasOwn(own, cookie.name))
    return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  #storeOne(url: URL, header: string): void {
    const cookie = keptCookie(url, header)
    if (cookie === undefined) return
    const key = JSON.stringify([cookie.name, cookie.domain, cookie.path])
    if (cookie.expires <= Date.now()) this.#kept.delete(key)
    else this.#kept.set(key, cookie)
  }

  /** Longer paths first, then in the order in which they were set (RFC 6265bis §5.8.3). */
  #alive(): KeptCookie[] {
    const now = Date.now()
    return [...this.#kept.values()].filter(({ expires }) => expires > now).sort((a, b) => b.path.length - a.path.length)
  }
}

/** @returns undefined for one that a browser would not keep. */
function keptCookie(url: URL, header: string): KeptCookie | undefined {
  const { name, value = '', domain, path, maxAge, expires, secure = false } = parseSetCookie(header, { decode: asItIs })
  if (secure && !isTrustworthy(url)) return undefined
  const wanted = domain?.replace(/^\./, '').toLowerCase() || undefined
  if (wanted !== undefined && !isWithin(url.hostname, wanted)) return undefined
  return {
    name,
    value,
    domain: wanted ?? url.hostname,
    isHostOnly: wanted === undefined,
    path: path?.startsWith('/') === true ? path : defaultPath(url),
    isSecure: secure,
    expires: maxAge !== undefined ? endOf(maxAge) : (expires?.getTime() ?? Number.POSITIVE_INFINITY),
  }
}

function asItIs(value: string): string {
  return value
}

function endOf(maxAge: number): number {
  return maxAge <= 0 ? 0 : Date.now() + maxAge * 1000
}

/** Browsers treat loopback hosts as secure under any scheme. */
function isTrustworthy(url: URL): boolean {
  return url.protocol === 'https:' || /^(?:.+\.)?localhost$|^127\.|^\[::1\]$/.test(url.hostname)
}

/** RFC 6265bis §5.1.3. */
function isWithin(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !/^[\d.]+$|^\[/.test(host))
}

/** RFC 6265bis §5.1.4. */
function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, pathname.lastIndexOf('/')) || '/'
}

function isFor({ domain, isHostOnly, path, isSecure }: KeptCookie, url: URL): boolean {
  if (isHostOnly ? url.hostname !== domain : !isWithin(url.hostname, domain)) return false
  if (isSecure && !isTrustworthy(url)) return false
  const { pathname } = url
  return pathname === path || (pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/'))
}
