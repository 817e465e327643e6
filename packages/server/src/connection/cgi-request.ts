/**
 * One request of a front by uwsgi, SCGI or FastCGI, and its response. The same for all three: they differ in how its
 * connection frames what is written. Knows CGI variables; knows no socket.
 */
import type { Chunk, Environ, Input } from '@tsgi/contract'
import type { ConnectionFacts, EnvironTemplate, ResponseHead } from '@tsgi/gateways/exchange'
import { type CgiRequestHead, readVariables, requestLineOf, type Variables } from '../cgi/variables.ts'
import type { BodyFraming } from '../http1/body-framing.ts'
import { HttpError } from '../http1/errors.ts'
import type { ConnectionContext } from './connection-context.ts'
import { type RequestFields, RequestOrigin, ServedRequest } from './request.ts'
import { RequestBody } from './request-body.ts'

/** What a request asks of its connection. */
export interface CgiRequestOwner {
  /** Sends the head. */
  sendHead(request: CgiRequest, head: ResponseHead): void
  /** Sends bytes of the body; never empty. @returns false: write no more until `drained()` resolves. */
  sendBody(request: CgiRequest, chunk: Chunk, bytes: number): boolean
  drained(): Promise<void>
  /** The response is complete. */
  requestEnded(request: CgiRequest): void
  /** The response will never be complete: the front must see that. */
  requestBroken(request: CgiRequest): void
  /** The application reads: what has arrived may be passed on, and more may come. */
  bodyWanted(): void
}

/** Who the client is and where it asked is said with each request, not once for the connection. */
class CgiOrigin extends RequestOrigin {
  readonly #scriptName: string

  constructor(context: ConnectionContext, head: CgiRequestHead, front: string) {
    const { serverName, serverPort, scheme, remoteAddr, remotePort } = head
    const { multiprocess, errors, rateLimit } = context.settings
    const { leaving } = context
    // The front is trusted to name its client; the client's own words count only if it is a proxy that is named.
    super(
      { serverName, serverPort, scheme, remoteAddr, remotePort, multiprocess, errors, leaving, rateLimit },
      context.trustedProxies.ofNamedPeers,
      front,
    )
    this.#scriptName = head.scriptName
  }

  override makeEnviron(head: RequestFields, input: Input): Environ | undefined {
    const environ = super.makeEnviron(head, input)
    const prefix = this.#scriptName
    if (environ !== undefined && prefix !== '' && `${environ.PATH_INFO}/`.startsWith(`${prefix}/`)) {
      environ.SCRIPT_NAME = prefix
      environ.PATH_INFO = environ.PATH_INFO.slice(prefix.length)
    }
    return environ
  }
}

/** What a connection begins a request with. */
export interface CgiStart {
  readonly variables: Variables
  /** FastCGI says where a body ends; the others need a length. */
  readonly delimitsBodies: boolean
  /** `performance.now()` at the first byte of the request. */
  readonly beganAt: number
  readonly id?: number
  /** Of the connection, for requests whose variables will not do. */
  readonly facts: ConnectionFacts
  /** Gets the request before it is run: its response may be complete when `startCgiRequest` returns. */
  readonly begun: (request: CgiRequest) => void
}

/** Hands the request to the application, or refuses it. */
export function startCgiRequest(context: ConnectionContext, owner: CgiRequestOwner, start: CgiStart): void {
  const make = (origin: RequestOrigin) => {
    const request = new CgiRequest(context, origin, start.beganAt, owner, start.id)
    start.begun(request)
    return request
  }
  try {
    const head = readVariables(start.variables, context.settings.limits)
    if (head.isStreamed && !start.delimitsBodies) throw new HttpError(411, 'a body without CONTENT_LENGTH')
    const origin = new CgiOrigin(context, head, start.facts.remoteAddr)
    const template = origin.templateFor(head.section)
    const framing = head.framing.kind === 'none' && start.delimitsBodies ? DELIMITED : head.framing
    make(origin).run(head, template, framing)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    make(new RequestOrigin(start.facts, context.trustedProxies)).refuse(error, requestLineOf(start.variables))
  }
}

const DELIMITED: BodyFraming = { kind: 'delimited' }

export class CgiRequest extends ServedRequest {
  /** Of FastCGI; 0 where a connection has one request. */
  readonly id: number
  readonly #owner: CgiRequestOwner
  #isHeadOnly = false

  constructor(context: ConnectionContext, origin: RequestOrigin, beganAt: number, owner: CgiRequestOwner, id = 0) {
    super(context, origin, beganAt)
    this.id = id
    this.#owner = owner
  }

  /** @param framing of the body; `none` for no body. */
  run(head: CgiRequestHead, template: EnvironTemplate, framing: BodyFraming): void {
    if (framing.kind !== 'none') {
      const { settings, timeouts } = this.context
      this.body = new RequestBody(framing, false, settings.limits, this, timeouts)
    }
    this.runApplication(head, template)
  }

  writeHead(head: ResponseHead): void {
    if (this.progress !== 'waiting') return
    this.progress = 'head'
    this.status = head.code
    this.responseHeaders = head.headers
    this.#isHeadOnly = head.bodyless
    this.#owner.sendHead(this, head)
  }

  write(chunk: Chunk, bytes: number): boolean {
    if (this.progress !== 'head' || this.#isHeadOnly) return true
    if (typeof chunk !== 'string') this.context.collector.passed(bytes)
    this.bytes += bytes
    return this.#owner.sendBody(this, chunk, bytes)
  }

  drained(): Promise<void> {
    return this.#owner.drained()
  }

  end(): void {
    if (this.progress === 'ended') return
    this.progress = 'ended'
    this.body?.drop()
    this.#owner.requestEnded(this)
  }

  abort(_reason: unknown): void {
    if (this.progress === 'ended') return
    this.discard()
    this.broken('the application failed in mid-response')
    this.#owner.requestBroken(this)
  }

  protected discard(): void {
    this.progress = 'ended'
  }

  bodyWanted(): void {
    this.#owner.bodyWanted()
  }

  /** The front has said it already. */
  continueWanted(): void {
    // Nothing to send: none of the three protocols has interim responses.
  }
}
