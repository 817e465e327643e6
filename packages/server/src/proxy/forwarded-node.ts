/**
 * The values in `Forwarded` and its older relatives: a node (RFC 7239 §6), a scheme, a host. Knows their grammar only.
 */
import { isIP } from 'node:net'
import { plainAddress } from '../exchange/address.ts'
import { isAuthority } from '../http1/authority.ts'
import { HttpError } from '../http1/errors.ts'

export interface ForwardedNode {
  /** An address, or `unknown`, or an obfuscated identifier such as `_hidden`. */
  readonly address: string
  /** `''` when it was not said. */
  readonly port: string
}

/** RFC 7239 §6: `IPv4`, `[IPv6]`, `unknown` or `_obf`, and a port; X-Forwarded-For also has IPv6 without brackets. */
export function forwardedNode(text: string): ForwardedNode | undefined {
  if (isIP(text) !== 0) return { address: plainAddress(text), port: '' }
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}|_[\w.-]+))?$/.exec(text) ?? []
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { address: plainAddress(bracketed), port } : undefined
  if (plain === undefined) return undefined
  return isIP(plain) === 4 || /^(?:unknown|_[\w.-]+)$/i.test(plain) ? { address: plain, port } : undefined
}

/** @throws HttpError 400 for any scheme but http and https. */
export function forwardedScheme(text: string): 'http' | 'https' {
  const scheme = text.toLowerCase()
  if (scheme === 'http' || scheme === 'https') return scheme
  throw new HttpError(400, 'a proxy named a scheme that is neither http nor https')
}

/** @throws HttpError 400 for what Host could not be. */
export function forwardedHost(text: string): string {
  if (isAuthority(text)) return text
  throw new HttpError(400, 'a proxy named a host that is no host')
}
