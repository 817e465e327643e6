/**
 * One WebSocket after its handshake: messages in, messages out, limits, pings, the closing handshake (RFC 6455 §5, §7).
 * Knows the wire; knows no frame and no request.
 */
import type { Environ } from '@tsgi/contract'
import type { Schema } from '../validation/schema.ts'
import { FrameError, isSendable } from './frame-reader.ts'
import { whenLeaving } from './leaving.ts'
import { type Limits, tickOf } from './peer-limits.ts'
import type { Wire, WireListener } from './wire.ts'

/** The other side of a WebSocket. To iterate is to receive; the loop ends when the connection does. */
export interface Peer<Message> extends AsyncIterable<Message> {
  /** The subprotocol that was agreed upon; `''` for none. */
  readonly protocol: string
  /** Aborts when the connection is closed or the worker leaves. */
  readonly signal: AbortSignal
  /**
   * Sends text or bytes as they are, anything else as JSON. Resolves when more may be sent: awaiting it keeps a slow client
   * from filling memory. Does nothing once the connection is closed.
   */
  send(message: unknown): Promise<void>
  /** Closes the connection. @param code 1000–1014 or 3000–4999. @throws RangeError for another one. */
  close(code?: number, reason?: string): Promise<void>
}

const CLOSE_TIMEOUT_MS = 1000
const MAX_REASON_BYTES = 123
const DONE: Promise<void> = Promise.resolve()

export class WebSocketPeer implements Peer<never>, WireListener {
  readonly #wire: Wire
  readonly #environ: Environ
  readonly #limits: Limits
  readonly #schema: Schema | undefined
  readonly #waiting: unknown[] = []
  /** Made when it is asked for: most views never do. */
  #controller: AbortController | undefined
  /** Wakes the view, which waits for a message, the reading, which waits for room, and those who wait for the end. */
  #wake: (() => void) | undefined
  #room: (() => void) | undefined
  #gone: (() => void) | undefined
  /** Schemas that take their time, in order. */
  #taken: Promise<void> | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'
  /** Where nothing can be delivered: the connection is to be cut. */
  #isCut = false
  #unsent = 0
  /** The close frame. */
  #written: Promise<void> | undefined
  /** The close of the other side was answered. */
  #answered: Promise<void> | undefined
  #tokens: number
  #tokensAt = 0
  /** When something last happened; 0 for what does not go on. */
  #heardAt = performance.now()
  #messageAt = this.#heardAt
  #partialSince = 0
  #sendingSince = 0
  #pingedAt = 0

  constructor(wire: Wire, environ: Environ, limits: Limits, schema: Schema | undefined) {
    this.#wire = wire
    this.#environ = environ
    this.#limits = limits
    this.#schema = schema
    this.#tokens = limits.rate
  }

  get protocol(): string {
    return this.#wire.protocol
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#state !== 'open') this.#controller.abort()
      // A client may vanish while it is not read.
      this.#environ['tsgi.signal'].addEventListener('abort', () => this.#finish(), { once: true })
    }
    return this.#controller.signal
  }

  /** Runs a view until both it and the connection have ended. @throws an error that cuts the connection. */
  async run(view: () => void | Promise<void>): Promise<void> {
    const tick = tickOf(this.#limits)
    const timer = tick === undefined ? undefined : setInterval(() => this.#look(), tick)
    const forget = whenLeaving(this.#environ['tsgi.leaving'], () => void this.close(1012, 'The server restarts'))
    void this.#read()
    try {
      await view()
      await this.close(1000)
    } catch (error) {
      this.#fail(error)
      await this.#ended()
    } finally {
      clearInterval(timer)
      forget()
      await this.#ended()
    }
    // As for a request body that the client has cut: no line in the log, and the connection is reset.
    if (this.#isCut) throw Object.assign(new Error('the WebSocket was cut'), { 'tsgi.status': 408 })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<never, void> {
    for (;;) {
      if (this.#waiting.length > 0) {
        const message = this.#waiting.shift()
        this.#room?.()
        // As its schema made it, or as it came: the type of the view says which.
        yield message as never
      } else if (this.#state !== 'open') return
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }

  send(message: unknown): Promise<void> {
    if (this.#state !== 'open') return DONE
    try {
      const data = isBytes(message) ? message : this.#textOf(message)
      this.#messageAt = performance.now()
      return this.wrote(data.length, this.#wire.send(data))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async close(code = 1000, reason = ''): Promise<void> {
    if (!Number.isInteger(code) || !isSendable(code)) throw new RangeError(`close: ${code} is no code that may be sent`)
    if (new TextEncoder().encode(reason).length > MAX_REASON_BYTES)
      throw new RangeError('close: the reason is longer than 123 bytes')
    if (this.#state !== 'open') return
    this.#stop('closing')
    this.#written = this.wrote(0, this.#wire.close(code, reason))
    await this.#ended()
  }

  // ------------------------------------------------------------------ from the wire

  heard(): void {
    this.#heardAt = performance.now()
    this.#pingedAt = 0
  }

  control(): boolean {
    this.#count()
    return this.#state === 'open'
  }

  message(data: string | Uint8Array): void {
    this.#messageAt = this.#heardAt
    this.#count()
    if (this.#schema === undefined) this.#push(data)
    else {
      const schema = this.#schema
      const taking = this.#taken?.then(() => this.#takeBy(schema, data)) ?? this.#takeBy(schema, data)
      if (taking !== undefined) this.#hold(taking)
    }
  }

  closed(code: number | undefined): void {
    this.#answered = this.#answerClose(code)
  }

  room(): Promise<void> | undefined {
    this.#partialSince = this.#wire.isPartial ? this.#partialSince || this.#heardAt : 0
    if (this.#taken === undefined && !this.#isFull) return undefined
    return this.#untilRoom()
  }

  /** Counts bytes until the peer has taken them. Resolves then, also where the peer has gone. */
  wrote(bytes: number, written: Promise<void>): Promise<void> {
    this.#unsent += bytes
    if (this.#sendingSince === 0) this.#sendingSince = performance.now()
    if (this.#unsent > this.#limits.maxUnsent) this.#breach(1008, `${this.#unsent} bytes wait to be read by the client`)
    return written.then(
      () => {
        this.#unsent -= bytes
        this.#sendingSince = this.#unsent === 0 ? 0 : performance.now()
      },
      () => this.#finish(),
    )
  }

  /** What came before the close is still answered. */
  async #answerClose(code: number | undefined): Promise<void> {
    if (this.#state === 'open') await this.#handled()
    if (this.#state === 'open') {
      this.#stop('closing')
      this.wrote(0, this.#wire.close(code, ''))
    }
    this.#finish()
  }

  // ------------------------------------------------------------------ messages

  get #isFull(): boolean {
    return this.#waiting.length >= Math.max(1, this.#limits.queue) && this.#state === 'open'
  }

  async #untilRoom(): Promise<void> {
    await this.#taken
    while (this.#isFull) {
      await new Promise<void>((resolve) => {
        this.#room = resolve
      })
    }
  }

  async #read(): Promise<void> {
    try {
      await this.#wire.read(this)
    } catch (error) {
      // Other errors say that the client has gone.
      if (error instanceof FrameError) {
        await this.#handled()
        this.#breach(error.code, error.message)
        await this.#written // what follows is not read: there is no close to wait for (RFC 6455 §7.1.7)
      }
    } finally {
      await this.#answered
      this.#finish()
    }
  }

  /** Resolves when the view has taken what came before, but does not wait for ever. */
  async #handled(): Promise<void> {
    await this.#taken
    const until = performance.now() + CLOSE_TIMEOUT_MS
    do await new Promise((resolve) => setTimeout(resolve, 0))
    while (this.#waiting.length > 0 && this.#state === 'open' && performance.now() < until)
  }

  /** Keeps the order in which messages came, also where a schema takes its time. */
  #hold(taking: Promise<void>): void {
    const held = taking.then(() => {
      if (this.#taken === held) this.#taken = undefined
    })
    this.#taken = held
  }

  /** @returns a promise only where the schema does. */
  #takeBy(schema: Schema, data: string | Uint8Array): Promise<void> | undefined {
    try {
      const result = schema['~standard'].validate(JSON.parse(textOf(data)))
      if (!(result instanceof Promise)) return this.#accept(result)
      return result.then(
        (later) => this.#accept(later),
        (error) => this.#refuse(error),
      )
    } catch (error) {
      return this.#refuse(error)
    }
  }

  #accept(result: { readonly value?: unknown; readonly issues?: unknown }): undefined {
    if (result.issues === undefined) this.#push(result.value)
    else this.#breach(1007, 'a message does not fit its schema')
    return undefined
  }

  /** What is no JSON is the client's fault, and what a schema throws is not. */
  #refuse(error: unknown): undefined {
    if (error instanceof SyntaxError) this.#breach(1007, 'a message is not JSON')
    else this.#fail(error)
    return undefined
  }

  #fail(error: unknown): void {
    this.#report(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    void this.close(1011)
  }

  #push(message: unknown): void {
    if (this.#state !== 'open') return
    this.#waiting.push(message)
    this.#wake?.()
  }

  /** @throws TypeError for what has no JSON form. */
  #textOf(message: unknown): string {
    if (typeof message === 'string' && this.#schema === undefined) return message
    const text: string | undefined = JSON.stringify(message)
    if (text === undefined) throw new TypeError(`send: ${typeof message} has no JSON form; give text, bytes or data`)
    return text
  }

  // ------------------------------------------------------------------ limits

  /** A bucket of as many as come in a second. */
  #count(): void {
    const { rate } = this.#limits
    if (rate === 0) return
    this.#tokens = Math.min(rate, this.#tokens + ((this.#heardAt - this.#tokensAt) * rate) / 1000) - 1
    this.#tokensAt = this.#heardAt
    if (this.#tokens < 0) this.#breach(1008, `it sends more than ${rate} messages a second`)
  }

  #look(): void {
    const { ping, idle, messageTimeout, sendTimeout } = this.#limits
    if (this.#state !== 'open') return
    const now = performance.now()
    const isOver = (since: number, span: number) => span > 0 && since > 0 && now - since >= span
    if (isOver(this.#partialSince, messageTimeout)) this.#breach(1008, `a message took ${messageTimeout} ms`)
    else if (isOver(this.#sendingSince, sendTimeout))
      this.#breach(1008, `the client read nothing for ${sendTimeout} ms`)
    else if (isOver(this.#messageAt, idle)) this.#breach(1001, `no message for ${idle} ms`)
    else if (this.#wire.ping === undefined || ping === 0) return
    // A tick may be some milliseconds early.
    else if (isOver(this.#pingedAt, ping * 0.9)) this.#breach(1008, 'no reply to a ping')
    else if (this.#pingedAt === 0 && isOver(this.#heardAt, ping * 0.9)) {
      this.#pingedAt = now
      void this.wrote(0, this.#wire.ping())
    }
  }

  /** The peer is at fault: one line, a close code, and the end of this connection only. */
  #breach(code: number, why: string): void {
    if (this.#state !== 'open') return
    this.#report(`was closed with ${code}: ${why}`)
    void this.close(code)
  }

  #report(text: string): void {
    const log = this.#environ['wsgi.errors']
    log.write(`the WebSocket ${this.#environ.PATH_INFO} ${text}\n`)
    log.flush()
  }

  // ------------------------------------------------------------------ the end

  /** Resolves when the connection is closed. The other side is waited for, but not for ever. */
  #ended(): Promise<void> {
    if (this.#state === 'closed') return DONE
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = this.#gone
    const timer = setTimeout(() => {
      this.#isCut = this.#unsent > 0
      this.#finish()
    }, CLOSE_TIMEOUT_MS)
    this.#gone = () => {
      clearTimeout(timer)
      before?.()
      resolve()
    }
    return promise
  }

  #stop(state: 'closing' | 'closed'): void {
    this.#state = state
    this.#controller?.abort()
    this.#wake?.()
    this.#room?.()
  }

  #finish(): void {
    if (this.#state === 'closed') return
    this.#stop('closed')
    this.#gone?.()
  }
}

function isBytes(message: unknown): message is Uint8Array {
  return message instanceof Uint8Array
}

/** @throws SyntaxError for bytes that are no text, and so no JSON. */
function textOf(data: string | Uint8Array): string {
  if (typeof data === 'string') return data
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch {
    throw new SyntaxError('not UTF-8')
  }
}
