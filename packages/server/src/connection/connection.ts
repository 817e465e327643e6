/**
 * One connection: octets in, requests one after the other, octets out (RFC 9112 §9). Decides about the life of the
 * socket, and is the only one to read from it. Knows http1 for what octets mean, and request-cycle for what becomes of
 * a request; knows no other connection. The worker makes one per accepted socket.
 */
import { type ConnectionFacts, writeEntry } from '@tsgi/gateways/exchange'
import { HttpError } from '../http1/errors.ts'
import { type RequestHead, RequestHeadReader, type RequestLine } from '../http1/request-head.ts'
import type { ProxiedPeer } from '../proxy/proxy-protocol.ts'
import { type ConnectionContext, type ConnectionSocket, connectionFacts } from './connection-context.ts'
import { ConnectionLog } from './connection-log.ts'
import { type ConnectionState, checkMove } from './connection-state.ts'
import { EnvironCache } from './environ-cache.ts'
import { FlowControl, ReceiveBuffer } from './receive-buffer.ts'
import type { RequestBody } from './request-body.ts'
import { type CycleOwner, RequestCycle } from './request-cycle.ts'
import { LONG_IDLE, timeOf, type Watched } from './timeouts.ts'
import { WriteBuffer } from './write-buffer.ts'

/** Serves HTTP/1.1 until either side ends it. Wants a socket of `createServer({ allowHalfOpen: true, noDelay: true })`. */
export function serveConnection(socket: ConnectionSocket, context: ConnectionContext, peer?: ProxiedPeer): Connection {
  return new Connection(socket, context, peer).open()
}

/** Reads of at least so many bytes may be a body, or the end of one. */
const LARGE_READ_BYTES = 4096

export class Connection implements Watched, CycleOwner {
  readonly #socket: ConnectionSocket
  readonly #context: ConnectionContext
  readonly #facts: ConnectionFacts
  readonly #environs: EnvironCache
  readonly #log: ConnectionLog | undefined
  readonly #reader: RequestHeadReader
  readonly #inbox = new ReceiveBuffer()
  readonly #inflow: FlowControl
  readonly #outbox: WriteBuffer
  #state: ConnectionState = 'idle'
  #since: number // when the state was entered, on the clock of `Timeouts`
  requests = 0 // that were taken up, the current one included
  #cycle: RequestCycle | undefined
  #unread: RequestBody | undefined // what is left of the body of an answered request
  #inputEnded = false // the client has sent its FIN: what it asked for is still answered
  #retired = false
  #advancing = false

  constructor(socket: ConnectionSocket, context: ConnectionContext, peer?: ProxiedPeer) {
    this.#socket = socket
    this.#context = context
    this.#facts = connectionFacts(socket, context.settings, peer)
    this.#log = ConnectionLog.of(context.settings, this.#facts.remoteAddr)
    this.#environs = new EnvironCache(this.#facts, context.trustedProxies)
    this.#reader = new RequestHeadReader(context.settings.limits)
    this.#inflow = new FlowControl(socket, this.#inbox)
    this.#outbox = new WriteBuffer(socket, context.timeouts, context.turn, () => this.#spoiled())
    this.#since = context.timeouts.now
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** The request under way, if any. */
  get cycle(): RequestCycle | undefined {
    return this.#cycle
  }

  get retiring(): boolean {
    return this.#retired || this.#context.settings.draining || this.requests >= this.#context.mostRequests
  }

  open(): this {
    const socket = this.#socket
    socket.on('data', (octets: Buffer) => {
      this.#context.collector.passed(octets.length)
      this.#inbox.push(octets)
      // A body that makes the application work, behind others that did: the next turn is soon enough.
      if (octets.length >= LARGE_READ_BYTES && !this.#context.loopTurn.hasTime()) this.#later()
      else this.#advance()
      this.#inflow.afterRead(this.requests)
    })
    socket.on('drain', () => this.#drained())
    socket.on('end', () => this.#ended())
    socket.on('finish', () => this.#state === 'closing' && this.#move('lingering'))
    socket.on('close', () => this.#closed())
    socket.on('error', () => undefined) // 'close' follows; without a listener it would end the process
    this.#context.timeouts.watch(this)
    return this
  }

  /** Loses no request that may be on its way: ends after the next answer, which says so, or after a moment without one. */
  retire(): void {
    const { timeouts } = this.#context
    this.#retired = true
    if (this.#state === 'idle' && !timeouts.isOver(LONG_IDLE, this.#since)) this.#since = timeouts.now
    this.check(timeouts.now)
  }

  /** Ends the connection now, whatever is under way. */
  destroy(): void {
    if (this.#state === 'idle') this.#outbox.flush() // a complete answer does not miss the end of its turn
    this.#socket.destroy()
    this.#closed('the connection was ended by the server')
  }

  /** Goes on in a later turn, and reads nothing until then. */
  #later(): void {
    if (this.#inflow.isResting) return
    this.#inflow.isResting = true
    this.#inflow.regulate()
    this.#context.loopTurn.defer(() => {
      this.#inflow.isResting = false
      this.#advance()
    })
  }

  /** Goes on as far as what has arrived allows. Answers that are ready at once leave together. */
  #advance(): void {
    if (this.#advancing) return
    this.#advancing = true
    this.#outbox.hold()
    while (this.#step());
    this.#outbox.release()
    this.#advancing = false
    this.#inflow.regulate()
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    switch (this.#state) {
      case 'idle':
      case 'reading':
        return this.#readHead()
      case 'exchange':
        return this.#readBody(this.#cycle?.body)
      case 'draining':
        return this.#readUnread()
      default:
        this.#inbox.clear()
        return false
    }
  }

  #readHead(): boolean {
    const inbox = this.#inbox
    if (inbox.isEmpty) return this.#inputEnded && this.#endOfInput()
    // Answers are waiting to leave: no further request is taken up before they have (RFC 9112 §9.3.2).
    if (this.#outbox.congested) return false
    if (this.#reader.idle) this.#log?.requestBegins()
    let head: RequestHead | undefined
    try {
      head = this.#reader.read(inbox.text, inbox.at)
      inbox.takeTo(this.#reader.end)
      if (head !== undefined) this.#run(head)
      else if (this.#state === 'idle' && !(this.#reader.idle && this.requests > 0)) this.#move('reading')
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      this.#refuseHead(error, head)
    }
    return true
  }

  #run(head: RequestHead): void {
    const template = this.#environs.templateFor(head.section)
    const cycle = this.#begin()
    cycle.run(head, template, this.#environs)
    if (this.#inputEnded) cycle.clientEnded()
  }

  /** The octets were not a request: the answer is the last one on this connection. */
  #refuseHead(error: HttpError, line: RequestLine | undefined = this.#reader.requestLine): void {
    this.#inbox.clear()
    this.#begin().refuseHead(error, line)
  }

  #begin(): RequestCycle {
    this.#move('exchange')
    this.requests++
    this.#context.settings.observer?.requestBegan()
    this.#cycle = new RequestCycle(this.#context, this, this.#outbox)
    return this.#cycle
  }

  #readBody(body: RequestBody | undefined): boolean {
    if (body === undefined || body.complete || body.failed || body.isFull) return false
    if (!this.#inbox.isEmpty) this.#inbox.takeTo(body.receive(this.#inbox.piece, this.#inbox.at))
    else if (this.#inputEnded) this.#cycle?.bodyEnded()
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
    else if (!this.#inbox.isEmpty) this.#inbox.takeTo(body.receive(this.#inbox.piece, this.#inbox.at))
    else if (this.#inputEnded) this.#close()
    else return false
    return true
  }

  /** The client has said all it will. A request that is cut off in its head is told so; silence is met by silence. */
  #endOfInput(): boolean {
    if (this.#reader.idle) this.#close()
    else this.#refuseHead(new HttpError(400, 'the connection ended within a request head'))
    return true
  }

  bodyWanted(): void {
    while (this.#advancing && this.#readBody(this.#cycle?.body)); // it may have come with its head
    this.#advance()
  }

  cycleEnded(cycle: RequestCycle): void {
    this.#settle(cycle)
    this.#unread = cycle.body
    if (cycle.persistent) this.#move(cycle.body === undefined ? 'idle' : 'draining')
    else this.#close()
    this.#advance()
  }

  /** The client must be able to see that the message is incomplete (RFC 9112 §8). */
  cycleBroken(cycle: RequestCycle): void {
    this.#settle(cycle)
    if (cycle.endsWithConnection) this.#cut()
    else this.#close()
    this.#advance()
  }

  #settle(cycle: RequestCycle): void {
    this.#cycle = undefined
    this.#context.settings.observer?.requestEnded()
    this.#log?.requestEnded(cycle)
  }

  #drained(): void {
    this.#outbox.drain()
    if (this.#state === 'closing') this.#since = this.#context.timeouts.now // the clock of the last octets runs from here on
    this.#advance()
  }

  /** The client's FIN (RFC 9112 §9.6). It may still read: what it asked for is answered, then the connection ends. */
  #ended(): void {
    this.#inputEnded = true
    if (this.#facts.scheme === 'https') this.#outbox.hurry() // a RST may come as an end, and no write fails then
    this.#cycle?.clientEnded()
    this.#advance()
  }

  /** The socket is gone, by either side: everything is let go. */
  #closed(reason = 'the client went away'): void {
    if (this.#state === 'closed') return
    this.#move('closed')
    this.#context.timeouts.forget(this)
    this.#inbox.clear()
    const cycle = this.#cycle
    cycle?.abandon(reason)
    this.#outbox.discard()
    if (cycle !== undefined) this.#settle(cycle)
  }

  check(now: number): void {
    const { timeouts } = this.#context
    if (this.#outbox.isStalled) this.#cut('the client stopped reading')
    else if (this.#state === 'exchange') this.#cycle?.check(now, this.#since)
    else if (this.#outbox.congested && this.#state === 'closing') return
    else if (timeouts.isOver(timeOf(this.#state, timeouts.clocks, this.requests === 0, this.#retired), this.#since))
      this.#overdue()
    else if (this.#state === 'idle' && timeouts.isOver(LONG_IDLE, this.#since)) this.#forget()
  }

  /** What makes the next request cheaper is as large as a head, and nobody knows whether there will be a next. */
  #forget(): void {
    this.#environs.forget()
    this.#log?.forget()
    this.#reader.forget()
  }

  #overdue(): void {
    if (this.#state === 'reading') this.#refuseHead(new HttpError(408, 'the head took too long'))
    else if (this.requests > 0 && (this.#state === 'idle' || this.#state === 'draining')) this.#close()
    else this.destroy()
  }

  /** What has been said leaves, then FIN; what comes is dropped, so that no RST eats the answer (RFC 9112 §9.6). */
  #close(): void {
    this.#move('closing')
    this.#inbox.clear()
    this.#outbox.finish()
  }

  /** Ends it so that the client can tell that something is missing. */
  #cut(reason?: string): void {
    // Only TCP has a RST; a TLS client misses the close_notify.
    if (this.#facts.scheme === 'http' && this.#socket.remoteAddress !== undefined) this.#socket.resetAndDestroy?.()
    else this.#socket.destroy()
    this.#closed(reason)
  }

  /** The application has transferred or resized what it gave to be sent: its connection pays, and no other. */
  #spoiled(reason = 'the application took back octets of a body before they were sent'): void {
    writeEntry(this.#context.settings.errors, `${reason}: the connection of ${this.#facts.remoteAddr} is cut`)
    this.#cut(reason)
  }

  #move(to: ConnectionState): void {
    const isFirstHead = to === 'reading' && this.requests === 0
    this.#state = checkMove(this.#state, to)
    if (!isFirstHead) this.#since = this.#context.timeouts.now // the clock of the first head runs from accept on
  }
}
