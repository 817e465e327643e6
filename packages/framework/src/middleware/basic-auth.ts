/**
 * HTTP Basic authentication (RFC 7617): a name and a password with each request. For tools and staging sites behind
 * https; people sign in by a session. Knows the header; the user supplies the check.
 */
import type { Environ, Middleware } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { type KeyedMiddleware, key } from '../request/key.ts'
import { isPromise } from '../response/respond.ts'
import { keyed } from './keyed.ts'
import { refuse } from './plain-response.ts'

/** Options of `basicAuth`. */
export interface BasicAuthOptions {
  /** Names and passwords; or a function that decides, by a hash of a database. */
  readonly users:
    | Readonly<Record<string, string>>
    | ((name: string, password: string, environ: Environ) => boolean | Promise<boolean>)
  /** What the browser shows. @default `restricted` */
  readonly realm?: string
}

const NAMES: ReadonlySet<string> = new Set<keyof BasicAuthOptions>(['users', 'realm'])

/**
 * Lets requests with a right name and password pass; others get 401 with a challenge. It is the key of the name too.
 * @throws TypeError for a realm or users that cannot be.
 * @example
 * const admin = basicAuth({ users: { ada: process.env.ADMIN_PASSWORD ?? '' } })
 * group('/admin', { middleware: [admin] }, [get('', (request) => `Hello ${request.get(admin)}`)])
 */
export function basicAuth(options: BasicAuthOptions): KeyedMiddleware<string> {
  refuseUnknown('basicAuth', options, NAMES)
  const { realm = 'restricted' } = options
  if (!/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(realm))
    throw new TypeError('basicAuth: the realm may hold printable ASCII without " and \\')
  const verify = typeof options.users === 'function' ? options.users : among(options.users)
  const user = key<string>('framework.basic_user', 'basicAuth()')
  const challenge = [['WWW-Authenticate', `Basic realm="${realm}", charset="UTF-8"`]] as const
  const middleware: Middleware = (application) => (environ, startResponse) => {
    const given = parseBasic(environ.HTTP_AUTHORIZATION)
    const go = (isRight: boolean) => {
      if (given === undefined || !isRight)
        return refuse(startResponse, '401 Unauthorized', 'A name and a password are needed.', challenge)
      user.set(environ, given.name)
      return application(environ, startResponse)
    }
    const isRight = given !== undefined && verify(given.name, given.password, environ)
    return isPromise(isRight) ? isRight.then(go) : go(isRight)
  }
  return keyed(middleware, user)
}

/** Compares digests, in the time that any two take; a name that is not there is compared too. */
function among(users: Readonly<Record<string, string>>): (name: string, password: string) => Promise<boolean> {
  const names = Object.keys(users)
  if (names.length === 0) throw new TypeError('basicAuth: there are no users')
  const bad = names.find((name) => name.includes(':') || users[name] === '' || typeof users[name] !== 'string')
  if (bad !== undefined)
    throw new TypeError(`basicAuth: the user ${JSON.stringify(bad)} has a colon in the name, or no password`)
  return async (name, password) => {
    const right = Object.hasOwn(users, name) ? (users[name] ?? '') : crypto.randomUUID()
    const [given, wanted] = await Promise.all([digest(password), digest(right)])
    let difference = 0
    for (const [i, byte] of given.entries()) difference |= byte ^ (wanted[i] ?? 0)
    return difference === 0
  }
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

/** Name and password of an `Authorization` header; undefined for another scheme (RFC 7617 §2). */
export function parseBasic(
  header: string | undefined,
): { readonly name: string; readonly password: string } | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '') ?? []
  if (encoded === undefined) return undefined
  try {
    const text = UTF8.decode(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)))
    const colon = text.indexOf(':')
    // Control characters may be in neither (RFC 7617 §2).
    if (colon < 0 || /[\x00-\x1f\x7f]/.test(text)) return undefined
    return { name: text.slice(0, colon), password: text.slice(colon + 1) }
  } catch {
    return undefined
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
