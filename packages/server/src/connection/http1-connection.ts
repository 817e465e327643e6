/**
 * One connection of HTTP/1.1: bytes in, requests one after the other, bytes out (RFC 9112 §9). Decides about the life of
 * the socket, and is the only one to read from it. Knows http1 for what bytes mean, and http1-request for what becomes of
 * a request; knows no other connection.
 */
import { type ConnectionFacts, writeEntry } from '@tsgi/gateways/exchange'
import { HttpError } from '../http1/errors.ts'
import { type RequestHead, RequestHeadReader } from '../http1/request-head.ts'
import type { ProxiedPeer } from '../proxy/proxy-protocol.ts'
import { type ConnectionContext, type ConnectionSocket, connectionFacts } from './connection-context.ts'
import { Http1Request, type Http1RequestOwner } from './http1-request.ts'
import { type ConnectionState, LINGER_MAX_MS, LONG_IDLE_MS, MOVES, timeOf } from './http1-state.ts'
import type { ConnectionUse, ServedConnection } from './protocol.ts'
import { FlowControl, ReceiveBuffer } from './receive-buffer.ts'
import { type RequestLine, RequestOrigin } from './request.ts'
import type { RequestBody } from './request-body.ts'
import type { Watched } from './timeouts.ts'
import { WriteBuffer } from './write-buffer.ts'

/** Serves HTTP/1.1 until either side ends it. Wants a socket of `createServer({ allowHalfOpen: true, noDelay: true })`. */
export function serveHttp1(socket: ConnectionSocket, context: ConnectionContext, peer?: ProxiedPeer): Http1Connection {
  return new Http1Connection(socket, context, peer).open()
}

/** Reads of at least so many bytes may be a body, or the end of one. */
const LARGE_READ_BYTES = 4096

export class Http1Connection implements ServedConnection, Watched, Http1RequestOwner {
  readonly protocol = 'http/1.1'
  readonly #socket: ConnectionSocket
  readonly #context: ConnectionContext
  readonly #facts: ConnectionFacts
  readonly #origin: RequestOrigin
  readonly #reader: RequestHeadReader
  readonly #input = new ReceiveBuffer()
  readonly #flow: FlowControl
  readonly #output: WriteBuffer
  #state: ConnectionState = 'idle'
  since: number // when the state was entered, on the clock of `Timeouts`
  requests = 0 // that were taken up, the current one included
  #request: Http1Request | undefined // the one under way
  #beganAt = 0 // `performance.now()` at the first byte of the request, where requests are logged
  #unread: RequestBody | undefined // what is left of the body of a request whose response has ended
  #inputEnded = false // the client has sent its FIN: what it asked for still gets its response
  #lingersSince = 0
  #retired = false
  #advancing = false

  constructor(socket: ConnectionSocket, context: ConnectionContext, peer?: ProxiedPeer) {
    this.#socket = socket
    this.#context = context
    this.#facts = connectionFacts(socket, context, peer)
    this.#origin = new RequestOrigin(this.#facts, context.trustedProxies)
    this.#reader = new RequestHeadReader(context.settings.limits)
    this.#flow = new FlowControl(socket, this.#input)
    this.#output = new WriteBuffer(socket, context.timeouts, context.flushes, () => this.#spoiled())
    this.since = context.timeouts.now
  }

  get state(): ConnectionState {
    return this.#state
  }

  get requestsUnderWay(): readonly Http1Request[] {
    return this.#request === undefined ? [] : [this.#request]
  }

  get use(): ConnectionUse {
    switch (this.#state) {
      case 'idle':
        return this.requests > 0 ? 'idle' : 'new'
      case 'reading':
        return 'reading'
      case 'exchange':
        if (this.#output.congested || this.#request?.body?.isAwaited === true) return 'slow'
        return this.#request?.isUnanswered === false ? 'sending' : 'working'
      case 'closed':
        return 'over'
      case 'draining':
        return 'slow'
      default:
        return this.#output.congested ? 'slow' : 'over'
    }
  }

  get retiring(): boolean {
    return this.#retired || this.#context.draining || this.requests >= this.#context.maxRequests
  }

  open(): this {
    const socket = this.#socket
    socket.on('data', (bytes: Buffer) => this.#received(bytes))
    socket.on('drain', () => this.#drained())
    socket.on('end', () => this.#ended())
    socket.on('finish', () => this.#state === 'closing' && this.#linger())
    socket.on('close', () => this.#closed())
    socket.on('error', () => undefined) // 'close' follows; without a listener it would end the process
    this.#context.timeouts.watch(this)
    return this
  }

  retire(): void {
    const { timeouts } = this.#context
    this.#retired = true
    if (this.#state === 'idle' && !timeouts.isOver(LONG_IDLE_MS, this.since)) this.since = timeouts.now
    this.check(timeouts.now)
  }

  destroy(reason = 'the connection was ended by the server'): void {
    if (this.#state === 'idle') this.#output.flush() // a complete response does not miss the end of its turn
    this.#socket.destroy()
    this.#closed(reason)
  }

  #received(bytes: Buffer): void {
    this.#input.push(bytes)
    if (bytes.length < LARGE_READ_BYTES) this.#advance()
    else {
      const { collector, loopTurn } = this.#context
      collector.passed(bytes.length)
      // A body that makes the application work, behind others that did: the next turn is soon enough.
      if (loopTurn.hasTime()) this.#advance()
      else this.#later()
    }
    this.#flow.afterRead(this.requests)
  }

  /** Goes on in a later turn, and reads nothing until then. */
  #later(): void {
    if (this.#flow.isResting) return
    this.#flow.isResting = true
    this.#flow.regulate()
    this.#context.loopTurn.defer(() => {
      this.#flow.isResting = false
      this.#advance()
    })
  }

  /** Goes on as far as what has arrived allows. Responses that are ready at once leave together. */
  #advance(): void {
    if (this.#advancing) return
    this.#advancing = true
    this.#output.hold()
    while (this.#step());
    this.#output.release()
    this.#advancing = false
    this.#flow.regulate()
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    switch (this.#state) {
      case 'idle':
      case 'reading':
        return this.#readHead()
      case 'exchange':
        return this.#readBody(this.#request?.body)
      case 'draining':
        return this.#readUnread()
      default:
        // A client that still sends has not read the response yet: it is listened to longer.
        if (this.#state === 'lingering' && !this.#retired && !this.#input.isEmpty)
          this.since = this.#context.timeouts.now
        this.#input.clear()
        return false
    }
  }

  #readHead(): boolean {
    const input = this.#input
    if (input.isEmpty) return this.#inputEnded && this.#endOfInput()
    // Responses wait to leave: no further request is taken up before they have (RFC 9112 §9.3.2).
    if (this.#output.congested) return false
    if (this.#reader.idle && this.#context.settings.log !== undefined) this.#beganAt = performance.now()
    let head: RequestHead | undefined
    try {
      head = this.#reader.read(input.text, input.at)
      input.takeTo(this.#reader.end)
      if (head !== undefined) this.#run(head)
      else if (this.#state === 'idle' && !(this.#reader.idle && this.requests > 0)) this.#move('reading')
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      this.#refuseHead(error, head)
    }
    return true
  }

  #run(head: RequestHead): void {
    const template = this.#origin.templateFor(head.section)
    const request = this.#begin()
    request.run(head, template)
    if (this.#inputEnded) request.clientEnded()
  }

  /** The bytes were not a request: the response is the last one on this connection. */
  #refuseHead(error: HttpError, line: RequestLine | undefined = this.#reader.requestLine): void {
    this.#input.clear()
    this.#begin().refuse(error, line)
  }

  #begin(): Http1Request {
    this.#move('exchange')
    this.requests++
    this.#request = new Http1Request(this.#context, this.#origin, this.#beganAt, this, this.#output)
    return this.#request
  }

  #readBody(body: RequestBody | undefined): boolean {
    if (body === undefined || body.complete || body.failed || body.isFull) return false
    if (!this.#input.isEmpty) this.#input.takeTo(body.receive(this.#input.piece, this.#input.at))
    else if (this.#inputEnded) this.#request?.bodyEnded()
    else return false
    return true
  }

  /** RFC 9112 §9.3: an unread body must be read, "or close the connection after sending its response". */
  #readUnread(): boolean {
    const body = this.#unread
    if (body === undefined || body.complete) {
      this.#unread = undefined
      this.#move('idle')
    } else if (body.failed || body.dropped > this.#context.settings.limits.unreadBody) this.#close()
    else if (!this.#input.isEmpty) this.#input.takeTo(body.receive(this.#input.piece, this.#input.at))
    else if (this.#inputEnded) this.#close()
    else return false
    return true
  }

  /** The client sends no more. A request that is cut off in its head gets 400; without one the connection just ends. */
  #endOfInput(): boolean {
    if (this.#reader.idle) this.#close()
    else this.#refuseHead(new HttpError(400, 'the connection ended within a request head'))
    return true
  }

  bodyWanted(): void {
    while (this.#advancing && this.#readBody(this.#request?.body)); // it may have come with its head
    this.#advance()
  }

  requestEnded(request: Http1Request): void {
    this.#settle(request)
    this.#unread = request.body
    if (request.persistent) this.#move(request.body === undefined ? 'idle' : 'draining')
    else this.#close()
    this.#advance()
  }

  /** The client must be able to see that the message is incomplete (RFC 9112 §8). */
  requestBroken(request: Http1Request): void {
    this.#settle(request)
    if (request.endsWithConnection) this.#cut()
    else this.#close()
    this.#advance()
  }

  #settle(request: Http1Request): void {
    this.#request = undefined
    request.settle()
  }

  #drained(): void {
    this.#output.drain()
    if (this.#state === 'closing') this.since = this.#context.timeouts.now // the clock of the last bytes runs from here on
    this.#advance()
  }

  /** The client's FIN (RFC 9112 §9.6). It may still read: what it asked for gets its response, then the connection ends. */
  #ended(): void {
    this.#inputEnded = true
    if (this.#facts.scheme === 'https') this.#output.hurry() // a RST may come as an end, and no write fails then
    this.#request?.clientEnded()
    this.#advance()
  }

  /** The socket is gone, by either side: everything is let go. */
  #closed(reason = 'the client went away'): void {
    if (this.#state === 'closed') return
    this.#move('closed')
    this.#context.timeouts.forget(this)
    this.#input.clear()
    const request = this.#request
    request?.abandon(reason)
    this.#output.discard()
    if (request !== undefined) this.#settle(request)
  }

  check(now: number): void {
    const { timeouts } = this.#context
    if (this.#output.isStalled) this.#cut('the client stopped reading')
    else if (this.#state === 'exchange') this.#request?.check(now, this.since)
    else if (this.#output.congested && this.#state === 'closing') return
    else if (this.#state === 'lingering' && timeouts.isOver(LINGER_MAX_MS, this.#lingersSince)) this.destroy()
    else if (timeouts.isOver(timeOf(this.#state, timeouts.clocks, this.requests === 0, this.#retired), this.since))
      this.#overdue()
    else if (this.#state === 'idle' && timeouts.isOver(LONG_IDLE_MS, this.since)) this.#forget()
  }

  /** What makes the next request cheaper is as large as a head, and there may be no next one. */
  #forget(): void {
    this.#origin.forget()
    this.#reader.forget()
  }

  #overdue(): void {
    if (this.#state === 'reading') this.#refuseHead(new HttpError(408, 'the head took too long'))
    else if (this.requests > 0 && (this.#state === 'idle' || this.#state === 'draining')) this.#close()
    else this.destroy()
  }

  /** The write buffer leaves, then FIN. What comes is dropped, so that no RST destroys the response (RFC 9112 §9.6). */
  #close(): void {
    this.#move('closing')
    this.#input.clear()
    this.#output.finish()
  }

  #linger(): void {
    this.#move('lingering')
    this.#lingersSince = this.since
  }

  /** Ends it so that the client can tell that something is missing. */
  #cut(reason?: string): void {
    // Only TCP has a RST; a TLS client misses the close_notify.
    if (this.#facts.scheme === 'http' && this.#socket.remoteAddress !== undefined) this.#socket.resetAndDestroy?.()
    else this.#socket.destroy()
    this.#closed(reason)
  }

  /** The application has transferred or resized a buffer that was to be sent: this connection pays, and no other. */
  #spoiled(reason = 'the application took back bytes of a body before they were sent'): void {
    writeEntry(this.#context.settings.errors, `${reason}: the connection of ${this.#facts.remoteAddr} is cut`)
    this.#cut(reason)
  }

  #move(to: ConnectionState): void {
    const isFirstHead = to === 'reading' && this.requests === 0
    if (!MOVES[this.#state].includes(to)) throw new Error(`connection: no move from ${this.#state} to ${to}`)
    this.#state = to
    if (!isFirstHead) this.since = this.#context.timeouts.now // the clock of the first head runs from accept on
  }
}
