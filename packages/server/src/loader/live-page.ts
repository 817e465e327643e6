/**
 * For development: pages that load themselves again when the code has changed, and a 404 that names the routes nearest to
 * what was asked for. Adds to HTML only, and only under `tsgi serve --reload`. Knows the contract and the shape of a route
 * table.
 */
import type { Application, Body, Chunk, HeaderList, StartResponse } from '@tsgi/contract'
import { nearest } from '../config/suggestion.ts'

/** Where the script of a page asks. Not one of an application's: no segment of theirs begins like this by chance. */
export const LIVE_PATH = '/-/tsgi-live'

/** A stream ends by itself after this time, so that a worker that retires does not wait for it. */
const STREAM_MAX_MS = 5_000
const RETRY_MS = 250
const MAX_ROUTES = 5

/** In the browser: the first word that a stream says is the version; another version than the page's is a reason to load it. */
const SCRIPT = `let version
new EventSource('${LIVE_PATH}/events').onmessage = ({ data }) => {
  if (version !== undefined && data !== version) location.reload()
  version = data
}
`

export interface LivePageOptions {
  /** Of the code that is served. */
  readonly version: string
  /** The route table of the application, if it has one. */
  readonly routes?: unknown
  /** Resolves when there is newer code. */
  readonly outdated: Promise<void>
}

export function livePage(application: Application, options: LivePageOptions): Application {
  return (environ, startResponse) => {
    const path = environ.SCRIPT_NAME + environ.PATH_INFO
    if (path === `${LIVE_PATH}/script.js`) return script(startResponse)
    if (path === `${LIVE_PATH}/events`) return events(startResponse, options)
    if (environ.REQUEST_METHOD !== 'GET') return application(environ, startResponse)
    let addition: string | undefined
    const body = application(environ, (status, headers, ...error) => {
      addition = isPlainHtml(headers) ? additionFor(status, path, options.routes) : ''
      return startResponse(status, addition === '' ? headers : headersOfExtended(headers), ...error)
    })
    const whole = (one: Body) => (addition === '' ? one : extended(one, () => addition ?? ''))
    return body instanceof Promise ? body.then(whole) : whole(body)
  }
}

function script(startResponse: StartResponse): Body {
  startResponse('200 OK', [
    ['Content-Type', 'text/javascript'],
    ['Cache-Control', 'no-store'],
  ])
  return SCRIPT
}

function events(startResponse: StartResponse, { version, outdated }: LivePageOptions): Body {
  startResponse('200 OK', [
    ['Content-Type', 'text/event-stream'],
    ['Cache-Control', 'no-store'],
  ])
  return (async function* () {
    yield `retry: ${RETRY_MS}\ndata: ${version}\n\n`
    const timeout = new AbortController()
    await Promise.race([outdated, after(STREAM_MAX_MS, timeout.signal)])
    timeout.abort()
  })()
}

function after(delay: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delay)
    timer.unref()
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

function isPlainHtml(headers: HeaderList): boolean {
  const value = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  return /^text\/html\b/i.test(value('content-type') ?? '') && value('content-encoding') === undefined
}

/** Without a length, and with a policy (CSP 3) that lets the script of this page run. */
function headersOfExtended(headers: HeaderList): HeaderList {
  return headers
    .filter(([name]) => name.toLowerCase() !== 'content-length')
    .map(([name, value]) =>
      name.toLowerCase() === 'content-security-policy' ? [name, openedPolicy(value)] : [name, value],
    )
}

/** Each policy of the list, which commas separate, with `'self'` for scripts and for event streams. */
export function openedPolicy(value: string): string {
  return value
    .split(',')
    .map((policy) => withSelf(withSelf(policy, 'script-src'), 'connect-src'))
    .join(',')
}

function withSelf(policy: string, name: string): string {
  const directives = policy
    .split(';')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '')
  const isNamed = (wanted: string) => (directive: string) => directive.toLowerCase().split(/\s/, 1)[0] === wanted
  const own = directives.find(isNamed(name))
  const fallback = directives.find(isNamed('default-src'))
  const sources = (own ?? fallback)?.split(/\s+/).slice(1)
  // What no directive names is allowed.
  if (sources === undefined) return policy
  const kept = sources.filter((source) => source.toLowerCase() !== "'none'")
  const opened = [name, ...new Set([...kept, "'self'"])].join(' ')
  return directives
    .map((directive) => (directive === own ? opened : directive))
    .concat(own === undefined ? opened : [])
    .join('; ')
}

function additionFor(status: string, path: string, routes: unknown): string {
  if (/^(?:204|205|206|304)/.test(status)) return ''
  const hint = status.startsWith('404') ? hintFor(path, routes) : ''
  return `${hint}<script type="module" src="${LIVE_PATH}/script.js"></script>\n`
}

function hintFor(path: string, routes: unknown): string {
  const patterns = nearestPatterns(path, patternsOf(routes))
  if (patterns.length === 0) return ''
  const items = patterns.map((pattern) => `<li><code>${escapeHtml(pattern)}</code></li>`)
  return `<section><p>Development: the routes nearest to <code>${escapeHtml(path)}</code>:</p><ul>${items.join('')}</ul></section>\n`
}

function patternsOf(table: unknown): readonly string[] {
  if (!Array.isArray(table)) return []
  return table.flatMap((entry: unknown) => {
    const { pattern, methods }: { pattern?: unknown; methods?: unknown } = Object(entry)
    if (typeof pattern !== 'string') return []
    return [`${Array.isArray(methods) ? `${methods.join(', ')} ` : ''}${pattern === '' ? '/' : pattern}`]
  })
}

/** Those that begin alike come first, then those that are spelt alike. */
export function nearestPatterns(path: string, patterns: readonly string[]): readonly string[] {
  const target = (pattern: string) => pattern.slice(pattern.indexOf('/'))
  const meant = nearest(path, patterns.map(target))
  const first = path.split('/')[1] ?? ''
  const likeness = (pattern: string) => {
    const own = target(pattern)
    return (own === meant ? 2 : 0) + (own.split('/')[1] === first ? 1 : 0)
  }
  const ordered = patterns.map((pattern, at) => ({ pattern, at, like: likeness(pattern) }))
  return ordered
    .sort((one, other) => other.like - one.like || one.at - other.at)
    .slice(0, MAX_ROUTES)
    .map(({ pattern }) => pattern)
}

/** @param addition known once the body has begun. */
function extended(body: Body, addition: () => string): Body {
  if (typeof body === 'string') return body + addition()
  if (body instanceof Uint8Array) return Buffer.concat([body, Buffer.from(addition())])
  const chunks = Symbol.asyncIterator in body ? { [Symbol.asyncIterator]: () => followedBy(body, addition) } : undefined
  if (chunks !== undefined) return { ...chunks, close: () => body.close?.() }
  const { close } = body
  return {
    [Symbol.iterator]: () => followedBySync(body as Iterable<Chunk>, addition), // what is no other kind of body
    close: () => close?.call(body),
  }
}

async function* followedBy(body: AsyncIterable<Chunk>, addition: () => string): AsyncGenerator<Chunk> {
  yield* body
  if (addition() !== '') yield addition()
}

function* followedBySync(body: Iterable<Chunk>, addition: () => string): Generator<Chunk> {
  yield* body
  if (addition() !== '') yield addition()
}

/** The charset of the page is not ours to know: what is not ASCII is written in ASCII. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"]|[^\x20-\x7e]/gu, (character) => `&#${character.codePointAt(0)};`)
}
