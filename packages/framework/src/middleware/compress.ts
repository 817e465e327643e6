/**
 * Content codings: `br`, `zstd` and `gzip`, as the client asks for them (RFC 9110 §12.5.3). A middleware of the contract;
 * what the headers say is coded-headers.ts, how bytes are coded content-encoder.ts. Needs `node:zlib`
 * (docs/decisions/0030-node-in-optional-middleware.md).
 */
import type { Body, Chunk, Environ, HeaderList, Middleware, StartResponse } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { isPromise } from '../response/respond.ts'
import { keepLife } from '../routing/application-life.ts'
import { preferredCodings, refusesIdentity } from '../static/content-coding.ts'
import { isChunk, isFileBody, isStream, sentLength, wholeChunks, withCloseOf } from './body-kind.ts'
import {
  codedHeaders,
  headerValue,
  isCompressible,
  mayBeCoded,
  partHeaders,
  revalidatedHeaders,
  withVary,
} from './coded-headers.ts'
import { type CodingName, ContentEncoder, encodeAtOnce, MAX_INLINE_BYTES } from './content-encoder.ts'
import { type BodyFilter, FilteredBody } from './filtered-body.ts'
import { type HeadHolder, HeldHead } from './held-head.ts'

/** Options of `compress`. */
export interface CompressOptions {
  /** Bytes from which a body of known length is coded. Default 1024. */
  readonly threshold?: number
  /** The codings to choose from. Default all three; where the client likes them alike it is `br`, `zstd`, `gzip`. */
  readonly codings?: readonly CodingName[]
  /** Which media types (lower case, without parameters) are worth it. Default: text, JSON, XML, fonts and the like. */
  readonly compressible?: (mediaType: string) => boolean
}

type Settings = Required<CompressOptions>

const NAMES: ReadonlySet<string> = new Set<keyof CompressOptions>(['threshold', 'codings', 'compressible'])
const CODINGS: readonly string[] = ['br', 'zstd', 'gzip'] satisfies readonly CodingName[]

/**
 * Codes what the client takes coded. A streamed body is flushed chunk by chunk.
 * @throws TypeError for an option that cannot be.
 */
export function compress(options: CompressOptions = {}): Middleware {
  refuseUnknown('compress', options, NAMES)
  const { threshold = 1024, codings = ['br', 'zstd', 'gzip'], compressible = isCompressible } = options
  const strange = codings.find((coding) => !CODINGS.includes(coding))
  if (strange !== undefined) throw new TypeError(`compress: no coding ${strange}; there are ${CODINGS.join(', ')}`)
  if (!(threshold >= 0)) throw new TypeError(`compress: threshold is ${threshold}; it must be bytes, 0 or more`)
  const settings = { threshold, codings, compressible }
  return keepLife((application) => (environ, startResponse) => {
    const exchange = new CodedExchange(environ, startResponse, settings)
    try {
      const body = application(environ, exchange.startResponse)
      if (!isPromise(body)) return exchange.answer(body)
      return body.then(
        (later) => exchange.answer(later),
        (error) => exchange.fail(error),
      )
    } catch (error) {
      return exchange.fail(error)
    }
  })
}

class CodedExchange implements HeadHolder, BodyFilter {
  readonly #method: string
  readonly #accepted: string | undefined
  readonly #ifNoneMatch: string | undefined
  readonly #settings: Settings
  readonly #head: HeldHead
  #coding: CodingName | undefined
  #encoder: ContentEncoder | undefined
  /** Those of a file come as fast as they are asked for; all others when the application has them. */
  #pace: 'at once' | 'gathered' = 'at once'
  /** The writes so far, one after the other. */
  #written: Promise<void> | undefined

  constructor(environ: Environ, startResponse: StartResponse, settings: Settings) {
    this.#method = environ.REQUEST_METHOD
    this.#accepted = environ.HTTP_ACCEPT_ENCODING
    this.#ifNoneMatch = environ.HTTP_IF_NONE_MATCH
    this.#settings = settings
    this.#head = new HeldHead(startResponse, this)
  }

  get startResponse(): StartResponse {
    return this.#head.startResponse
  }

  /** Holds only a head that may come to a coding. */
  onHead({ status, headers }: HeldHead): void {
    if (status.startsWith('304')) this.#head.pass(revalidatedHeaders(headers, this.#ifNoneMatch))
    else if (status.startsWith('206')) this.#head.pass(partHeaders(headers, this.#settings.compressible))
    else if (!mayBeCoded(status, headers, this.#settings.compressible)) this.#head.pass()
    else this.#hold(headers)
  }

  #hold(headers: HeaderList): void {
    this.#coding = this.#preferred()
    const declared = headerValue(headers, 'content-length')
    if (this.#coding === undefined || this.#isSmall(declared === undefined ? undefined : Number(declared))) {
      this.#head.pass(withVary(headers))
    }
  }

  onWrite(chunk: Chunk): Promise<void> {
    const isOurs = this.#head.state === 'held' && chunk.length > 0
    // From here on the head counts as sent, even if its bytes leave later.
    if (isOurs) this.#begin(undefined)
    const sent = (this.#written ?? Promise.resolve()).then(() => this.#send(chunk))
    this.#written = sent.catch(ignore)
    return sent
  }

  /** The application has returned. */
  answer(body: Body): Body | Promise<Body> {
    if (this.#written !== undefined) return this.#written.then(() => this.#rest(body))
    if (this.#head.state === 'passed') return body
    const chunks = wholeChunks(body)
    if (this.#head.state === 'none') return chunks === undefined && isStream(body) ? new FilteredBody(body, this) : body
    if (chunks !== undefined) return this.#answerWhole(body, chunks)
    return this.#answerStream(body)
  }

  fail(error: unknown): never {
    this.release()
    throw error
  }

  take(chunk: Chunk): Chunk | Promise<Chunk> {
    if (chunk.length === 0) return chunk
    if (this.#head.state === 'held') this.#begin(undefined)
    return this.#encoder?.encode(chunk, this.#pace) ?? chunk
  }

  end(): Chunk | Promise<Chunk> {
    if (this.#head.state === 'held') this.#head.pass(withVary(this.#head.headers))
    return this.#encoder?.finish() ?? ''
  }

  release(): void {
    this.#encoder?.free()
  }

  #preferred(): CodingName | undefined {
    return preferredCodings(this.#accepted)
      .map(({ name }) => name)
      .find((name) => this.#settings.codings.includes(name))
  }

  /** A client that refuses the plain form always gets the encoded one. */
  #isSmall(size: number | undefined): boolean {
    return size !== undefined && size < this.#settings.threshold && !refusesIdentity(this.#accepted)
  }

  #begin(size: number | undefined): void {
    if (this.#coding === undefined) return
    this.#head.pass(codedHeaders(this.#head.headers, this.#coding))
    this.#encoder = new ContentEncoder(this.#coding, size)
  }

  async #send(chunk: Chunk): Promise<void> {
    const coded = await this.take(chunk)
    if (coded.length > 0) await this.#head.write(coded)
  }

  /** After writes: what is returned goes the same way as what was written. */
  #rest(body: Body): Body {
    if (this.#encoder === undefined) return body
    if (isChunk(body)) return new FilteredBody([body], this)
    return isStream(body) ? new FilteredBody(body, this) : body
  }

  #answerWhole(body: Body, chunks: readonly Chunk[]): Body | Promise<Body> {
    const { headers } = this.#head
    const size = chunks.reduce((sum, chunk) => sum + sentLength(chunk), 0)
    // An application may leave the content of a HEAD out, and say only how long it would be.
    const declared = this.#method === 'HEAD' && size === 0 ? headerValue(headers, 'content-length') : undefined
    if (declared !== undefined && this.#coding !== undefined) {
      this.#head.pass(codedHeaders(headers, this.#coding))
      return body
    }
    if (size === 0 || this.#isSmall(size)) {
      this.#head.pass(withVary(headers))
      return body
    }
    if (this.#coding !== undefined && size <= MAX_INLINE_BYTES) return this.#encodeAtOnce(body, chunks, this.#coding)
    return this.#encodeWhole(body, chunks, size)
  }

  /** A small body stays synchronous. */
  #encodeAtOnce(body: Body, chunks: readonly Chunk[], coding: CodingName): Body {
    const coded = encodeAtOnce(coding, chunks)
    this.#head.pass(codedHeaders(this.#head.headers, coding))
    return withCloseOf(body, [coded])
  }

  async #encodeWhole(body: Body, chunks: readonly Chunk[], size: number): Promise<Body> {
    this.#pace = 'gathered'
    this.#begin(size)
    try {
      const parts: Chunk[] = []
      for (const chunk of chunks) parts.push(await this.take(chunk))
      parts.push(await this.end())
      return withCloseOf(
        body,
        parts.filter(({ length }) => length > 0),
      )
    } finally {
      this.release()
    }
  }

  #answerStream(body: Body): Body {
    if (!isStream(body)) {
      this.#head.pass()
      return body
    }
    if (isFileBody(body)) {
      if (body.length === 0 || this.#isSmall(body.length)) {
        this.#head.pass(withVary(this.#head.headers))
        return body
      }
      this.#pace = 'gathered'
    }
    return new FilteredBody(body, this)
  }
}

function ignore(): void {}
