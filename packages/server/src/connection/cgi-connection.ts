/**
 * One connection of uwsgi or SCGI: variables, a body of a known length, a response, and its end. Decides about the life
 * of the socket, and is the only one to read from it. Knows the bytes by its reader; knows no other connection.
 */
import type { Chunk } from '@tsgi/contract'
import { type ConnectionFacts, type ResponseHead, writeEntry } from '@tsgi/gateways/exchange'
import { type BlockReader, ProtocolError } from '../cgi/block.ts'
import { cgiResponseHead, type HeadStyle } from '../cgi/response.ts'
import { ScgiReader } from '../cgi/scgi.ts'
import { UwsgiReader } from '../cgi/uwsgi.ts'
import type { Limits } from '../http1/limits.ts'
import { type CgiRequest, type CgiRequestOwner, startCgiRequest } from './cgi-request.ts'
import { type ConnectionContext, type ConnectionSocket, connectionFacts } from './connection-context.ts'
import type { ConnectionUse, Protocol, ServedConnection } from './protocol.ts'
import { FlowControl, ReceiveBuffer } from './receive-buffer.ts'
import type { Watched } from './timeouts.ts'
import { WriteBuffer } from './write-buffer.ts'

/** What uwsgi and SCGI differ in. */
interface CgiDialect {
  readonly name: string
  readonly reader: (limits: Limits) => BlockReader
  readonly style: HeadStyle
}

const UWSGI: CgiDialect = { name: 'uwsgi', reader: () => new UwsgiReader(), style: 'status-line' }
const SCGI: CgiDialect = { name: 'SCGI', reader: (limits) => new ScgiReader(limits), style: 'status-field' }

export const serveUwsgi: Protocol = (socket, context) => new CgiConnection(socket, context, UWSGI).open()
export const serveScgi: Protocol = (socket, context) => new CgiConnection(socket, context, SCGI).open()

/** How long the front may take to end its side after the response, and how long a new connection waits for its request when the worker leaves. */
const LINGER_MS = 5_000
const FAREWELL_MS = 1_000

/**
 * - `reading`: variables come, or will come;
 * - `exchange`: the application has the request, or a refusal is on its way;
 * - `closing`: the response leaves, then FIN; what comes is dropped;
 * - `closed`: the socket is gone.
 */
type CgiState = 'reading' | 'exchange' | 'closing' | 'closed'

export class CgiConnection implements ServedConnection, Watched, CgiRequestOwner {
  readonly #socket: ConnectionSocket
  readonly #context: ConnectionContext
  readonly #dialect: CgiDialect
  readonly #facts: ConnectionFacts
  readonly #reader: BlockReader
  readonly #input = new ReceiveBuffer()
  readonly #flow: FlowControl
  readonly #output: WriteBuffer
  #state: CgiState = 'reading'
  #request: CgiRequest | undefined
  #beganAt = 0
  #inputEnded = false
  #isRetired = false
  #isAdvancing = false
  since: number

  constructor(socket: ConnectionSocket, context: ConnectionContext, dialect: CgiDialect) {
    this.#socket = socket
    this.#context = context
    this.#dialect = dialect
    this.#facts = connectionFacts(socket, context, undefined)
    this.#reader = dialect.reader(context.settings.limits)
    this.#flow = new FlowControl(socket, this.#input)
    this.#output = new WriteBuffer(socket, context.timeouts, context.flushes, () => this.#cut('bytes were taken back'))
    this.since = context.timeouts.now
  }

  open(): this {
    const socket = this.#socket
    socket.on('data', (bytes: Buffer) => {
      this.#context.collector.passed(bytes.length)
      this.#input.push(bytes)
      this.#advance()
    })
    socket.on('drain', () => {
      this.#output.drain()
      this.#advance()
    })
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#closed('the front closed the connection'))
    socket.on('error', () => undefined) // 'close' follows; without a listener it would end the process
    this.#context.timeouts.watch(this)
    if (!this.#context.trustedProxies.isFront(this.#facts.remoteAddr)) this.#turnAway('it is no trusted front')
    return this
  }

  get requestsUnderWay(): readonly CgiRequest[] {
    return this.#request === undefined ? [] : [this.#request]
  }

  get protocol(): string {
    return this.#dialect.name.toLowerCase()
  }

  get use(): ConnectionUse {
    if (this.#state === 'reading') return this.#reader.idle ? 'new' : 'reading'
    if (this.#state !== 'exchange') return this.#output.congested ? 'slow' : 'over'
    if (this.#output.congested || this.#request?.body?.isAwaited === true) return 'slow'
    return this.#request?.isUnanswered === false ? 'sending' : 'working'
  }

  /** A front may have connected just now: its one request is still waited for. */
  retire(): void {
    this.#isRetired = true
    if (this.#reader.idle && this.#state === 'reading') this.since = this.#context.timeouts.now
  }

  destroy(reason = 'the connection was ended by the server'): void {
    this.#socket.destroy()
    this.#closed(reason)
  }

  check(now: number): void {
    const { timeouts } = this.#context
    const { headers } = timeouts.clocks
    if (this.#output.isStalled) this.#cut('the front stopped reading')
    else if (this.#state === 'exchange') this.#request?.check(now, this.since)
    else if (this.#state === 'closing' && timeouts.isOver(LINGER_MS, this.since) && !this.#output.congested)
      this.destroy()
    else if (this.#state === 'reading') {
      const limit = this.#isRetired && this.#reader.idle ? FAREWELL_MS : headers
      if (timeouts.isOver(limit, this.since)) this.destroy()
    }
  }

  #advance(): void {
    if (this.#isAdvancing) return
    this.#isAdvancing = true
    this.#output.hold()
    while (this.#step());
    this.#output.release()
    this.#isAdvancing = false
    this.#flow.regulate()
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    if (this.#state === 'reading') return this.#readVariables()
    if (this.#state === 'exchange') return this.#readBody()
    this.#input.clear()
    return false
  }

  #readVariables(): boolean {
    const input = this.#input
    if (input.isEmpty) {
      if (this.#inputEnded) this.#finish()
      return false
    }
    if (this.#reader.idle && this.#context.settings.log !== undefined) this.#beganAt = performance.now()
    try {
      input.takeTo(this.#reader.read(input.piece, input.at))
      const { variables } = this.#reader
      if (variables !== undefined) this.#begin(variables)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#turnAway(error.message)
    }
    return true
  }

  #begin(variables: readonly string[]): void {
    this.#move('exchange')
    startCgiRequest(this.#context, this, {
      variables,
      delimitsBodies: false,
      beganAt: this.#beganAt,
      facts: this.#facts,
      begun: (request) => {
        this.#request = request
      },
    })
    if (this.#inputEnded) this.#request?.clientEnded()
  }

  #readBody(): boolean {
    const body = this.#request?.body
    if (body === undefined || body.complete || body.failed) {
      this.#input.clear() // nothing belongs behind the body
      return false
    }
    if (body.isFull) return false
    if (!this.#input.isEmpty) this.#input.takeTo(body.receive(this.#input.piece, this.#input.at))
    else if (this.#inputEnded) body.clientEnded()
    else return false
    return true
  }

  bodyWanted(): void {
    while (this.#isAdvancing && this.#state === 'exchange' && this.#readBody()); // it may have come with the variables
    this.#advance()
  }

  sendHead(_request: CgiRequest, head: ResponseHead): void {
    const { openings, flushes } = this.#context
    this.#output.addText(cgiResponseHead(head, this.#dialect.style, openings, flushes.readClock()))
  }

  sendBody(_request: CgiRequest, chunk: Chunk, bytes: number): boolean {
    if (typeof chunk === 'string') this.#output.addUtf8(chunk, bytes)
    else this.#output.addBytes(chunk)
    this.#output.offer()
    return !this.#output.congested
  }

  drained(): Promise<void> {
    return this.#output.drained()
  }

  requestEnded(): void {
    this.#settle()
    this.#finish()
  }

  /** A front takes FIN for the end of a response without a length: only RST shows that something is missing. */
  requestBroken(): void {
    this.#settle()
    this.#cut()
  }

  #settle(): void {
    const request = this.#request
    this.#request = undefined
    request?.settle()
  }

  #finish(): void {
    this.#move('closing')
    this.#input.clear()
    this.#output.finish()
  }

  /** The front has ended its side: its client has gone. */
  #ended(): void {
    this.#inputEnded = true
    this.#request?.clientEnded()
    this.#advance()
    if (this.#state === 'closing' && !this.#output.congested) this.#output.hurry()
  }

  #turnAway(reason: string): void {
    const peer = this.#facts.remoteAddr || 'a unix socket'
    writeEntry(this.#context.settings.errors, `turned a connection of ${peer} away: ${reason}`)
    this.destroy()
  }

  /** A unix socket has no RST: there a front cannot see that a response without a length is incomplete. */
  #cut(reason?: string): void {
    if (this.#socket.remoteAddress !== undefined) this.#socket.resetAndDestroy?.()
    else this.#socket.destroy()
    this.#closed(reason)
  }

  #closed(reason?: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#context.timeouts.forget(this)
    this.#input.clear()
    this.#request?.abandon(reason ?? 'the connection was cut')
    this.#output.discard()
    this.#settle()
  }

  #move(to: CgiState): void {
    if (this.#state === 'closed') return
    this.#state = to
    this.since = this.#context.timeouts.now
  }
}
