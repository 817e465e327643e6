/** What is known of a request that is over, for the access log and the metrics. Knows nothing of either. */
import type { Environ } from '@tsgi/contract'

/** What the connection knows when a request is over. Strings are raw: they are made safe here. */
export interface AccessRecord {
  /** When the first byte of the request arrived: milliseconds since the epoch. */
  readonly time: number
  readonly remoteAddr: string
  /** `undefined` where the request line could not be read. */
  readonly method: string | undefined
  readonly target: string | undefined
  readonly protocol: string | undefined
  /** The status that was sent; 0 when the connection ended before any. */
  readonly status: number
  /** Bytes of the response body that were sent. */
  readonly bytes: number
  /** Milliseconds from the first byte of the request to the last of the response. */
  readonly duration: number
  /** The pattern that matched; of a router's, so any text. */
  readonly route?: string | undefined
  readonly requestId?: string | undefined
  readonly traceparent?: string | undefined
  /** Milliseconds that the request waited before it came to us, by a front that is believed. */
  readonly queue?: number | undefined
  /** CGI variables of the headers, as they came. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined
  /** As the application left it. */
  readonly environ?: Environ | undefined
  /** Flat: name, value, …; those of the application. */
  readonly responseHeaders?: readonly string[] | undefined
  readonly host?: string | undefined
  readonly referer?: string | undefined
  readonly userAgent?: string | undefined
  /** Why it did not end as usual: a limit, a clock, a client that left. Our own words, never the client's. */
  readonly reason?: string | undefined
}
