/**
 * Conditional requests (RFC 9110 §13) for any application: an entity tag for a complete body that lacks one, and a 304
 * where the client has it already. A middleware of the contract; the conditions are judged as those of a file are.
 * Needs `node:crypto` (docs/decisions/0030-node-in-optional-middleware.md).
 */
import { createHash } from 'node:crypto'
import type { Body, Chunk, Environ, HeaderList, Middleware, StartResponse } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { isPromise } from '../response/respond.ts'
import { keepLife } from '../routing/application-life.ts'
import { judgeConditions, type Verdict } from '../static/conditions.ts'
import { parseHttpDate } from '../static/http-date.ts'
import { isStream, sentLength, wholeChunks } from './body-kind.ts'
import { BodySource } from './body-source.ts'
import { headerValue } from './coded-headers.ts'
import { type BodyFilter, FilteredBody } from './filtered-body.ts'
import { type HeadHolder, HeldHead } from './held-head.ts'

/** Options of `conditionalGet`. */
export interface ConditionalGetOptions {
  /** The most bytes that are hashed for a tag; a larger answer gets none. Default 4 MiB. */
  readonly limit?: number
}

/**
 * Answers GET and HEAD with 304 where a 200 would repeat what the client has, and with 412 where `If-Match` or
 * `If-Unmodified-Since` rule the answer out. Tags of the application are kept; a stream without one is passed on.
 */
export function conditionalGet(options: ConditionalGetOptions = {}): Middleware {
  refuseUnknown('conditionalGet', options, NAMES)
  const { limit = 4 * 2 ** 20 } = options
  if (!(limit >= 0)) throw new TypeError(`conditionalGet: limit is ${limit}; it must be bytes, 0 or more`)
  return keepLife((application) => (environ, startResponse) => {
    const { REQUEST_METHOD: method } = environ
    if (method !== 'GET' && method !== 'HEAD') return application(environ, startResponse)
    const exchange = new ConditionalExchange(environ, startResponse, limit)
    const body = application(environ, exchange.startResponse)
    return isPromise(body) ? body.then((later) => exchange.answer(later)) : exchange.answer(body)
  })
}

const NAMES: ReadonlySet<string> = new Set<keyof ConditionalGetOptions>(['limit'])

class ConditionalExchange implements HeadHolder, BodyFilter {
  readonly #environ: Environ
  readonly #limit: number
  readonly #head: HeldHead
  #verdict: Verdict = 'send'

  constructor(environ: Environ, startResponse: StartResponse, limit: number) {
    this.#environ = environ
    this.#limit = limit
    this.#head = new HeldHead(startResponse, this)
  }

  get startResponse(): StartResponse {
    return this.#head.startResponse
  }

  /** Only a 200 is a representation that the client may have (RFC 9110 §13.2.1). */
  onHead({ status }: HeldHead): void {
    if (!status.startsWith('200')) this.#head.pass()
  }

  onWrite(chunk: Chunk): Promise<void> {
    if (chunk.length === 0) return Promise.resolve()
    this.#decide()
    return this.#verdict === 'send' ? this.#head.write(chunk) : Promise.resolve()
  }

  /** The application has returned. */
  answer(body: Body): Body {
    if (this.#verdict !== 'send') return unsent(body)
    if (this.#head.state === 'passed') return body
    const chunks = wholeChunks(body)
    if (this.#head.state === 'none') return chunks === undefined && isStream(body) ? new FilteredBody(body, this) : body
    this.#decide(this.#tagFor(chunks))
    return this.#verdict === 'send' ? body : unsent(body)
  }

  take(chunk: Chunk): Chunk | undefined {
    if (chunk.length > 0) this.#decide()
    return this.#verdict === 'send' ? chunk : undefined
  }

  end(): Chunk {
    this.#decide()
    return ''
  }

  release(): void {}

  /** Passes on the held head, or another one instead. */
  #decide(tag?: string): void {
    if (this.#head.state !== 'held') return
    const headers = tag === undefined ? this.#head.headers : [...this.#head.headers, ['ETag', tag] as const]
    this.#verdict = judge(this.#environ, headers)
    if (this.#verdict === 'send') this.#head.pass(headers)
    else if (this.#verdict === 'unchanged') this.#head.pass(unchangedHeaders(headers), '304 Not Modified')
    else this.#head.pass([], '412 Precondition Failed')
  }

  /** A tag for a complete body. It is strong: it is a hash of the bytes (RFC 9110 §8.8.1). */
  #tagFor(chunks: readonly Chunk[] | undefined): string | undefined {
    const { headers } = this.#head
    if (chunks === undefined || headerValue(headers, 'etag') !== undefined) return undefined
    if (/\bno-store\b/i.test(headerValue(headers, 'cache-control') ?? '')) return undefined
    const size = chunks.reduce((sum, chunk) => sum + sentLength(chunk), 0)
    // An answer to HEAD may leave out the content that a GET would be tagged by.
    const isLeftOut =
      this.#environ.REQUEST_METHOD === 'HEAD' && size !== Number(headerValue(headers, 'content-length') ?? size)
    if (size === 0 || size > this.#limit || isLeftOut) return undefined
    const hash = createHash('sha256')
    for (const chunk of chunks) hash.update(chunk)
    return `"${hash.digest('base64url').slice(0, TAG_LENGTH)}"`
  }
}

/** Nothing, and at its end the end of the body that it stands for. */
function unsent(body: Body): Body {
  if (!isStream(body)) return ''
  const source = new BodySource(body)
  return Object.assign([], { close: () => source.discard() })
}

/** Characters of base64: 132 bits, beyond any accident. */
const TAG_LENGTH = 22

/** Without a tag only `*` matches, without a date no date counts. */
function judge(environ: Environ, headers: HeaderList): Verdict {
  const modified = headerValue(headers, 'last-modified')
  const lastModified = modified === undefined ? undefined : parseHttpDate(modified)
  const etag = headerValue(headers, 'etag') ?? ''
  if (lastModified !== undefined) return judgeConditions(environ, { etag, lastModified })
  if (environ.HTTP_IF_NONE_MATCH === undefined && environ.HTTP_IF_MATCH === undefined) return 'send'
  const undated: Environ = Object.create(environ, {
    HTTP_IF_MODIFIED_SINCE: { value: undefined },
    HTTP_IF_UNMODIFIED_SINCE: { value: undefined },
  })
  return judgeConditions(undated, { etag, lastModified: 0 })
}

/** A 304 has no headers that describe a body, and the date only without a tag (RFC 9110 §15.4.5). */
function unchangedHeaders(headers: HeaderList): HeaderList {
  const isTagged = headerValue(headers, 'etag') !== undefined
  return headers.filter(([name]) => {
    const known = name.toLowerCase()
    return !CONTENT.has(known) && !(isTagged && known === 'last-modified')
  })
}

const CONTENT: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-range',
  'content-type',
  'digest',
  'repr-digest',
])
