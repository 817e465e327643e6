/**
 * Sessions: data that belong to a browser, from one request to the next. Without a store they are in a signed cookie, with
 * one the cookie has an id only. A middleware of the contract, and the key of the session. Knows cookies and heads; what a
 * session holds is session.ts, how it is kept session-keeper.ts.
 */
import type { Body, Chunk, Environ, HeaderList, Middleware, StartResponse } from '@tsgi/contract'
import { type CookieOptions, deleteCookie, parseCookies, setCookie } from '../http/cookies.ts'
import { isStream } from '../middleware/body-kind.ts'
import { FilteredBody } from '../middleware/filtered-body.ts'
import { type HeadHolder, HeldHead } from '../middleware/held-head.ts'
import { keyed } from '../middleware/keyed.ts'
import { refuse, varying } from '../middleware/plain-response.ts'
import { refuseUnknown } from '../option-names.ts'
import { type KeyedMiddleware, key } from '../request/key.ts'
import type { OutputOf, Schema } from '../validation/schema.ts'
import type { Session } from './session.ts'
import { type Kept, SessionKeeper, StoreError } from './session-keeper.ts'
import type { SessionStore } from './session-store.ts'

/** Options of `sessions`. */
export interface SessionOptions<Data extends Schema<unknown, unknown>> {
  /**
   * Secrets of at least 32 bytes: the first signs, all of them verify. Put a new one in front, and take the old one away
   * when its cookies are gone.
   */
  readonly keys: readonly (string | undefined)[]
  /** What the data are: a schema that takes `{}`. @default any plain object */
  readonly schema?: Data
  /** Where the data are kept: `redisStore(client)`, or a store of your own. @default the cookie, of at most 4 KiB */
  readonly store?: SessionStore
  /** Encrypts the cookie, so that its holder cannot read the data. @default false: signed */
  readonly encrypt?: boolean
  /** Seconds without a request after which a session ends. @default 86,400: a day */
  readonly idle?: number
  /** Seconds after which a session always ends, even if it is in use. @default 2,592,000: thirty days */
  readonly absolute?: number
  /** The name of the cookie. @default `session`; `__Host-session` over https */
  readonly name?: string
  /** `domain`, `path`, `sameSite`, `secure` and `partitioned` of the cookie. */
  readonly cookie?: Omit<CookieOptions, 'maxAge' | 'expires' | 'httpOnly'>
}

const NAMES: ReadonlySet<string> = new Set<keyof SessionOptions<Schema<unknown, unknown>>>([
  ...(['keys', 'schema', 'store', 'encrypt', 'idle', 'absolute', 'name', 'cookie'] as const),
])

/** Data without a schema. */
export type PlainData = Record<string, unknown>

/**
 * A session for each browser. The cookie is sent only when the session has changed, or half of `idle` is over; responses
 * that depend on the session say `Vary: Cookie` and `Cache-Control: private`. A store that is down is 503, and never a
 * user who is signed out.
 * @throws TypeError for keys that are missing or too short, and for other options that cannot be.
 * @example
 * const session = sessions({ keys: [process.env.SESSION_KEY], schema: z.object({ userId: z.int().optional() }) })
 * new Application(
 *   [get('/', (request) => `Hello ${request.get(session).data.userId}`)],
 *   { middleware: [session] },
 * )
 */
export function sessions<Data extends Schema<unknown, unknown> = Schema<unknown, PlainData>>(
  options: SessionOptions<Data>,
): KeyedMiddleware<Session<OutputOf<Data>>> {
  refuseUnknown('sessions', options, NAMES)
  const { schema, store, encrypt = false, idle = DAY_SECONDS, absolute = 30 * DAY_SECONDS } = options
  const secrets = checkedKeys(options.keys)
  for (const [name, value] of Object.entries({ idle, absolute })) {
    if (!(Number.isSafeInteger(value) && value > 0))
      throw new TypeError(`sessions: ${name} is ${value}; it must be whole seconds from 1`)
  }
  checkStore(store)
  const keeper = new SessionKeeper<OutputOf<Data>>({ secrets, schema, store, encrypt, idle, absolute })
  const place = key<Session<OutputOf<Data>>>('framework.session', 'sessions()')
  const cookie = new SessionCookie(options)
  const middleware: Middleware = (application) => async (environ, startResponse) => {
    try {
      const kept = await keeper.read(cookie.read(environ))
      place.set(environ, kept.session)
      const close = async (headers: HeaderList) => cookie.headers(environ, headers, kept, await keeper.close(kept))
      const head = new SessionHead(startResponse, close)
      return await head.take(await application(environ, head.startResponse))
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const cause = error.cause instanceof Error ? error.cause.message : typeof error.cause
      environ['wsgi.errors'].write(`sessions: the store failed: ${cause}\n`)
      return refuse(startResponse, '503 Service Unavailable', 'Sessions cannot be read now.', [['Retry-After', '10']])
    }
  }
  return keyed(middleware, place)
}

const DAY_SECONDS = 86_400
const MIN_KEY_BYTES = 32

function checkedKeys(keys: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(keys) ? keys : []
  const given = list.filter((each) => typeof each === 'string' && each !== '') as string[] // as the filter says
  if (given.length === 0) throw new TypeError('sessions: there is no key; set one, made by: openssl rand -base64 32')
  const short = given.find((each) => new TextEncoder().encode(each).length < MIN_KEY_BYTES)
  if (short === undefined) return given
  throw new TypeError(
    `sessions: a key has ${short.length} characters; it needs ${MIN_KEY_BYTES} bytes, as from: openssl rand -base64 32`,
  )
}

function checkStore(store: SessionStore | undefined): void {
  if (store === undefined) return
  const missing = (['read', 'write', 'remove'] as const).find((name) => typeof store[name] !== 'function')
  if (missing === undefined) return
  const hint =
    store instanceof Map
      ? ': a Map would be there for one worker only, so every other request would sign its user out'
      : ''
  throw new TypeError(`sessions: the store has no ${missing}()${hint}; give redisStore(client), or a store of your own`)
}

/** The cookie of a session, in and out. */
class SessionCookie {
  readonly #name: string | undefined
  readonly #options: Omit<CookieOptions, 'maxAge' | 'expires' | 'httpOnly'>

  constructor({ name, cookie = {} }: Pick<SessionOptions<Schema<unknown, unknown>>, 'name' | 'cookie'>) {
    this.#name = name
    this.#options = cookie
  }

  read(environ: Environ): string | undefined {
    try {
      return parseCookies(environ.HTTP_COOKIE)[this.#nameFor(environ)]
    } catch {
      return undefined // too many cookies: the application says so if it reads them
    }
  }

  /** The headers of a response with what the session adds to them. */
  headers(
    environ: Environ,
    headers: HeaderList,
    { session }: Kept<unknown>,
    next: Awaited<ReturnType<SessionKeeper<unknown>['close']>>,
  ): HeaderList {
    const varied = session.isUsed || next !== undefined ? asPrivate(varying(headers, 'Cookie')) : headers
    if (next === undefined) return varied
    const name = this.#nameFor(environ)
    if (next === 'forget') return [...varied, deleteCookie({ environ }, name, this.#options)]
    try {
      return [...varied, setCookie({ environ }, name, next.value, { ...this.#options, maxAge: next.seconds })]
    } catch (error) {
      const message = error instanceof Error ? error.message : 'it cannot be set'
      throw new TypeError(`sessions: ${message}; keep less in it, or give sessions a store`, { cause: error })
    }
  }

  /** A `__Host-` cookie cannot be set by another host of the domain, nor over http. */
  #nameFor(environ: Environ): string {
    if (this.#name !== undefined) return this.#name
    const { domain, path = '/' } = this.#options
    return environ['wsgi.url_scheme'] === 'https' && domain === undefined && path === '/' ? '__Host-session' : 'session'
  }
}

/** A shared cache must keep no response that one user's session made (RFC 9111 §5.2.2.7). */
function asPrivate(headers: HeaderList): HeaderList {
  const given = headers.find(([name]) => name.toLowerCase() === 'cache-control')?.[1]
  if (given !== undefined && /(?:^|[\s,])(?:private|no-store)(?:$|[\s,=])/i.test(given)) return headers
  const kept = (given ?? '').split(',').filter((each) => !/^\s*(?:public|s-maxage=\d*)?\s*$/i.test(each))
  const others = headers.filter(([name]) => name.toLowerCase() !== 'cache-control')
  return [...others, ['Cache-Control', ['private', ...kept.map((each) => each.trim())].join(', ')]]
}

/** The head of a response, held until the session is kept: its cookie is among the headers. */
class SessionHead implements HeadHolder {
  readonly #head: HeldHead
  readonly #close: (headers: HeaderList) => Promise<HeaderList>
  /** Begun by the first write or chunk, or when the application has returned. */
  #closing: Promise<void> | undefined

  constructor(server: StartResponse, close: (headers: HeaderList) => Promise<HeaderList>) {
    this.#head = new HeldHead(server, this)
    this.#close = close
  }

  get startResponse(): StartResponse {
    return this.#head.startResponse
  }

  /** Held until the session is kept. */
  onHead(): void {}

  async onWrite(chunk: Chunk): Promise<void> {
    await this.#pass()
    await this.#head.write(chunk)
  }

  /** The application has returned. @throws StoreError, before anything was sent. */
  async take(body: Body): Promise<Body> {
    if (this.#head.state === 'none' && isStream(body)) return new FilteredBody(body, this.#filter())
    try {
      if (this.#head.state !== 'none') await this.#pass()
      return body
    } catch (error) {
      if (typeof body === 'object' && 'close' in body) await body.close?.()
      throw error
    }
  }

  #pass(): Promise<void> {
    this.#closing ??= this.#close(this.#head.headers).then((headers) => this.#head.pass(headers))
    return this.#closing
  }

  /** A body may begin its response with its first chunk only (SPEC C53). */
  #filter(): ConstructorParameters<typeof FilteredBody>[1] {
    return {
      take: async (chunk) => {
        if (this.#head.state === 'held') await this.#pass()
        return chunk
      },
      end: async () => {
        if (this.#head.state === 'held') await this.#pass()
        return ''
      },
      release: () => undefined,
    }
  }
}
