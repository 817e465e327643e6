/**
 * Checks tokens by `jose`, an optional peer that is loaded with the first token: signature, algorithm, issuer, audience and
 * times. Knows tokens; knows no requests.
 */
import type { JWTVerifyGetKey, JWTVerifyOptions, JWTVerifyResult } from 'jose'

/** The claims of a token (RFC 7519 §4.1). */
export interface TokenClaims {
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  /** Seconds since 1970, as `nbf` and `iat`. */
  readonly exp?: number
  readonly nbf?: number
  readonly iat?: number
  readonly jti?: string
  readonly [name: string]: unknown
}

/** The claims of a token, or what is wrong. */
export type Verify = (token: string) => Promise<TokenClaims | 'invalid' | 'unavailable'>

const PUBLIC_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

/** What tokens are checked by: see `BearerOptions`. */
export interface VerifierSettings {
  readonly secret?: string | Uint8Array
  readonly jwks?: string | URL
  readonly audience: string | readonly string[]
  readonly issuer?: string | readonly string[]
  readonly algorithms?: readonly string[]
  readonly clockTolerance?: number
}

/** @throws Error if `jose` is not installed. */
export async function verifier(options: VerifierSettings): Promise<Verify> {
  const { secret, jwks, audience, issuer, clockTolerance = 5 } = options
  const { createRemoteJWKSet, errors, jwtVerify } = await import('jose')
  const wanted: JWTVerifyOptions = {
    algorithms: [...(options.algorithms ?? (secret === undefined ? PUBLIC_ALGORITHMS : ['HS256']))],
    audience: typeof audience === 'string' ? audience : [...audience],
    clockTolerance,
    ...(issuer === undefined ? {} : { issuer: typeof issuer === 'string' ? issuer : [...issuer] }),
  }
  const key = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  const remote: JWTVerifyGetKey | undefined = jwks === undefined ? undefined : createRemoteJWKSet(new URL(jwks))
  const check = (token: string): Promise<JWTVerifyResult> =>
    remote === undefined ? jwtVerify(token, key ?? new Uint8Array(), wanted) : jwtVerify(token, remote, wanted)
  return async (token) => {
    try {
      return (await check(token)).payload
    } catch (error) {
      // If the issuer lacks the key, the token is wrong. If the issuer does not respond, the token may be right.
      const isToken =
        error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && !isFetchFailure(error)
      return isToken ? 'invalid' : 'unavailable'
    }
  }
}

/** jose's error for a response of the issuer that is no list of keys is of the most general class. */
function isFetchFailure(error: Error & { readonly code?: string }): boolean {
  return error.code === 'ERR_JOSE_GENERIC' || error.code === 'ERR_JWKS_INVALID'
}
