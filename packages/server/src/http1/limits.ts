/**
 * How much of everything a client may send. Counts and bytes only: time is the connection's.
 * Each limit acts as the bytes arrive, before anything beyond it is kept.
 */

export interface Limits {
  /** Bytes of the request line without its CRLF; longer is 414. RFC 9112 §3 asks for at least 8000. */
  readonly requestLine: number
  /** Bytes of the method; longer is 501 (RFC 9112 §3). */
  readonly method: number
  /** Bytes of one header line without its CRLF; longer is 431. */
  readonly field: number
  /** Bytes of the header section, or of the trailer section; more is 431. */
  readonly fields: number
  /** Header lines of a request, or trailer lines; more is 431. */
  readonly fieldCount: number
  /** Bytes of a request body, after decoding; more is 413. `Infinity` for none. */
  readonly body: number
  /** Bytes of chunk extensions in one chunk line, and in a whole body beside a sixteenth of its content; more is 413. */
  readonly chunkExtension: number
  /** Bytes of a body that the application left unread, which are read and dropped to keep the connection. */
  readonly unreadBody: number
}

export const DEFAULT_LIMITS: Limits = {
  requestLine: 16 * 1024,
  method: 64,
  field: 64 * 1024,
  fields: 64 * 1024,
  fieldCount: 1000,
  body: 1024 * 1024 * 1024,
  chunkExtension: 16 * 1024,
  unreadBody: 256 * 1024,
}

/** Blank lines before a request line (RFC 9112 §2.2 asks to skip at least one). */
export const BLANK_LINES = 8
