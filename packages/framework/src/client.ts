/**
 * `@tsgi/framework/client`: calls the routes of an application by what they declare. It imports the application's type and
 * nothing of its code, so a page may bundle it. Knows `fetch`; knows no schema at run time.
 */
import { ClientError } from './client/client-error.ts'
import { type ClientEvent, eventsOf } from './client/event-stream.ts'
import { pathOf } from './client/path-text.ts'
import type { ClientInput, InputArguments, ResponseOf, RouteKey } from './client/route-calls.ts'

export { ClientError } from './client/client-error.ts'
export type { ClientEvent } from './client/event-stream.ts'
export type { ClientInput, InputArguments, ResponseOf, RouteKey } from './client/route-calls.ts'

/** An application, as far as its type goes: its list of routes. */
export interface Described {
  readonly entries: readonly unknown[]
}

/** Options of `client`. */
export interface ClientOptions {
  /** Sends a request. In a test: `toFetchHandler(application)`, without a socket. @default the platform's `fetch` */
  readonly fetch?: ((request: Request) => Response | Promise<Response>) | undefined
  /** Sent with each request, such as `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Calls routes by method and pattern. */
export interface Client<App extends Described> {
  /**
   * Calls a route: `api('GET /notes/:id', { params: { id: 7 } })`.
   * @returns what its response schema declares; without one `unknown`: JSON, or text. Undefined for an empty response.
   * @throws ClientError for a status from 400 on; TypeError for a parameter that is missing.
   */
  <const Key extends RouteKey<App>>(key: Key, ...input: InputArguments<App, Key>): Promise<ResponseOf<App, Key>>
  /** Server-sent events of a route. The connection is closed when the loop over them ends. @throws ClientError. */
  events<const Key extends RouteKey<App>>(
    key: Key,
    ...input: InputArguments<App, Key>
  ): AsyncGenerator<ClientEvent, void>
}

/**
 * A client of an application, typed by what its routes declare.
 * @param base where it is: `https://example.org/shop`, or `/` for the page's own origin.
 * @example
 * import type { application } from '@notes/api'
 * const api = client<typeof application>('/')
 * const note = await api('GET /notes/:id', { params: { id: 7 } })
 */
export function client<App extends Described>(base: string | URL, options: ClientOptions = {}): Client<App> {
  const call = async (key: string, input: ClientInput = {}): Promise<unknown> => contentOf(await send(key, input))
  const events = async function* (key: string, input: ClientInput = {}): AsyncGenerator<ClientEvent, void> {
    const { body } = await send(key, input, 'text/event-stream')
    if (body !== null) yield* eventsOf(body)
  }
  const send = async (key: string, input: ClientInput, accept = 'application/json'): Promise<Response> => {
    const request = requestFor(String(base), key, input, accept, options)
    const response = await (options.fetch ?? fetch)(request)
    if (response.status >= 400) throw await ClientError.of(key, response)
    return response
  }
  // What is checked here by types only is what the routes declare; the server checks it again.
  return Object.assign(call, { events }) as unknown as Client<App>
}

function requestFor(base: string, key: string, input: ClientInput, accept: string, options: ClientOptions): Request {
  const space = key.indexOf(' ')
  const url = `${base.replace(/\/$/, '')}${pathOf(key.slice(space + 1), input.params ?? {})}${queryOf(input.query)}`
  const headers = new Headers({ accept, ...options.headers, ...input.headers })
  const hasBody = input.body !== undefined
  if (hasBody) headers.set('content-type', 'application/json')
  const init = { method: key.slice(0, space), headers, signal: input.signal ?? null }
  return new Request(absolute(url), hasBody ? { ...init, body: JSON.stringify(input.body) } : init)
}

/** A path without a host belongs to the origin of the page, if there is a page. */
function absolute(url: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location
  return url.startsWith('/') ? new URL(url, page?.href ?? 'http://localhost').href : url
}

function queryOf(query: ClientInput['query'] = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) search.append(name, String(each))
  }
  return search.size === 0 ? '' : `?${search}`
}

async function contentOf(response: Response): Promise<unknown> {
  const text = await response.text()
  if (text === '') return undefined
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')
    ? JSON.parse(text)
    : text
}
