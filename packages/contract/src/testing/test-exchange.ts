/**
 * The server's side of one response, collected in memory: the head and when it is sent, the bytes and those
 * that must not be sent. Knows nothing of bodies.
 */
import type { Chunk, Write } from '../body.ts'
import { byteLengthOf } from '../checked-exchange.ts'
import { ContractError, show } from '../contract-error.ts'
import type { ErrorStream, MessageSocketOptions } from '../environ.ts'
import type { HeaderList } from '../start-response.ts'
import { findHeadBreach, findUpgradeBreach } from '../validate-head.ts'
import { findProtocolProblem } from '../validate-websocket.ts'

/** `none`: startResponse was not called. `given`: it was called, nothing is sent yet. `sent`: the head is sent. */
type HeadState = 'none' | 'given' | 'sent'

export class TestExchange {
  readonly #isHead: boolean
  readonly #limit: number
  readonly #signal: AbortSignal
  readonly #log: ErrorStream
  readonly #chunks: Uint8Array[] = []
  state: HeadState = 'none'
  statusLine = ''
  headers: HeaderList = []
  #overflow: RangeError | undefined
  #flushIsDue = false
  /** Bytes the application gave, sent or not. */
  #given = 0

  constructor(method: string, limit: number, signal: AbortSignal, log: ErrorStream) {
    this.#isHead = method === 'HEAD'
    this.#limit = limit
    this.#signal = signal
    this.#log = log
  }

  /** The `startResponse` of this response; bound: it may be passed on without its object. */
  startResponse = (status: string, headers: HeaderList, error?: unknown): Write => {
    const breach = findHeadBreach(status, headers)
    if (breach !== undefined) throw new ContractError(breach.clause, 'application', breach.message)
    if (this.state !== 'none' && (error === undefined || error === null)) {
      throw new ContractError('C49', 'application', 'startResponse was called twice; a second call must give error')
    }
    if (this.state === 'sent') throw error
    this.state = 'given'
    this.statusLine = status
    this.headers = headers.map(([name, value]) => [name, value] as const)
    if (this.#flushIsDue) this.state = 'sent'
    return (chunk) => this.#write(chunk)
  }

  /** Sends the head, now or as soon as it is given (SPEC C91). */
  flushHead(): void {
    if (this.state === 'given') this.state = 'sent'
    this.#flushIsDue = true
  }

  /** Sends a 101. @param offered `HTTP_UPGRADE`. */
  upgrade(headers: HeaderList, offered: string | undefined): Write {
    const breach = findUpgradeBreach(headers, offered)
    if (breach !== undefined) throw new ContractError('C86', 'application', `tsgi.upgrade: ${breach.message}`)
    if (this.state !== 'none') {
      throw new ContractError('C86', 'application', 'tsgi.upgrade was called after startResponse; it takes its place')
    }
    this.state = 'sent'
    this.statusLine = '101 Switching Protocols'
    this.headers = headers.map(([name, value]) => [name, value] as const)
    return (chunk) => this.#write(chunk)
  }

  /** Completes the handshake of a WebSocket. @param offered `HTTP_SEC_WEBSOCKET_PROTOCOL`. */
  acceptWebSocket(options: MessageSocketOptions, offered: string | undefined): void {
    const problem = findProtocolProblem(options, offered)
    if (problem !== undefined) throw new ContractError('C96', 'application', `tsgi.websocket ${problem}`)
    if (this.state !== 'none') {
      throw new ContractError('C96', 'application', 'tsgi.websocket was called after startResponse; it takes its place')
    }
    const { protocol = '' } = options
    this.state = 'sent'
    this.statusLine = '101 Switching Protocols'
    this.headers = protocol === '' ? [] : [['Sec-WebSocket-Protocol', protocol]]
  }

  /** True when no further chunk of the body can matter to the client. */
  get isFull(): boolean {
    return this.#isHead && this.state !== 'none'
  }

  /** Whether an error says that the response has no end. */
  isOverflow(error: unknown): boolean {
    return this.#overflow !== undefined && error === this.#overflow
  }

  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0))
    let at = 0
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return bytes
  }

  /** Sends a chunk: the first that is not empty takes the head with it. */
  send(chunk: unknown): void {
    const bytes = toBytes(chunk)
    if (bytes.length === 0) return
    if (this.state === 'none') {
      throw new ContractError(
        'C48',
        'application',
        'a chunk came before startResponse was called; it must be called first',
      )
    }
    this.state = 'sent'
    const room = this.#room()
    this.#given += bytes.length
    if (this.#given > this.#limit) {
      this.#overflow = new RangeError(`call: the response has more than ${this.#limit} bytes; give a larger limit`)
      throw this.#overflow
    }
    if (room > 0) this.#chunks.push(bytes.slice(0, room))
    if (bytes.length > room && !this.#isHead)
      this.#log.write('bytes that the head does not allow were dropped (C70, C71)\n')
  }

  /**
   * Ends the body: sends the head if it is not sent yet.
   * @throws when bytes are missing: a client would see an incomplete message.
   */
  end(): void {
    if (this.state === 'none') {
      throw new ContractError(
        'C48',
        'application',
        'the body ended and startResponse was never called; it must be called',
      )
    }
    this.state = 'sent'
    if (this.#isHead || this.#isContentless() || this.#given >= (this.#declared() ?? 0)) return
    throw new Error(`the body has ${this.#given} bytes; Content-Length declares ${this.#declared()} (C71)`)
  }

  async #write(chunk: Chunk): Promise<void> {
    this.#signal.throwIfAborted()
    this.send(chunk)
    if (chunk.length === 0) this.flushHead()
    // A socket takes time: this finds applications that do not await their writes.
    await Promise.resolve()
    this.#signal.throwIfAborted()
  }

  /** How many bytes may still be sent. */
  #room(): number {
    if (this.#isHead || this.#isContentless()) return 0
    return Math.max(0, (this.#declared() ?? Number.POSITIVE_INFINITY) - this.#given)
  }

  /** Whether its head allows content. */
  get hasContent(): boolean {
    return !this.#isHead && !this.#isContentless()
  }

  #isContentless(): boolean {
    return ['204', '205', '304'].includes(this.statusLine.slice(0, 3))
  }

  #declared(): number | undefined {
    const length = this.headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1]
    return length === undefined ? undefined : Number(length)
  }
}

function toBytes(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk)
  if (byteLengthOf(chunk) === undefined) {
    throw new ContractError('C67', 'application', `a chunk is ${show(chunk)}; it must be a string or a Uint8Array`)
  }
  return chunk as Uint8Array // byteLengthOf knows the size of chunks only, and this is not a string
}
