/**
 * Bearer tokens that are JWTs (RFC 6750, RFC 7519), checked by `jose`, an optional peer: signature, issuer, audience and
 * times. It checks tokens and issues none. Knows headers; JOSE itself is jose's.
 */
import type { Middleware } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { type KeyedMiddleware, key } from '../request/key.ts'
import { isSchema, type OutputOf, type Schema } from '../validation/schema.ts'
import { keyed } from './keyed.ts'
import { refuse } from './plain-response.ts'
import { type TokenClaims, type Verify, verifier } from './token-verifier.ts'

/** Options of `bearer`. */
export interface BearerOptions<Claims extends Schema<unknown, unknown> = Schema<unknown, TokenClaims>> {
  /** A secret that issuer and server share, of at least 32 bytes: HS256. Either this or `jwks`. */
  readonly secret?: string | Uint8Array
  /** Where the issuer publishes its keys; fetched when a token names one that is not known, at most every 30 s. */
  readonly jwks?: string | URL
  /** `aud`: who the token is for. Without it a token for another service would do here. */
  readonly audience: string | readonly string[]
  /** `iss`. @default any */
  readonly issuer?: string | readonly string[]
  /** @default HS256 with `secret`; RS256, PS256, ES256 and EdDSA with `jwks` */
  readonly algorithms?: readonly string[]
  /** Seconds by which clocks may differ. @default 5 */
  readonly clockTolerance?: number
  /** A schema for the claims: what it makes of them is the value of the key. */
  readonly claims?: Claims
  /** What the challenge names. @default none */
  readonly realm?: string
}

const NAMES: ReadonlySet<string> = new Set<keyof BearerOptions>([
  ...(['secret', 'jwks', 'audience', 'issuer', 'algorithms', 'clockTolerance', 'claims', 'realm'] as const),
])

/**
 * Lets requests with a valid token pass; others get 401 with a challenge. It is the key of the claims too. Keys that
 * cannot be fetched are 503: the token may be right.
 * @throws TypeError for options that cannot be; the first request fails if `jose` is not installed.
 * @example
 * const token = bearer({ jwks: 'https://id.example.com/jwks.json', audience: 'notes', claims: z.object({ sub: z.string() }) })
 * get('/me', { middleware: [token] }, (request) => request.get(token).sub)
 */
export function bearer<Claims extends Schema<unknown, unknown> = Schema<unknown, TokenClaims>>(
  options: BearerOptions<Claims>,
): KeyedMiddleware<OutputOf<Claims>> {
  refuseUnknown('bearer', options, NAMES)
  const problem = optionProblem(options)
  if (problem !== undefined) throw new TypeError(`bearer: ${problem}`)
  const { claims, realm } = options
  const place = key<OutputOf<Claims>>('framework.bearer_claims', 'bearer()')
  let verify: Promise<Verify> | undefined
  const challenge = (error?: string) => challengeHeader(realm, error)
  const middleware: Middleware = (application) => async (environ, startResponse) => {
    const [, token] = /^bearer +([\w.~+/-]+=*)$/i.exec(environ.HTTP_AUTHORIZATION ?? '') ?? []
    if (token === undefined) return refuse(startResponse, '401 Unauthorized', 'A bearer token is needed.', challenge())
    verify ??= verifier(options)
    const result = await (await verify)(token)
    if (result === 'unavailable')
      return refuse(startResponse, '503 Service Unavailable', 'The keys of tokens cannot be fetched.', [
        ['Retry-After', '30'],
      ])
    const checked = result === 'invalid' ? undefined : await checkClaims(claims, result)
    if (checked === undefined)
      return refuse(startResponse, '401 Unauthorized', 'The token is not valid.', challenge('invalid_token'))
    place.set(environ, checked.value as OutputOf<Claims>) // what the schema of these claims made
    return application(environ, startResponse)
  }
  return keyed(middleware, place)
}

function optionProblem({
  secret,
  jwks,
  audience,
  algorithms = [],
  realm = '',
}: BearerOptions<Schema<unknown, unknown>>): string | undefined {
  if ((secret === undefined) === (jwks === undefined)) return 'give either secret or jwks'
  if (audience === undefined || audience.length === 0)
    return 'give the audience, or a token for another service would do here'
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret).length : secret?.length
  if (bytes !== undefined && bytes < MIN_SECRET_BYTES)
    return `the secret has ${bytes} bytes; it needs ${MIN_SECRET_BYTES}, as from: openssl rand -base64 32`
  // A public key must never be taken for a shared secret, and `none` is no signature.
  const wrong = algorithms.find((name) =>
    (secret === undefined ? /^(?:HS|none)/i : /^(?!HS(?:256|384|512)$)/).test(name),
  )
  if (wrong !== undefined) return `the algorithm ${wrong} does not go with ${secret === undefined ? 'jwks' : 'secret'}`
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(realm)
    ? undefined
    : 'the realm may hold printable ASCII without " and \\'
}

const MIN_SECRET_BYTES = 32
async function checkClaims(
  claims: Schema<unknown, unknown> | undefined,
  payload: TokenClaims,
): Promise<{ readonly value: unknown } | undefined> {
  if (claims === undefined || !isSchema(claims)) return { value: payload }
  const result = await claims['~standard'].validate(payload)
  return result.issues === undefined ? { value: result.value } : undefined
}

function challengeHeader(
  realm: string | undefined,
  error: string | undefined,
): ReadonlyArray<readonly [string, string]> {
  const parts = [
    ...(realm === undefined ? [] : [`realm="${realm}"`]),
    ...(error === undefined ? [] : [`error="${error}"`]),
  ]
  return [['WWW-Authenticate', parts.length === 0 ? 'Bearer' : `Bearer ${parts.join(', ')}`]]
}
