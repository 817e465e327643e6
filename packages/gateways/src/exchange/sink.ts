/**
 * The interface that each transport implements to send a response: HTTP/1.1 bytes on a socket, a ReadableStream of the
 * fetch gateway, a ServerResponse of the node gateway. Types only.
 *
 * The exchange has already checked everything; a sink frames and sends, and decides nothing.
 */
import type { Chunk, MessageSocket, MessageSocketOptions } from '@tsgi/contract'
import type { InputSource } from './input.ts'
import type { LoopTurn } from './loop-turn.ts'

/** The head of a response, checked, without the fields of the transport (Date, framing). */
export interface ResponseHead {
  /** `'200 OK'`: three digits, a space, a reason phrase that may be empty. */
  readonly status: string
  /** Its three digits. */
  readonly code: number
  /** Flat: name, value, name, value, …; without Content-Length, Date and hop-by-hop headers. */
  readonly headers: readonly string[]
  /** The number of bytes to announce; `undefined` if it is unknown: then the transport frames. */
  readonly contentLength: number | undefined
  /** True for HEAD, 204, 205 and 304: no byte follows, even if `contentLength` announces some (RFC 9112 §6.3). */
  readonly bodyless: boolean
  /** Names of the trailers that were given before the head: the body is then to be framed so that they can follow it. */
  readonly trailers?: readonly string[] | undefined
}

/** A span of an open file (SPEC C69). */
export interface FileSpan {
  readonly fd: number
  readonly start: number
  readonly length: number
}

export interface Sink {
  /** Shares out the event loop between bodies. Without it, the platform does so itself. */
  readonly turn?: LoopTurn
  /** Called once, before everything else. May be held back to leave together with the first chunk. */
  writeHead(head: ResponseHead): void
  /** Sends what `writeHead` holds back, where the transport can. */
  flushHead?(): void
  /**
   * Queues one non-empty chunk; a string is UTF-8 text. `false`: write no more until `drained()` resolves.
   * @param bytes its length.
   */
  write(chunk: Chunk, bytes: number): boolean
  /**
   * Reads a span of a file and sends it, if the transport can; the head is already sent. The sink calls `ended`
   * once, later, when it no longer reads the descriptor: all is sent, or it failed, or the sink was stopped.
   */
  sendFile?(span: FileSpan, ended: (error?: Error) => void): void
  /** Resolves when more may be written. Never rejects; `Exchange.abort` reports a client that left. */
  drained(): Promise<void>
  /** Whether trailers can follow a response, where the client takes them. */
  readonly hasTrailers?: boolean
  /** The response is complete. @param trailers flat name, value, …; dropped where they have no place. */
  end(trailers?: readonly string[]): void
  /** The response cannot be completed: the client must be able to see that it is not (RFC 9112 §8). */
  abort(reason: unknown): void
  /** Sends an interim response such as `'103 Early Hints'` (RFC 9110 §15.2), where the transport can. */
  informational?(status: string, headers: readonly string[]): void
  /**
   * Sends `101 Switching Protocols` instead of a head, if the transport can (RFC 9110 §15.2.2): chunks then are sent
   * unchanged. @returns what the client sends from here on.
   */
  upgrade?(headers: readonly string[]): InputSource
  /** Accepts a WebSocket instead of a response, where the platform reads the frames (SPEC C96). */
  websocket?(options: MessageSocketOptions): MessageSocket
  /** Keeps the platform alive until the promise settles, where a platform needs to be asked. */
  waitUntil?(promise: Promise<unknown>): void
}
