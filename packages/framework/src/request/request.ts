/**
 * The request as a view sees it: a look at the environ, each part made when it is first asked for.
 * Getters live on the prototype, so `({ params, query }) => …` takes only what it names.
 */
import type { Environ, ErrorStream } from '@tsgi/contract'
import { preferredEncoding, preferredLanguage, preferredType } from '../http/accept.ts'
import { currentContext } from '../http/async-context.ts'
import { type Cookies, parseCookies } from '../http/cookies.ts'
import { type Fields, parseFields } from '../http/fields.ts'
import { headerOf, headersOf, type RequestHeaders } from '../http/header-fields.ts'
import { HttpError } from '../http/http-error.ts'
import type { AnyParams } from '../http/path-params.ts'
import { pathOfTarget } from '../http/raw-path.ts'
import type { UrlOptions, UrlWriter } from '../http/url-options.ts'
import type { MultipartLimits } from '../multipart/limits.ts'
import type { Part } from '../multipart/part.ts'
import type { Form, FormOptions } from './form.ts'
import type { Key } from './key.ts'
import { RequestBody } from './request-body.ts'

/** The parts that schemas have parsed, instead of the raw ones. The type of the view says what they are. */
export type TypedParts = { readonly [Part in 'query' | 'headers' | 'cookies' | 'body']?: Request[Part] }

const MEBIBYTE_BYTES = 2 ** 20

/** Sets the typed parts of a request. Only for read-input.ts; views do not see it. */
export let putTyped: (request: Request, parts: TypedParts) => void

/** The request as a view gets it. Each part is read when it is first asked for. */
export class Request<Params = AnyParams> {
  /** The environ of the contract, for everything that has no getter here. */
  readonly environ: Environ
  /** The parameters of the route's pattern, percent-decoded once. No prototype. */
  readonly params: Params
  readonly #bodyLimit: number
  readonly #writeUrl: UrlWriter | undefined
  #query: Fields | undefined
  #headers: RequestHeaders | undefined
  #cookies: Cookies | undefined
  #body: RequestBody | undefined
  #typed: TypedParts | undefined

  static {
    // A private field: to define a property on each request took 0.3 µs of a validated body.
    putTyped = (request, parts) => {
      request.#typed = parts
    }
  }

  /**
   * For a middleware, which has an environ: `new Request(environ)`. A view is given its own.
   * @param params @default none
   * @param bodyLimit bytes of a body that may be read. @default 1 MiB
   * @param writeUrl for `urlFor`. @default `urlFor` throws
   */
  constructor(environ: Environ, params?: Params, bodyLimit: number = MEBIBYTE_BYTES, writeUrl?: UrlWriter) {
    this.environ = environ
    this.params = params ?? (Object.create(null) as Params) // without parameters, Params names none
    this.#bodyLimit = bodyLimit
    this.#writeUrl = writeUrl
  }

  /** As it was sent; `HEAD` too, where a view for GET answers it. */
  get method(): string {
    return this.environ.REQUEST_METHOD
  }

  /** The whole path, percent-decoded. */
  get path(): string {
    return this.environ.SCRIPT_NAME + this.environ.PATH_INFO
  }

  /**
   * The query, parsed as a form: by name a string, or a list where the name came several times (`first`, `all`). No
   * prototype. `url.searchParams` has it in its order. @throws HttpError 400 for more than 1000 names and values.
   */
  get query(): Fields {
    if (this.#typed !== undefined && 'query' in this.#typed) return this.#typed.query
    this.#query ??= parseFields(this.environ.QUERY_STRING)
    return this.#query
  }

  /** The absolute URL that was asked for. @throws HttpError 400 if Host and target make none. */
  get url(): URL {
    const { environ } = this
    const host = environ.HTTP_HOST ?? `${environ.SERVER_NAME}:${environ.SERVER_PORT}`
    const query = environ.QUERY_STRING === '' ? '' : `?${environ.QUERY_STRING}`
    const url = URL.parse(`${environ['wsgi.url_scheme']}://${host}${pathOfTarget(environ.REQUEST_URI)}${query}`)
    if (url === null) throw new HttpError(400)
    return url
  }

  /**
   * The URL of a named route of the application that has this request, with the path it is mounted at. In a view, where
   * `application.urlFor` would make the type of the list depend on itself; so names and parameters are checked when it runs.
   * @throws TypeError as `application.urlFor` does.
   */
  urlFor(name: string, params?: Readonly<Record<string, unknown>>, options: UrlOptions = {}): string {
    if (this.#writeUrl === undefined) throw new TypeError('urlFor: no application has this request')
    return this.#writeUrl(name, params, { environ: this.environ, ...options })
  }

  /** All headers by lower-case name. No prototype. */
  get headers(): RequestHeaders {
    if (this.#typed !== undefined && 'headers' in this.#typed) return this.#typed.headers
    this.#headers ??= headersOf(this.environ)
    return this.#headers
  }

  /** A header by its name, whatever its case; undefined if it was not sent. */
  header(name: string): string | undefined {
    return headerOf(this.environ, name)
  }

  /** A cookie by its name, as it was sent, also where a schema has read the cookies. @throws HttpError 400. */
  cookie(name: string): string | undefined {
    this.#cookies ??= parseCookies(this.environ.HTTP_COOKIE)
    return this.#cookies[name]
  }

  /** The cookies by name. No prototype. A client can forge them: see SignedCookies. @throws HttpError 400. */
  get cookies(): Cookies {
    if (this.#typed !== undefined && 'cookies' in this.#typed) return this.#typed.cookies
    this.#cookies ??= parseCookies(this.environ.HTTP_COOKIE)
    return this.#cookies
  }

  /**
   * Which of these the client likes best, in media types or extensions: `accepts('html', 'json')`; undefined if it
   * takes none of them. A response that depends on it needs `Vary: Accept`.
   */
  accepts<const Type extends string>(...types: readonly Type[]): Type | undefined {
    return preferredType(this.environ.HTTP_ACCEPT, types)
  }

  /** Which of these languages the client likes best: `acceptsLanguages('en', 'de')`. */
  acceptsLanguages<const Tag extends string>(...tags: readonly Tag[]): Tag | undefined {
    return preferredLanguage(this.environ.HTTP_ACCEPT_LANGUAGE, tags)
  }

  /** Which of these content codings the client likes best: `acceptsEncodings('br', 'gzip', 'identity')`. */
  acceptsEncodings<const Coding extends string>(...codings: readonly Coding[]): Coding | undefined {
    return preferredEncoding(this.environ.HTTP_ACCEPT_ENCODING, codings)
  }

  /** Readers of the body: `await body.json()`. In a route with a `body` schema it is what that made of it. */
  get body(): RequestBody {
    return this.#typed !== undefined && 'body' in this.#typed ? this.#typed.body : this.#readers()
  }

  /** The body as a form: see `RequestBody.form`. */
  form(options?: FormOptions): Promise<Form> {
    return this.#readers().form(options)
  }

  /** A multipart body, part by part: see `RequestBody.multipart`. */
  multipart(limits?: MultipartLimits): AsyncGenerator<Part, void> {
    return this.#readers().multipart(limits)
  }

  /**
   * The value that a middleware has set under a key.
   * @throws TypeError if none has; the message names the key.
   * @example `request.get(session).data`
   */
  get<Value>(key: Pick<Key<Value>, 'get'>): Value {
    return key.get(this.environ)
  }

  /** As `get`; undefined if no middleware has set the key. */
  find<Value>(key: Pick<Key<Value>, 'find'>): Value | undefined {
    return key.find(this.environ)
  }

  /** Aborts when the client has gone, or the request took too long. */
  get signal(): AbortSignal {
    return this.environ['tsgi.signal']
  }

  /** Aborts when the server begins to shut down: end long-lasting work then. Never aborts if the server does not support it. */
  get leaving(): AbortSignal {
    return this.environ['tsgi.leaving'] ?? new AbortController().signal
  }

  /**
   * Tells the client before the response which resources it will need (103, RFC 8297), if the server can.
   * @param links values of `Link`: `</style.css>; rel=preload; as=style`.
   */
  earlyHints(links: readonly string[]): void {
    this.environ['tsgi.early_hints']?.(links.map((link) => ['Link', link] as const))
  }

  /** Runs `task` after the response. The client never waits for it; its failure goes to the operator's log. */
  afterResponse(task: () => void | Promise<void>): void {
    afterResponse(this.environ, task)
  }

  #readers(): RequestBody {
    this.#body ??= new RequestBody(this.environ, this.#bodyLimit)
    return this.#body
  }
}

/* Work for after the response (SPEC C33), on any server. Knows the environ only. */

/**
 * Runs `task` once after the response, or soon if the server does not offer that. The client never waits for
 * it and never sees its failure, which goes to the operator's log.
 */
export function afterResponse(environ: Environ, task: () => void | Promise<void>): void {
  const later = environ['tsgi.after_response']
  const run = currentContext()
  const inContext = run === undefined ? task : () => run(task)
  if (later === undefined) runSoon(environ['wsgi.errors'], inContext)
  else later(inContext)
}

function runSoon(log: ErrorStream, task: () => void | Promise<void>): void {
  setTimeout(async () => {
    try {
      await task()
    } catch (error) {
      log.write(
        `a task after the response failed: ${error instanceof Error ? (error.stack ?? error.message) : typeof error}\n`,
      )
      log.flush()
    }
  }, 0)
}
