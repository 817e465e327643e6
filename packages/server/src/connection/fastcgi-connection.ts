/**
 * One connection of FastCGI: records of several requests side by side, and their responses. Decides about the life of the
 * socket, and is the only one to read from it. Knows records by cgi/fastcgi; knows no other connection.
 */
import type { Chunk } from '@tsgi/contract'
import { type ConnectionFacts, type ResponseHead, toBytes, writeEntry } from '@tsgi/gateways/exchange'
import { maxBlockBytes, ProtocolError } from '../cgi/block.ts'
import {
  ENDED,
  endRequest,
  type FastcgiRecord,
  MAX_CONTENT_BYTES,
  POISON,
  RECORD,
  RESPONDER,
  RecordReader,
  readPairs,
  record,
  recordHead,
  unknownType,
  valuesResult,
} from '../cgi/fastcgi.ts'
import { cgiResponseHead } from '../cgi/response.ts'
import { type CgiRequest, type CgiRequestOwner, startCgiRequest } from './cgi-request.ts'
import { type ConnectionContext, type ConnectionSocket, connectionFacts } from './connection-context.ts'
import type { ConnectionUse, Protocol, ServedConnection } from './protocol.ts'
import { FlowControl, ReceiveBuffer } from './receive-buffer.ts'
import type { Watched } from './timeouts.ts'
import { WriteBuffer } from './write-buffer.ts'

export const serveFastcgi: Protocol = (socket, context) => new FastcgiConnection(socket, context).open()

/** Requests side by side on one connection. */
const MAX_REQUESTS = 128
/** How long the front may take to end its side, and how long a request is still waited for when the worker leaves. */
const LINGER_MS = 5_000
const FAREWELL_MS = 250
const FIRST_FAREWELL_MS = 1_000
/** A front that has sent nothing for so long is not about to. */
const LONG_IDLE_MS = 1_000

/** §4.1: what a front may ask. One worker takes many requests on a connection. */
const VALUES: ReadonlyMap<string, string> = new Map([
  ['FCGI_MAX_CONNS', String(MAX_REQUESTS)],
  ['FCGI_MAX_REQS', String(MAX_REQUESTS)],
  ['FCGI_MPXS_CONNS', '1'],
])

/** One request, from its first record on. */
interface Stream {
  readonly beganAt: number
  /** On the clock of `Timeouts`. */
  readonly since: number
  /** PARAMS so far; `undefined` once they are complete. */
  params: Buffer[] | undefined
  paramsBytes: number
  request: CgiRequest | undefined
}

/**
 * - `open`: records come;
 * - `closing`: no further request is taken; when the last one has ended the responses leave, then FIN;
 * - `broken`: as `closing`, and a response is incomplete: the front is shown that in the place of FIN alone;
 * - `ended`: FIN is on its way; what comes is dropped;
 * - `closed`: the socket is gone.
 */
type FastcgiState = 'open' | 'closing' | 'broken' | 'ended' | 'closed'

export class FastcgiConnection implements ServedConnection, Watched, CgiRequestOwner {
  readonly protocol = 'fastcgi'
  readonly #socket: ConnectionSocket
  readonly #context: ConnectionContext
  readonly #facts: ConnectionFacts
  readonly #reader = new RecordReader()
  readonly #input = new ReceiveBuffer()
  readonly #flow: FlowControl
  readonly #output: WriteBuffer
  readonly #streams = new Map<number, Stream>()
  /** A record of a body that its application is too slow for. */
  #waiting: FastcgiRecord | undefined
  #state: FastcgiState = 'open'
  #requests = 0
  #inputEnded = false
  #isRetired = false
  #isAdvancing = false
  since: number

  constructor(socket: ConnectionSocket, context: ConnectionContext) {
    this.#socket = socket
    this.#context = context
    this.#facts = connectionFacts(socket, context, undefined)
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
      this.#flow.afterRead(this.#requests)
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

  get requestsUnderWay(): CgiRequest[] {
    return [...this.#streams.values()].flatMap(({ request }) => request ?? [])
  }

  get use(): ConnectionUse {
    if (this.#state === 'closed' || this.#state === 'ended') return this.#output.congested ? 'slow' : 'over'
    if (this.#streams.size === 0) return this.#requests > 0 ? 'idle' : this.#reader.idle ? 'new' : 'reading'
    if (this.#output.congested) return 'slow'
    const requests = this.requestsUnderWay
    if (requests.length === 0) return 'reading'
    if (requests.some((request) => request.isUnanswered && request.body?.isAwaited !== true)) return 'working'
    return requests.some((request) => request.body?.isAwaited === true) ? 'slow' : 'sending'
  }

  /** A request may be on its way: it gets its response, and the connection ends behind it. */
  retire(): void {
    const { timeouts } = this.#context
    this.#isRetired = true
    if (this.#streams.size === 0 && !timeouts.isOver(LONG_IDLE_MS, this.since)) this.since = timeouts.now
    this.check(timeouts.now)
  }

  destroy(reason = 'the connection was ended by the server'): void {
    if (this.#streams.size === 0) this.#output.flush() // a complete response does not miss the end of its turn
    this.#socket.destroy()
    this.#closed(reason)
  }

  check(now: number): void {
    const { timeouts } = this.#context
    if (this.#output.isStalled) this.#cut('the front stopped reading')
    else if (this.#state === 'ended') {
      if (timeouts.isOver(LINGER_MS, this.since) && !this.#output.congested) this.destroy()
    } else if (this.#streams.size > 0) {
      for (const stream of this.#streams.values()) {
        if (stream.request !== undefined) stream.request.check(now, stream.since)
        else if (timeouts.isOver(timeouts.clocks.headers, stream.since)) this.destroy('the head took too long')
      }
    } else if (timeouts.isOver(this.#idleTime(), this.since)) this.#finish()
  }

  #idleTime(): number {
    const { headers, keepAlive } = this.#context.timeouts.clocks
    if (!this.#isRetired) return this.#requests === 0 || !this.#reader.idle ? headers : keepAlive
    return this.#requests === 0 ? FIRST_FAREWELL_MS : FAREWELL_MS
  }

  // ------------------------------------------------------------------ records that come

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
    if (this.#state === 'ended' || this.#state === 'closed') {
      this.#input.clear()
      return false
    }
    if (this.#waiting !== undefined && !this.#deliver(this.#waiting)) return false
    this.#waiting = undefined
    if (this.#input.isEmpty) return this.#inputEnded && this.#frontEnded()
    if (this.#output.congested && this.#streams.size === 0) return false // responses leave before more is taken up
    try {
      const { end, record: next } = this.#reader.read(this.#input.piece, this.#input.at)
      this.#input.takeTo(end)
      if (next !== undefined && !this.#deliver(next)) this.#waiting = next
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#turnAway(error.message)
    }
    return true
  }

  /** @returns false: not now. */
  #deliver({ type, id, content }: FastcgiRecord): boolean {
    if (id === 0) this.#manage(type, content)
    else if (type === RECORD.beginRequest) this.#begin(id, content)
    else if (type === RECORD.params) this.#params(id, content)
    else if (type === RECORD.stdin) return this.#stdin(id, content)
    else if (type === RECORD.abortRequest) this.#abort(id)
    else if (type !== RECORD.data) throw new ProtocolError('a FastCGI record of an unknown type')
    return true
  }

  /** §4: records of the connection itself. */
  #manage(type: number, content: Buffer): void {
    this.#output.addText(type === RECORD.getValues ? valuesResult(readPairs(content), VALUES) : unknownType(type))
    this.#output.offer()
  }

  #begin(id: number, content: Buffer): void {
    if (content.length < 3 || this.#streams.has(id)) throw new ProtocolError('a FastCGI request that begins twice')
    if (content.readUInt16BE(0) !== RESPONDER) this.#refuse(id, ENDED.unknownRole)
    else if (this.#state !== 'open' || this.#streams.size >= MAX_REQUESTS) this.#refuse(id, ENDED.overloaded)
    else this.#take(id, content)
  }

  #take(id: number, content: Buffer): void {
    const { timeouts, settings } = this.#context
    this.#requests++
    // FCGI_KEEP_CONN: without it the connection ends with the response.
    const keeps = ((content[2] ?? 0) & 1) === 1 && !this.#context.draining && !this.#isRetired
    if (!keeps || this.#requests >= this.#context.maxRequests) this.#state = 'closing'
    const beganAt = settings.log === undefined ? 0 : performance.now()
    this.#streams.set(id, { beganAt, since: timeouts.now, params: [], paramsBytes: 0, request: undefined })
  }

  #refuse(id: number, status: number): void {
    this.#output.addText(endRequest(id, status))
    this.#output.offer()
    if (this.#streams.size === 0 && this.#state !== 'open') this.#finish()
  }

  #params(id: number, content: Buffer): void {
    const stream = this.#streams.get(id)
    if (stream?.params === undefined) return
    stream.paramsBytes += content.length
    if (stream.paramsBytes > maxBlockBytes(this.#context.settings.limits))
      throw new ProtocolError('a FastCGI request whose variables are too long')
    if (content.length > 0) {
      stream.params.push(content)
      return
    }
    const variables = readPairs(Buffer.concat(stream.params))
    stream.params = undefined
    startCgiRequest(this.#context, this, {
      variables,
      delimitsBodies: true,
      beganAt: stream.beganAt,
      id,
      facts: this.#facts,
      begun: (request) => {
        stream.request = request
      },
    })
    if (this.#inputEnded) stream.request?.clientEnded()
  }

  /** What comes for a request that has ended, or behind a body, is dropped. */
  #stdin(id: number, content: Buffer): boolean {
    const body = this.#streams.get(id)?.request?.body
    if (body === undefined || body.complete || body.failed) return true
    if (body.isFull) return false
    if (content.length === 0) body.ended()
    else body.receive(content, 0)
    return true
  }

  /** §5.4: the client of the front has gone. */
  #abort(id: number): void {
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    stream.request?.abandon('the front gave the request up')
    this.#output.addText(endRequest(id, ENDED.complete))
    this.#output.offer()
    this.#settle(id)
  }

  bodyWanted(): void {
    this.#advance()
  }

  // ------------------------------------------------------------------ responses that leave

  sendHead({ id }: CgiRequest, head: ResponseHead): void {
    const { openings, flushes } = this.#context
    const text = cgiResponseHead(head, 'status-field', openings, flushes.readClock())
    for (let at = 0; at < text.length; at += MAX_CONTENT_BYTES)
      this.#output.addText(record(RECORD.stdout, id, text.slice(at, at + MAX_CONTENT_BYTES)))
  }

  sendBody({ id }: CgiRequest, chunk: Chunk, bytes: number): boolean {
    const output = this.#output
    if (typeof chunk === 'string' && bytes <= MAX_CONTENT_BYTES) {
      output.addText(recordHead(RECORD.stdout, id, bytes))
      output.addUtf8(chunk, bytes)
    } else {
      const whole = toBytes(chunk)
      for (let at = 0; at < bytes; at += MAX_CONTENT_BYTES) {
        const piece = whole.subarray(at, at + MAX_CONTENT_BYTES)
        output.addText(recordHead(RECORD.stdout, id, piece.byteLength))
        output.addBytes(piece)
      }
    }
    output.offer()
    return !output.congested
  }

  drained(): Promise<void> {
    return this.#output.drained()
  }

  requestEnded({ id }: CgiRequest): void {
    this.#output.addText(record(RECORD.stdout, id, '') + endRequest(id, ENDED.complete))
    this.#output.depart()
    this.#settle(id)
  }

  /** The other requests of the connection end first: what shows that one is incomplete ends them all. */
  requestBroken({ id }: CgiRequest): void {
    if (this.#state !== 'closed') this.#state = 'broken'
    this.#settle(id)
  }

  #settle(id: number): void {
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    this.#streams.delete(id)
    stream.request?.settle()
    if (this.#streams.size > 0 || this.#state === 'closed') return
    this.since = this.#context.timeouts.now
    if (this.#state !== 'open' || this.#isRetired || this.#context.draining) this.#finish()
    else this.#advance()
  }

  #finish(): void {
    if (this.#state === 'broken') this.#output.addText(POISON)
    this.#state = 'ended'
    this.since = this.#context.timeouts.now
    this.#output.finish()
  }

  // ------------------------------------------------------------------ the end

  #ended(): void {
    this.#inputEnded = true
    for (const { request } of this.#streams.values()) request?.clientEnded()
    this.#advance()
  }

  /** All records have been read. What is not complete never will be. */
  #frontEnded(): boolean {
    for (const [id, { request }] of this.#streams) {
      if (request === undefined) this.#streams.delete(id)
      else if (request.body?.complete === false) request.body.clientEnded()
    }
    if (this.#streams.size === 0) this.#finish()
    else if (this.#state === 'open') this.#state = 'closing'
    return false
  }

  #turnAway(reason: string): void {
    const peer = this.#facts.remoteAddr || 'a unix socket'
    writeEntry(this.#context.settings.errors, `turned a connection of ${peer} away: ${reason}`)
    this.destroy(reason)
  }

  #cut(reason: string): void {
    if (this.#socket.remoteAddress !== undefined) this.#socket.resetAndDestroy?.()
    else this.#socket.destroy()
    this.#closed(reason)
  }

  #closed(reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#context.timeouts.forget(this)
    this.#input.clear()
    this.#waiting = undefined
    const requests = this.requestsUnderWay
    for (const request of requests) request.abandon(reason)
    this.#output.discard()
    this.#streams.clear()
    for (const request of requests) request.settle()
  }
}
