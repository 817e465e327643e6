/**
 * One request of HTTP/2 and its response: one stream of a session of `node:http2`. Knows the stream; what all requests
 * have in common is request.ts, and framing, flow control and HPACK are Node's.
 */
import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Chunk } from '@tsgi/contract'
import { type EnvironTemplate, type ResponseHead, writeEntry } from '@tsgi/gateways/exchange'
import { HttpError } from '../http1/errors.ts'
import { judgeFields } from '../http1/header-section.ts'
import type { Limits } from '../http1/limits.ts'
import { judgeTarget } from '../http1/request-target.ts'
import type { ConnectionContext } from './connection-context.ts'
import { type RequestFields, type RequestOrigin, ServedRequest } from './request.ts'
import { RequestBody } from './request-body.ts'

/** The version as the environ and the access log have it (SPEC C25). */
const PROTOCOL = 'HTTP/2.0'

/** A request as HTTP/1.1 would have brought it, judged by the same rules. */
export interface Http2Head extends RequestFields {
  readonly section: ReturnType<typeof judgeFields>
}

/**
 * @param fields flat, as `node:http2` gives them: pseudo-header fields first (RFC 9113 §8.3).
 * @throws HttpError
 */
export function readHead(fields: readonly string[], limits: Limits): Http2Head {
  const { method, target, authority } = pseudoFields(fields)
  if (method.length > limits.method) throw new HttpError(501, 'the method is too long')
  if (target.length > limits.requestLine) throw new HttpError(414, 'the request line is too long')
  judgeTarget(method, target)
  const headers: string[] = authority === '' ? [] : ['host', authority]
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    // RFC 9113 §8.3.1: `:authority` takes the place of Host.
    if (!name.startsWith(':') && (name !== 'host' || authority === '')) headers.push(name, fields[i + 1] ?? '')
  }
  return { method, target, protocol: PROTOCOL, section: judgeFields(headers, 1, limits) }
}

/** What could be read of a request line. */
export function lineOf(fields: readonly string[]) {
  const { method, target } = pseudoFields(fields)
  return { method, target, protocol: PROTOCOL }
}

function pseudoFields(fields: readonly string[]) {
  const found = { method: '', target: '', authority: '' }
  for (let i = 0; i < fields.length && fields[i]?.startsWith(':') === true; i += 2) {
    const value = fields[i + 1] ?? ''
    if (fields[i] === ':method') found.method = value
    else if (fields[i] === ':path') found.target = value
    else if (fields[i] === ':authority') found.authority = value
  }
  // RFC 9113 §8.5: CONNECT has no path.
  if (found.method === 'CONNECT' && found.target === '') found.target = found.authority
  return found
}

/** What a request asks of its connection. */
export interface Http2RequestOwner {
  /** The response is complete, or never will be. */
  requestOver(request: Http2Request): void
}

export class Http2Request extends ServedRequest {
  readonly hasTrailers = true
  readonly #stream: ServerHttp2Stream
  readonly #owner: Http2RequestOwner
  readonly #server: string | undefined
  /** Since when the client has taken nothing of what waits for it, on the clock of `Timeouts`. */
  #stalledSince: number
  #drained: PromiseWithResolvers<void> | undefined
  /** Whether the client has said `TE: trailers`. */
  #takesTrailers = false
  /** Flat name, value, …: those of the response. */
  #trailers: readonly string[] = []
  /** When the request began, on the clock of `Timeouts`. */
  readonly since: number

  constructor(
    context: ConnectionContext,
    origin: RequestOrigin,
    beganAt: number,
    stream: ServerHttp2Stream,
    owner: Http2RequestOwner,
  ) {
    super(context, origin, beganAt)
    this.#stream = stream
    this.#owner = owner
    this.#server = context.settings.serverHeader
    this.since = this.#stalledSince = context.timeouts.now
    stream.on('drain', () => this.#onDrain())
    stream.on('error', () => undefined) // 'close' follows
    stream.on('finish', () => this.#finished())
  }

  /** Whether the response is over. Its last bytes may still wait for the client. */
  get isOver(): boolean {
    return this.progress === 'ended'
  }

  get isSlow(): boolean {
    return this.#isCongested || this.body?.isAwaited === true
  }

  get #isCongested(): boolean {
    const { writableNeedDrain, errored, destroyed } = this.#stream
    return writableNeedDrain || errored !== null || destroyed
  }

  run(head: Http2Head, template: EnvironTemplate): void {
    this.#takesTrailers = template.HTTP_TE !== undefined
    if (!this.#stream.endAfterHeaders) this.#receiveBody(head)
    this.runApplication(head, template)
  }

  #receiveBody({ section }: Http2Head): void {
    const { settings, timeouts } = this.context
    const framing = section.framing.kind === 'length' ? section.framing : ({ kind: 'delimited' } as const)
    const body = new RequestBody(framing, section.expectsContinue, settings.limits, this, timeouts)
    const stream = this.#stream
    this.body = body
    body.receiveTrailers([])
    stream.on('trailers', (_fields: IncomingHttpHeaders, _flags: number, flat: readonly string[]) =>
      body.receiveTrailers(flat),
    )
    stream.on('data', (bytes: Buffer) => {
      this.context.collector.passed(bytes.length)
      body.receive(bytes, 0)
      if (body.isFull) stream.pause()
    })
    stream.on('end', () => body.ended())
  }

  /** The stream is closed, by either side. */
  closed(): void {
    this.#drained?.resolve()
    if (this.progress === 'ended') return
    this.abandon('the client went away')
    this.#owner.requestOver(this)
  }

  /** Acts on the clocks of the request, and of what the client does not take. */
  override check(now: number): void {
    const { timeouts } = this.context
    const { writableFinished, writableLength } = this.#stream
    const waits = this.#isCongested || (this.progress === 'ended' && (writableLength > 0 || !writableFinished))
    if (waits && timeouts.isOver(timeouts.clocks.write, this.#stalledSince)) this.cut('the client stopped reading')
    else if (this.progress !== 'ended') super.check(now, this.since)
  }

  /** Ends the stream so that the client can tell that something is missing (RFC 9113 §8.1). */
  cut(reason: string): void {
    if (this.progress !== 'ended') {
      this.abandon(reason)
      this.#owner.requestOver(this)
    }
    this.#stream.destroy(new Error(reason))
  }

  // ------------------------------------------------------------------ the response, from the exchange

  writeHead(head: ResponseHead): void {
    if (this.progress !== 'waiting') return
    this.progress = 'head'
    this.status = head.code
    this.responseHeaders = head.headers
    if (this.#stream.destroyed) return
    try {
      const isEmpty = head.bodyless || (head.contentLength === 0 && head.trailers === undefined)
      const waitForTrailers = this.#takesTrailers && !isEmpty
      if (waitForTrailers) this.#stream.once('wantTrailers', () => this.#sendTrailers())
      this.#stream.respond(this.#fields(head), { endStream: isEmpty, waitForTrailers })
    } catch (error) {
      // Node refuses some fields that are given twice; the contract does not.
      writeEntry(this.context.settings.errors, `${this.summary}: ${error instanceof Error ? error.message : error}`)
      this.abort(error)
    }
  }

  /** RFC 9113 §8.1: a header section behind the last byte; none where there is nothing to say. */
  #sendTrailers(): void {
    const fields: OutgoingHttpHeaders = {}
    addFields(fields, this.#trailers)
    try {
      this.#stream.sendTrailers(fields)
    } catch (error) {
      writeEntry(this.context.settings.errors, `${this.summary}: ${error instanceof Error ? error.message : error}`)
      this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    }
  }

  #fields({ code, headers, contentLength, trailers }: ResponseHead): OutgoingHttpHeaders {
    const fields: OutgoingHttpHeaders = { ':status': code }
    if (this.#server !== undefined) fields.server = this.#server
    addFields(fields, headers)
    if (trailers !== undefined) fields.trailer = trailers.join(', ')
    const announced = code === 204 ? undefined : code === 205 ? 0 : contentLength
    if (announced !== undefined) fields['content-length'] = String(announced)
    return fields
  }

  flushHead(): void {
    // `respond` holds nothing back.
  }

  write(chunk: Chunk, bytes: number): boolean {
    if (this.progress !== 'head' || this.#stream.writableEnded || this.#stream.destroyed) return true
    this.bytes += bytes
    this.#stream.write(chunk)
    if (this.#isCongested) this.#stalledSince = this.context.timeouts.now
    return !this.#isCongested
  }

  drained(): Promise<void> {
    if (!this.#isCongested || this.#stream.closed) return Promise.resolve()
    this.#drained ??= Promise.withResolvers()
    return this.#drained.promise
  }

  #onDrain(): void {
    this.#stalledSince = this.context.timeouts.now
    this.#drained?.resolve()
    this.#drained = undefined
  }

  end(trailers: readonly string[] = []): void {
    if (this.progress === 'ended') return
    this.progress = 'ended'
    this.#trailers = trailers
    this.#stalledSince = this.context.timeouts.now
    this.body?.drop()
    this.#stream.end()
    this.#owner.requestOver(this)
  }

  /** RFC 9113 §8.1: the rest of a request that has its response is not wanted, and that is no error. */
  #finished(): void {
    if (this.body?.complete === false && !this.#stream.readableEnded) this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }

  abort(_reason: unknown): void {
    if (this.progress === 'ended') return
    this.discard()
    this.broken('the application failed in mid-response')
    this.#stream.destroy(new Error('the response cannot be completed'))
    this.#owner.requestOver(this)
  }

  informational(status: string, headers: readonly string[]): void {
    if (this.progress !== 'waiting' || this.#stream.destroyed) return
    const fields: OutgoingHttpHeaders = { ':status': Number(status.slice(0, 3)) }
    addFields(fields, headers)
    this.#stream.additionalHeaders(fields)
  }

  protected discard(): void {
    this.progress = 'ended'
  }

  // ------------------------------------------------------------------ the request body, from its reader

  bodyWanted(): void {
    if (this.#stream.isPaused()) this.#stream.resume()
  }

  continueWanted(): void {
    if (this.progress === 'waiting' && !this.#stream.destroyed) this.#stream.additionalHeaders({ ':status': 100 })
  }
}

/** RFC 9113 §8.2: names are lower case. A name that comes twice stays twice. */
function addFields(fields: IncomingHttpHeaders | OutgoingHttpHeaders, headers: readonly string[]): void {
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase()
    const value = headers[i + 1] ?? ''
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined
    fields[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [String(before), value]
  }
}
