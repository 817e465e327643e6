/**
 * The connection that a Node handler believes it is on: one request in, one response out, no byte on a network. Any
 * Duplex may be given to an `http.Server` as a connection; this one also has what handlers read of a `net.Socket`.
 * Knows the environ and streams; its owner knows what the bytes mean.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { Duplex } from 'node:stream'
import type { Chunk, Environ } from '@tsgi/contract'

/** What `http.createServer` takes; a promise that it returns is waited for, for its rejection. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown

/** What was written, as it was written. */
export interface Piece {
  readonly chunk: Chunk
  readonly encoding: BufferEncoding
}

export interface SocketOwner {
  /** Whether the handler still reads the request though its response is finished. */
  readonly isRead: boolean
  /** More of the request is wanted. */
  pulled(): void
  /** @param taken to be called when more may be written. */
  wrote(pieces: readonly Piece[], taken: () => void): void
  /** Nothing more will be written. */
  finished(): void
  /** The socket is gone, by either side. */
  gone(): void
  /** The message objects are made: calls the handler, or `instead` of it. */
  serve(request: IncomingMessage, response: ServerResponse, instead?: NodeHandler): void
  /** Node does not take the request: it does not know the method, or the body is broken. */
  refused(): void
  /** Calls the handler's code; what it throws fails this request only. */
  attempt(call: () => unknown): void
}

export class GuestSocket extends Duplex {
  readonly environ: Environ
  #owner: SocketOwner
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localPort: number
  /** As on a TLSSocket: only there where it is true. */
  declare readonly encrypted?: true
  bytesRead = 0
  bytesWritten = 0
  /** Milliseconds, as `net.Socket` has it. */
  timeout: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(environ: Environ, owner: SocketOwner) {
    // Text stays text: the server sends it as UTF-8 anyway.
    super({ decodeStrings: false })
    this.environ = environ
    this.#owner = owner
    this.remoteAddress = environ.REMOTE_ADDR === '' ? undefined : environ.REMOTE_ADDR
    this.remotePort = environ.REMOTE_PORT === '' ? undefined : Number(environ.REMOTE_PORT)
    this.localPort = Number(environ.SERVER_PORT)
    if (environ['wsgi.url_scheme'] === 'https') Object.assign(this, { encrypted: true })
  }

  /** The request of this connection; an owner that does nothing once the request is over. */
  get owner(): SocketOwner {
    return this.#owner
  }

  /** Only an address is one; SERVER_NAME may be a name. */
  get localAddress(): string | undefined {
    return isIP(this.environ.SERVER_NAME) === 0 ? undefined : this.environ.SERVER_NAME
  }

  get remoteFamily(): string | undefined {
    return family(this.remoteAddress)
  }

  get localFamily(): string | undefined {
    return family(this.localAddress)
  }

  get readyState(): string {
    return this.readable && this.writable ? 'open' : this.writable ? 'writeOnly' : this.readable ? 'readOnly' : 'closed'
  }

  get connecting(): boolean {
    return false
  }

  get pending(): boolean {
    return false
  }

  address(): { address?: string; family?: string; port?: number } {
    const { localAddress, localFamily } = this
    if (localAddress === undefined || localFamily === undefined) return {}
    return { address: localAddress, family: localFamily, port: this.localPort }
  }

  /** Emits `'timeout'` after so many milliseconds without a read or a write; 0 for never. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    clearTimeout(this.#timer)
    this.timeout = milliseconds
    this.#timer = milliseconds > 0 ? setTimeout(() => this.emit('timeout'), milliseconds).unref() : undefined
    if (callback !== undefined && milliseconds > 0) this.once('timeout', callback)
    else if (callback !== undefined) this.removeListener('timeout', callback)
    return this
  }

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** There is no connection to reset. */
  resetAndDestroy(): this {
    return this.destroy()
  }

  // The server owns the real connection: what these would change has no effect.

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  /** Gives Node bytes of the request. */
  deliver(bytes: Uint8Array | string): boolean {
    if (this.destroyed) return false
    this.received(bytes.length)
    return this.push(bytes, 'latin1')
  }

  /** So many bytes have come. */
  received(bytes: number): void {
    this.bytesRead += bytes
    this.#timer?.refresh()
  }

  override _read(): void {
    this.#owner.pulled()
  }

  override _write(chunk: Chunk, encoding: BufferEncoding, taken: () => void): void {
    this.#write([{ chunk, encoding }], taken)
  }

  override _writev(pieces: Piece[], taken: () => void): void {
    this.#write(pieces, taken)
  }

  #write(pieces: readonly Piece[], taken: () => void): void {
    for (const { chunk } of pieces) this.bytesWritten += chunk.length
    this.#timer?.refresh()
    this.#owner.wrote(pieces, taken)
  }

  override _final(done: () => void): void {
    this.#owner.finished()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#owner.gone()
    this.release()
    done(error)
  }

  /** Its request is over: a socket that handlers or collectors keep for a while need not keep its exchange. */
  release(): void {
    clearTimeout(this.#timer)
    this.#owner = NO_OWNER
  }
}

const NO_OWNER: SocketOwner = {
  isRead: false,
  pulled: () => undefined,
  wrote: (_pieces, taken) => taken(),
  finished: () => undefined,
  gone: () => undefined,
  serve: () => undefined,
  refused: () => undefined,
  attempt: () => undefined,
}

function family(address: string | undefined): string | undefined {
  const version = isIP(address ?? '')
  return version === 0 ? undefined : `IPv${version}`
}

/*
 * The GuestSocket of messages that no parser reads: what Node does to a connection when it wants more of a body says so
 * to the exchange at once. Knows streams; knows no message.
 */

export class DirectSocket extends GuestSocket {
  /** The server whose connection it is, as `http.Server` says it. */
  server: Server | undefined
  /** Whether the body has been asked for. */
  wasResumed = false

  override resume(): this {
    this.wasResumed = true
    this.owner.pulled()
    return this
  }

  /** Nothing flows that could be held. */
  override pause(): this {
    return this
  }
}
