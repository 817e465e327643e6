/**
 * The request as a view sees it: a look at the environ, each part made when it is first asked for.
 * Getters live on the prototype, so `({ params, query }) => …` takes only what it names.
 */
import type { Environ } from '@tsgi/contract'
import { HttpError } from './errors.ts'
import type { AnyParams } from './path-params.ts'
import { pathOfTarget } from './raw-path.ts'
import { RequestBody } from './request-body.ts'

export class Request<Params = AnyParams> {
  /** The contract's request, for all that has no name here. */
  readonly environ: Environ
  /** The parameters of the route's pattern, percent-decoded once. No prototype. */
  readonly params: Params
  readonly #bodyLimit: number
  #query: URLSearchParams | undefined
  #body: RequestBody | undefined

  constructor(environ: Environ, params: Params, bodyLimit: number) {
    this.environ = environ
    this.params = params
    this.#bodyLimit = bodyLimit
  }

  /** As it was sent; `HEAD` too, where a view for GET answers it. */
  get method(): string {
    return this.environ.REQUEST_METHOD
  }

  /** The whole path, percent-decoded. */
  get path(): string {
    return this.environ.SCRIPT_NAME + this.environ.PATH_INFO
  }

  /** The query, parsed as a form (WHATWG URL §5.1); bad escapes stand for themselves. */
  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.environ.QUERY_STRING)
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

  /** Readers of the body: `await body.json()`. */
  get body(): RequestBody {
    this.#body ??= new RequestBody(this.environ, this.#bodyLimit)
    return this.#body
  }

  /** A header by its name, whatever its case; undefined if it was not sent. */
  header(name: string): string | undefined {
    const key = name.toUpperCase().replaceAll('-', '_')
    if (key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH') return this.environ[key]
    return this.environ[`HTTP_${key}`]
  }
}
