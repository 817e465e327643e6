/**
 * One WebSocket after its handshake: messages in, messages out, pings, the closing handshake (RFC 6455 §5, §7). Frames are
 * read and written by `ws`. Knows the upgraded connection; knows no request.
 */
import type { Environ, Upgraded } from '@tsgi/contract'
import type { Schema } from '../validation/schema.ts'
import { FrameReader, frame } from './frames.ts'

/** Limits of a WebSocket. */
export interface PeerLimits {
  /** Bytes of one message; a larger one ends the connection with 1009. @default 1 MiB */
  readonly maxMessage?: number | undefined
  /** Milliseconds between pings. A peer from which nothing came in two of them is gone. 0 for none. @default 30 000 */
  readonly ping?: number | undefined
  /** Messages that wait for the view before the client is no longer read. @default 16 */
  readonly queue?: number | undefined
}

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
  /** Closes the connection. @param code 1000, 1001–1014 or 3000–4999. @throws RangeError for another one. */
  close(code?: number, reason?: string): Promise<void>
}

interface Settings extends PeerLimits {
  readonly message: Schema | undefined
  readonly protocol: string
}

const MAX_MESSAGE_BYTES = 2 ** 20
const PING_INTERVAL_MS = 30_000
const MAX_QUEUED = 16
const CLOSE_TIMEOUT_MS = 2000

export class WebSocketPeer implements Peer<never> {
  readonly protocol: string
  readonly #upgraded: Upgraded
  readonly #environ: Environ
  readonly #settings: Settings
  readonly #reader: FrameReader
  readonly #closed = new AbortController()
  readonly #waiting: unknown[] = []
  /** Wakes the view, which waits for a message, or the reading, which waits for room. */
  #wake: (() => void) | undefined
  #room: (() => void) | undefined
  #last: Promise<void> = Promise.resolve()
  #taken: Promise<void> = Promise.resolve()
  #state: 'open' | 'closing' | 'closed' = 'open'
  #isAlive = true

  /** @throws TypeError for a limit that is no whole number. */
  static check(limits: PeerLimits): void {
    for (const [name, value] of Object.entries(limits)) {
      if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31))
        throw new TypeError(`websocket: ${name} is ${String(value)}; it must be a whole number below 2^31`)
    }
  }

  constructor(upgraded: Upgraded, environ: Environ, settings: Settings) {
    this.#upgraded = upgraded
    this.#environ = environ
    this.#settings = settings
    this.protocol = settings.protocol
    this.#reader = new FrameReader(settings.maxMessage ?? MAX_MESSAGE_BYTES, {
      message: (data) => this.#take(data),
      ping: (data) => void this.#write(frame('pong', data)),
      close: (code) => this.#end(code),
    })
  }

  get signal(): AbortSignal {
    return this.#closed.signal
  }

  /** Runs a view until both it and the connection have ended. */
  async run(view: () => void | Promise<void>): Promise<void> {
    const timer = this.#startPings()
    const leaving: unknown = this.#environ['tsgi.leaving']
    const leave = () => void this.close(1012, 'The server restarts')
    const gone = () => this.#finish()
    if (leaving instanceof AbortSignal) leaving.addEventListener('abort', leave, { once: true })
    this.#environ['tsgi.signal'].addEventListener('abort', gone, { once: true })
    const reading = this.#read()
    try {
      await view()
      await this.close(1000)
    } catch (error) {
      this.#report(error)
      await this.close(1011)
    } finally {
      clearInterval(timer)
      if (leaving instanceof AbortSignal) leaving.removeEventListener('abort', leave)
      this.#environ['tsgi.signal'].removeEventListener('abort', gone)
      // What was to be sent goes out before the end.
      await this.#last
      this.#finish()
      reading.catch(() => undefined)
    }
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

  async send(message: unknown): Promise<void> {
    if (this.#state !== 'open') return
    if (message instanceof Uint8Array) return this.#write(frame('binary', message))
    const text = typeof message === 'string' && this.#settings.message === undefined ? message : JSON.stringify(message)
    if (text === undefined) throw new TypeError(`send: ${typeof message} has no JSON form; give text, bytes or data`)
    return this.#write(frame('text', new TextEncoder().encode(text)))
  }

  async close(code = 1000, reason = ''): Promise<void> {
    const isCode =
      (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
    if (!Number.isInteger(code) || !isCode) throw new RangeError(`close: ${code} is no code that may be sent`)
    const text = new TextEncoder().encode(reason)
    if (text.length > 123) throw new RangeError('close: the reason is longer than 123 bytes')
    if (this.#state !== 'open') return
    this.#stop('closing')
    await this.#write(frame('close', Uint8Array.of(code >> 8, code & 255, ...text)))
    // The other side says so too, or is not waited for.
    const timer = setTimeout(() => this.#finish(), CLOSE_TIMEOUT_MS)
    await new Promise<void>((resolve) => {
      if (this.#closed.signal.aborted) resolve()
      else this.#closed.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    clearTimeout(timer)
  }

  async #read(): Promise<void> {
    try {
      for await (const bytes of this.#upgraded.input) {
        this.#isAlive = true
        await this.#reader.read(bytes)
        await this.#taken.catch(() => undefined)
        if (this.#state === 'closed') return
        while (this.#waiting.length >= Math.max(1, this.#settings.queue ?? MAX_QUEUED) && this.#state === 'open') {
          await new Promise<void>((resolve) => {
            this.#room = resolve
          })
        }
      }
    } finally {
      this.#finish()
    }
  }

  /** In the order in which they came, also if a schema takes its time. */
  #take(data: string | Uint8Array): void {
    this.#taken = this.#taken.then(async () => {
      const { message } = this.#settings
      const read = message === undefined ? { value: data } : await readBy(message, data)
      if (this.#state !== 'open') return
      if (read === undefined) return this.#fail(1007)
      this.#waiting.push(read.value)
      this.#wake?.()
    })
    this.#taken.catch((error) => {
      this.#report(error)
      void this.close(1011)
    })
  }

  /** The peer has closed, or has broken the protocol: `code` is what is said back. */
  #end(code: number | undefined): void {
    if (this.#state === 'open') return void this.#fail(code)
    this.#finish()
  }

  async #fail(code: number | undefined): Promise<void> {
    this.#stop('closing')
    await this.#write(frame('close', code === undefined ? new Uint8Array() : Uint8Array.of(code >> 8, code & 255)))
    this.#finish()
  }

  /** One after the other, in order; what cannot be written any more is dropped. */
  #write(bytes: Uint8Array): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve()
    this.#last = this.#last
      .then(async () => {
        if (this.#state !== 'closed') await this.#upgraded.write(bytes)
      })
      .catch(() => this.#finish()) // the client has gone
    return this.#last
  }

  #startPings(): ReturnType<typeof setInterval> | undefined {
    const interval = this.#settings.ping ?? PING_INTERVAL_MS
    if (interval === 0) return undefined
    return setInterval(() => {
      if (!this.#isAlive) return this.#finish()
      this.#isAlive = false
      void this.#write(frame('ping', new Uint8Array()))
    }, interval)
  }

  #stop(state: 'closing' | 'closed'): void {
    if (this.#state !== 'closed') this.#state = state
    this.#wake?.()
    this.#room?.()
  }

  #finish(): void {
    this.#stop('closed')
    this.#closed.abort()
  }

  #report(error: unknown): void {
    const log = this.#environ['wsgi.errors']
    log.write(
      `the WebSocket ${this.#environ.PATH_INFO} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
    log.flush()
  }
}

/** @returns undefined for what is no JSON or does not fit. */
async function readBy(schema: Schema, data: string | Uint8Array): Promise<{ readonly value: unknown } | undefined> {
  try {
    const text = typeof data === 'string' ? data : new TextDecoder('utf-8', { fatal: true }).decode(data)
    const result = await schema['~standard'].validate(JSON.parse(text))
    return result.issues === undefined ? { value: result.value } : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}
