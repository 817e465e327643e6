/**
 * The body of a response. The server pulls it, one chunk at a time, as fast as the client reads.
 * Knows nothing of framing: the server does that.
 */

/** One piece of a body (SPEC C67, C68). A string is sent as UTF-8; bytes are sent as they are. */
export type Chunk = string | Uint8Array

/**
 * A response body (SPEC C3, C67–C75).
 *
 * - a `Chunk` is one chunk: a string is never iterated by character;
 * - an `Iterable` or `AsyncIterable` of chunks is streamed;
 * - a `FileBody` is a span of an open file.
 *
 * If the body has a `close()` method, the server calls it exactly once when the response has ended, whether it was sent
 * whole, failed, or the client went away (C78). The same holds for `return()` of the body's iterator (C79–C82).
 */
export type Body = Chunk | (Iterable<Chunk> & Closeable) | (AsyncIterable<Chunk> & Closeable) | FileBody

/** The optional end-of-response hook of a body (PEP 3333, "close() method"). */
export interface Closeable {
  close?: (() => void | Promise<void>) | undefined
}

/**
 * A span of an open file (SPEC C69; PEP 3333, "Optional Platform-Specific File Handling").
 * A server that can send from a descriptor uses `fd`, `start` and `length`; any other server iterates it.
 */
export interface FileBody extends AsyncIterable<Uint8Array> {
  /** An open file descriptor; it belongs to the body and is closed by `close()`. */
  readonly fd: number
  /** Offset of the first byte to send. */
  readonly start: number
  /** Number of bytes to send. */
  readonly length: number
  close: () => void | Promise<void>
}

/**
 * Sends a chunk of the body imperatively (SPEC C76, C77; PEP 3333, "The write() Callable"), until the application has returned.
 * Commits the head with the first non-empty chunk.
 * @returns a promise that resolves when more may be written, and rejects when the client has gone.
 */
export type Write = (chunk: Chunk) => Promise<void>
