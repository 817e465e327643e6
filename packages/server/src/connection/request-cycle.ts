/**
 * One request on a connection, from its head to the last octet of its answer: makes environ, body, sink and exchange,
 * answers in the application's place where it must, and leaves one record. Dead after it has ended. Knows no socket;
 * its connection makes it and is told when it is over.
 */
import {
  BodyInput,
  EMPTY_INPUT,
  type EnvironTemplate,
  Exchange,
  type InputSource,
  type LoopTurn,
  sendErrorResponse,
} from '@tsgi/gateways/exchange'
import { HttpError } from '../http1/errors.ts'
import type { RequestHead, RequestLine } from '../http1/request-head.ts'
import { INTERIM_CONTINUE, type ResponseFrame } from '../http1/response-head.ts'
import { escaped } from '../log/escape.ts'
import type { AccessRecord } from './access-record.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { ConnectionContext } from './connection-context.ts'
import type { EnvironCache } from './environ-cache.ts'
import { Http1Sink, type ResponseOwner } from './http1-sink.ts'
import type { MinorGc } from './minor-gc.ts'
import { type BodyOwner, RequestBody, UNTIL_CLOSE } from './request-body.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** What a request asks of its connection. */
export interface CycleOwner {
  /** Whether the connection will not take another request after this one. */
  readonly retiring: boolean
  /** The response is complete and in the outbox. */
  cycleEnded(cycle: RequestCycle): void
  /** The response will never be complete. */
  cycleBroken(cycle: RequestCycle): void
  /** The application reads: what has arrived may be decoded, and more may come. */
  bodyWanted(): void
}

export class RequestCycle implements BodyOwner, ResponseOwner {
  readonly #context: ConnectionContext
  readonly #owner: CycleOwner
  readonly #outbox: WriteBuffer
  readonly #sink: Http1Sink
  #head: RequestHead | undefined
  #line: RequestLine | undefined
  #template: EnvironTemplate | undefined
  #body: RequestBody | undefined
  #exchange: Exchange | undefined
  /** The server has decided that nothing follows this answer. */
  #isLast = false
  #reason: string | undefined

  constructor(context: ConnectionContext, owner: CycleOwner, outbox: WriteBuffer) {
    this.#context = context
    this.#owner = owner
    this.#outbox = outbox
    this.#sink = new Http1Sink(outbox, this)
  }

  /** The body that may still have octets to come. */
  get body(): RequestBody | undefined {
    return this.#body
  }

  /** What is asked for, as far as it could be read. */
  get line(): RequestLine | undefined {
    return this.#head ?? this.#line
  }

  /** Whether the client has got nothing yet, and still waits. */
  get isUnanswered(): boolean {
    return this.#sink.state === 'waiting'
  }

  get blocks(): BufferPool {
    return this.#context.blocks
  }

  get loopTurn(): LoopTurn {
    return this.#context.loopTurn
  }

  get collector(): MinorGc {
    return this.#context.collector
  }

  /** Whether the connection stays open after the response that was sent. */
  get persistent(): boolean {
    return this.#sink.persistent
  }

  /** Whether FIN would look like the end of the response: only RST can tell that it is not. */
  get endsWithConnection(): boolean {
    return this.#sink.endsWithConnection || this.#sink.status === 0
  }

  /** Hands the request to the application. An answer that is at hand is in the outbox when this returns. */
  run(head: RequestHead, template: EnvironTemplate, environs: EnvironCache): void {
    const { settings, timeouts } = this.#context
    const { section } = head
    this.#head = head
    this.#template = template
    if (section.framing.kind !== 'none') {
      this.#body = new RequestBody(section.framing, section.expectsContinue, settings.limits, this, timeouts)
    }
    const environ = environs.make(head, this.#body === undefined ? EMPTY_INPUT : new BodyInput(this.#body))
    if (environ === undefined) {
      this.#refuse(new HttpError(400, 'the path has a malformed escape'))
      return
    }
    this.#exchange = new Exchange(settings.application, environ, this.#sink)
    this.#exchange.run()
  }

  /** For the log: `GET /users`, whatever a client sent. */
  get summary(): string {
    return escaped(`${this.line?.method ?? '-'} ${this.line?.target ?? '-'}`)
  }

  /** The octets were not a request. @param line what could be read of it. */
  refuseHead(error: HttpError, line: RequestLine | undefined): void {
    this.#line = line
    this.#refuse(error)
  }

  /**
   * The client has sent its FIN. Most have gone then, some only will not ask again: the application is told, by
   * `tsgi.signal`, and its answer is sent all the same. In another protocol that is the end of the input, and no more.
   */
  clientEnded(): void {
    if (!this.#isUpgraded) this.#exchange?.clientEnded(new Error('the client has closed the connection'))
  }

  /** All that came before the FIN has been decoded, and the body is not complete. */
  bodyEnded(): void {
    this.#body?.clientEnded()
  }

  /** Acts on the clocks of the request. @param since when it began. */
  check(now: number, since: number): void {
    const { timeouts } = this.#context
    if (this.#body?.isOverdue(now) === true) {
      this.#reason ??= 'the request body came too slowly'
      this.#body.fail(new HttpError(408, this.#reason))
    } else if (!this.#isUpgraded && timeouts.isOver(timeouts.clocks.request, since))
      this.fail(this.#body?.isAwaited === true ? 408 : 503, 'the request took too long')
  }

  /** The connection speaks another protocol, which lasts as long as both sides wish. */
  get #isUpgraded(): boolean {
    return this.#sink.status === 101
  }

  /** Nothing more is expected of the application: it is told, and the client gets what can still be said. */
  fail(status: number, reason: string): void {
    const error = new HttpError(status, reason)
    this.#exchange?.abort(error)
    if (this.#sink.state === 'waiting') this.#refuse(error)
    else {
      this.#reason = error.message
      this.#sink.abort(error)
    }
  }

  /** The connection is gone. */
  abandon(reason: string): void {
    this.#reason ??= reason
    this.#sink.discard()
    this.#exchange?.abort(new Error(this.#reason))
    this.#body?.drop()
  }

  /** What the access log is told. @param started `performance.now()` at the first octet. */
  record(remoteAddr: string, started: number): AccessRecord {
    const duration = performance.now() - started
    const { line } = this
    return {
      time: Date.now() - duration,
      duration,
      // As the environ has it: trusted proxies have been believed there.
      remoteAddr: this.#template?.REMOTE_ADDR ?? remoteAddr,
      method: line?.method,
      target: line?.target,
      protocol: line?.protocol,
      status: this.#sink.status,
      bytes: this.#sink.bytes,
      host: this.#template?.HTTP_HOST,
      referer: this.#template?.HTTP_REFERER,
      userAgent: this.#template?.HTTP_USER_AGENT,
      reason: this.#reason ?? this.#body?.fault,
    }
  }

  responseFrame(): ResponseFrame {
    const section = this.#head?.section
    return {
      minor: section?.minor ?? 1,
      persistent: section?.persistent === true && !this.#isLast && !this.#owner.retiring && this.#bodyKeepsConnection(),
      openings: this.#context.openings,
      now: this.#context.turn.readClock(),
    }
  }

  responseEnded(): void {
    this.#body?.drop()
    this.#owner.cycleEnded(this)
  }

  responseBroken(): void {
    this.#reason ??= 'the application failed in mid-response'
    this.#body?.drop()
    this.#owner.cycleBroken(this)
  }

  upgraded(): InputSource {
    this.#body = new RequestBody(UNTIL_CLOSE, false, this.#context.settings.limits, this, this.#context.timeouts)
    return this.#body
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#context.background.add(promise)
  }

  bodyWanted(): void {
    this.#owner.bodyWanted()
  }

  /** At most once, and never after a final status (RFC 9110 §10.1.1). */
  continueWanted(): void {
    if (this.#sink.state !== 'waiting') return
    this.#outbox.addText(INTERIM_CONTINUE)
    this.#outbox.offer()
  }

  #bodyKeepsConnection(): boolean {
    return this.#body === undefined || this.#body.keepsConnection(this.#context.settings.limits.unreadBody)
  }

  /** Answers in the application's place; nothing follows. */
  #refuse(error: HttpError): void {
    this.#isLast = true
    this.#reason = error.message
    sendErrorResponse(this.#sink, error.status, this.line?.method === 'HEAD')
  }
}
