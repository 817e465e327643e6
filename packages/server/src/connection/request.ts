/**
 * One request, whatever protocol brought it: its environ, its time limit, the response that the server gives by itself,
 * its access record. Knows the exchange; knows neither socket nor framing, which a subclass per protocol adds.
 */
import type { Chunk, Environ, Input } from '@tsgi/contract'
import {
  BodyInput,
  type ConnectionFacts,
  EMPTY_INPUT,
  type EnvironTemplate,
  Exchange,
  environTemplate,
  type LoopTurn,
  makeEnviron,
  type ResponseHead,
  repeatEnviron,
  requestLabel,
  type Sink,
  sendErrorResponse,
} from '@tsgi/gateways/exchange'
import { HttpError } from '../http1/errors.ts'
import { escaped } from '../log/escape.ts'
import { readForwarded } from '../proxy/forwarded.ts'
import type { ForwardedTrust } from '../proxy/forwarded-trust.ts'
import { type RequestClaims, readQueueTime, readRequestId, readTraceparent } from '../proxy/request-claims.ts'
import { CombinedLineCache } from './access-log.ts'
import type { AccessRecord } from './access-record.ts'
import type { ConnectionContext } from './connection-context.ts'
import type { BodyOwner, RequestBody } from './request-body.ts'
import { requestChannel, traced } from './request-channel.ts'
import { newRequestId, newTraceparent } from './request-ids.ts'

/** What is asked for. */
export interface RequestLine {
  readonly method: string
  /** As it was sent. */
  readonly target: string
  /** `'HTTP/1.1'`. */
  readonly protocol: string
}

/** A request line with its header section; both are compared by identity. */
export interface RequestFields extends RequestLine {
  readonly section: HeaderFields
}

/** Flat: name, value, name, value, …. */
interface HeaderFields {
  readonly headers: readonly string[]
}

/**
 * What the requests of one connection have in common. Most of an environ is the same for all requests with the same
 * header section, and all but its body for the same head: keeps the last of each. Reads once per section what trusted
 * proxies say of the client.
 */
export class RequestOrigin {
  readonly facts: ConnectionFacts
  readonly #trusted: ForwardedTrust
  /** Who sends the fields of requests: the peer, as REMOTE_ADDR has it. */
  readonly #speaker: string
  /** Of the last section; absent where the peer is not believed. */
  #claims: RequestClaims | undefined
  #lines: CombinedLineCache | undefined
  #section: HeaderFields | undefined
  #template: EnvironTemplate | undefined
  #head: RequestFields | undefined
  /** Of a head that has come again: copied, never handed out. */
  #repeated: Environ | undefined

  /** @param speaker the peer, where it is another than the client that the facts are of. */
  constructor(facts: ConnectionFacts, trusted: ForwardedTrust, speaker = facts.remoteAddr) {
    this.facts = facts
    this.#trusted = trusted
    this.#speaker = speaker
  }

  /** What the access log has written of the request before. */
  get lines(): CombinedLineCache {
    this.#lines ??= new CombinedLineCache()
    return this.#lines
  }

  /** @throws HttpError 400 when a trusted proxy says what cannot be understood. */
  templateFor(section: HeaderFields): EnvironTemplate {
    if (this.#template === undefined || this.#section !== section) {
      this.#template = this.#makeTemplate(section.headers)
      this.#section = section
    }
    return this.#template
  }

  /** @returns a new environ; `undefined` when the path of the target cannot be decoded. */
  makeEnviron(head: RequestFields, input: Input): Environ | undefined {
    const { method, target, protocol, section } = head
    if (this.#head !== head) {
      this.#head = head
      this.#repeated = undefined
      return makeEnviron(this.templateFor(section), { method, target, protocol, input })
    }
    this.#repeated ??= makeEnviron(this.templateFor(section), { method, target, protocol, input: EMPTY_INPUT })
    return this.#repeated === undefined ? undefined : repeatEnviron(this.#repeated, input)
  }

  /** Gives the request its id and its place in a trace: those that a believed peer says, else new ones. */
  identify(environ: Environ): void {
    const claims = this.#claims
    const id = newRequestId()
    environ['tsgi.request_id'] = claims?.requestId ?? id
    environ['tsgi.traceparent'] = claims?.traceparent ?? newTraceparent()
  }

  /** Milliseconds that the request waited for us, by a front that is believed. @param receivedAt since the epoch. */
  queueTime(template: EnvironTemplate | undefined, receivedAt: number): number | undefined {
    const start = template?.HTTP_X_REQUEST_START
    if (start === undefined || !this.#trusted.peers.has(this.#speaker)) return undefined
    return readQueueTime(start, receivedAt)
  }

  /** Keeps nothing of the request before. */
  forget(): void {
    this.#section = this.#claims = this.#template = this.#head = this.#repeated = this.#lines = undefined
  }

  #makeTemplate(headers: readonly string[]): EnvironTemplate {
    const { facts } = this
    const seen = readForwarded(headers, facts.remoteAddr, facts.remotePort, this.#trusted)
    const { remoteAddr, remotePort, scheme = facts.scheme } = seen
    const template = environTemplate(seen.headers, { ...facts, remoteAddr, remotePort, scheme })
    this.#claims = this.#trusted.tracePeers.has(this.#speaker) ? claimsOf(template) : undefined
    return template
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function claimsOf({ HTTP_X_REQUEST_ID, HTTP_TRACEPARENT }: EnvironTemplate): RequestClaims {
  return { requestId: readRequestId(HTTP_X_REQUEST_ID), traceparent: readTraceparent(HTTP_TRACEPARENT) }
}

/** - `waiting`: no head yet; - `head`: it is sent, and what it announced follows; - `ended`: nothing follows. */
type ResponseProgress = 'waiting' | 'head' | 'ended'

/** Dead once it has ended: nothing that an application does late reaches the next response. */
export abstract class ServedRequest implements Sink, BodyOwner {
  protected readonly context: ConnectionContext
  readonly #origin: RequestOrigin
  /** `performance.now()` at the first byte of the request; read only where it is logged. */
  readonly #beganAt: number
  #line: RequestLine | undefined
  #template: EnvironTemplate | undefined
  #environ: Environ | undefined
  #exchange: Exchange | undefined
  #reason: string | undefined
  protected progress: ResponseProgress = 'waiting'
  /** Of the head that was sent, for the access log. Flat. */
  protected responseHeaders: readonly string[] | undefined
  /** The status that was sent, 0 before. */
  status = 0
  /** Bytes of the response body that were sent, without framing. */
  bytes = 0
  /** The body that may still have bytes to come. */
  body: RequestBody | undefined

  constructor(context: ConnectionContext, origin: RequestOrigin, beganAt: number) {
    this.context = context
    this.#origin = origin
    this.#beganAt = beganAt
    context.requestsUnderWay++
  }

  /** For `Sink`. */
  get turn(): LoopTurn {
    return this.context.loopTurn
  }

  /** For `BodyOwner`. */
  memoryFreed(bytes: number): void {
    this.context.collector.freed(bytes)
  }

  /** What is asked for, as far as it could be read. */
  get line(): RequestLine | undefined {
    return this.#line
  }

  /** Whether the client has got nothing yet, and still waits. */
  get isUnanswered(): boolean {
    return this.progress === 'waiting'
  }

  /** For the log: `GET /users/7 [id=… route=/users/:id]`, whatever a client sent. */
  get summary(): string {
    const request = escaped(`${this.#line?.method ?? '-'} ${this.#line?.target ?? '-'}`)
    return this.#environ === undefined ? request : `${request}${requestLabel(this.#environ)}`
  }

  /** Milliseconds since its first byte; only where requests are timed. */
  get age(): number {
    return performance.now() - this.#beganAt
  }

  /** Hands the request to the application. A response that is ready at once is in the write buffer when this returns. */
  protected runApplication(head: RequestFields, template: EnvironTemplate): void {
    this.#line = head
    this.#template = template
    const environ = this.#origin.makeEnviron(head, this.body === undefined ? EMPTY_INPUT : new BodyInput(this.body))
    if (environ === undefined) {
      this.refuse(new HttpError(400, 'the path has a malformed escape'), head)
      return
    }
    this.#origin.identify(environ)
    this.#environ = environ
    const { application } = this.context.settings
    this.#exchange = new Exchange(requestChannel.hasSubscribers ? traced(application) : application, environ, this)
    this.#exchange.run()
  }

  /** Responds in the application's place; nothing follows. @param line what could be read of the request. */
  refuse(error: HttpError, line: RequestLine | undefined): void {
    this.#line = line
    this.#reason = error.message
    sendErrorResponse(this, error.status, line?.method === 'HEAD')
  }

  /**
   * The client has ended its side. Most clients are gone then, some only ask no more: `tsgi.signal` is aborted, and the
   * response is sent all the same. In another protocol that is the end of the input, and no more.
   */
  clientEnded(): void {
    if (!this.isUpgraded) this.#exchange?.clientEnded(new Error('the client has closed the connection'))
  }

  /** Acts on the clocks of the request. @param since when it began, on the clock of `Timeouts`. */
  check(now: number, since: number): void {
    const { timeouts } = this.context
    if (this.body?.isOverdue(now) === true) {
      this.#reason ??= 'the request body came too slowly'
      this.body.fail(new HttpError(408, this.#reason))
    } else if (!this.isUpgraded && timeouts.isOver(timeouts.clocks.request, since))
      this.fail(this.body?.isAwaited === true ? 408 : 503, 'the request took too long')
  }

  /** The connection speaks another protocol, which lasts as long as both sides wish. */
  protected get isUpgraded(): boolean {
    return this.status === 101
  }

  /** Stops waiting for the application: aborts its signal, and sends the client an error response if that is still possible. */
  fail(status: number, reason: string): void {
    const error = new HttpError(status, reason)
    this.#exchange?.abort(error)
    if (this.progress === 'waiting') this.refuse(error, this.#line)
    else {
      this.#reason = reason
      this.abort(error)
    }
  }

  /** The connection is gone. */
  abandon(reason: string): void {
    this.#reason ??= reason
    this.discard()
    this.#exchange?.abort(new Error(this.#reason))
    this.body?.drop()
  }

  /** The response cannot be completed. @param reason for the access log, unless there is one. */
  protected broken(reason: string): void {
    this.#reason ??= reason
    this.body?.drop()
  }

  /** From the connection, once: the request is over. It is counted and logged. */
  settle(): void {
    const { context } = this
    context.requestsUnderWay--
    context.requestsEnded++
    context.onRequestEnded?.()
    context.settings.log?.(this.#record(), this.#origin.lines)
  }

  #record(): AccessRecord {
    const duration = performance.now() - this.#beganAt
    const time = Date.now() - duration
    const environ = this.#environ
    return {
      time,
      duration,
      // As the environ has it: trusted proxies have been believed there.
      remoteAddr: this.#template?.REMOTE_ADDR ?? this.#origin.facts.remoteAddr,
      method: this.#line?.method,
      target: this.#line?.target,
      protocol: this.#line?.protocol,
      status: this.status,
      bytes: this.bytes,
      host: this.#template?.HTTP_HOST,
      referer: this.#template?.HTTP_REFERER,
      userAgent: this.#template?.HTTP_USER_AGENT,
      reason: this.#reason ?? this.body?.fault,
      // The application may have set anything.
      route: textOf(environ?.['tsgi.route']),
      requestId: textOf(environ?.['tsgi.request_id']),
      traceparent: textOf(environ?.['tsgi.traceparent']),
      queue: this.#origin.queueTime(this.#template, time),
      headers: this.#template,
      environ,
      responseHeaders: this.responseHeaders,
    }
  }

  waitUntil(promise: Promise<unknown>): void {
    this.context.background.add(promise)
  }

  abstract writeHead(head: ResponseHead): void
  abstract write(chunk: Chunk, bytes: number): boolean
  abstract drained(): Promise<void>
  abstract end(trailers?: readonly string[]): void
  abstract abort(reason: unknown): void
  abstract bodyWanted(): void
  abstract continueWanted(): void
  /** Drops whatever still comes of the response. */
  protected abstract discard(): void
}
