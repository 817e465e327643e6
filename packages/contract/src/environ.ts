/**
 * The request, as an application sees it: CGI names (RFC 3875 §4.1), PEP 3333 names, and ours under `tsgi.`.
 */
import type { FileBody, Write } from './body.ts'
import type { HeaderList } from './start-response.ts'

/**
 * One per request; an ordinary object that the application may change and copy (SPEC C6–C10).
 * Keys that were not sent by the client are absent, never empty (`CONTENT_TYPE`, `CONTENT_LENGTH`, `HTTP_*`; C23).
 */
export interface Environ {
  /** The method as it was sent: a token, case-sensitive (SPEC C11; RFC 9110 §9.1). */
  REQUEST_METHOD: string
  /** The part of the decoded path that led to this application; `''` or begins with `/`, never ends with it (SPEC C12). */
  SCRIPT_NAME: string
  /** The rest of the decoded path; `''` or begins with `/`; `'*'` only for `OPTIONS *`. Percent-decoded once, as UTF-8 (SPEC C13, C14, C16). */
  PATH_INFO: string
  /** What follows the first `?`, raw; `''` without a `?` (SPEC C17). */
  QUERY_STRING: string
  CONTENT_TYPE?: string
  /** Decimal digits; absent if the length is not known in advance (SPEC C18, C19). */
  CONTENT_LENGTH?: string
  /** SPEC C24. */
  SERVER_NAME: string
  /** Decimal digits (SPEC C24). */
  SERVER_PORT: string
  /** `'HTTP/1.1'`, as the client sent it (SPEC C25). */
  SERVER_PROTOCOL: string
  /** `''` if the transport has no address (SPEC C26). */
  REMOTE_ADDR: string
  /** Decimal digits, or `''` (SPEC C26). */
  REMOTE_PORT: string
  /** The raw request target, without loss (SPEC C15; RFC 9112 §3.2). */
  REQUEST_URI: string
  /** Request headers: upper case, `-` as `_`; duplicates joined with `, ` (`Cookie` with `; `); latin-1 text (SPEC C9, C20–C22). */
  [header: `HTTP_${string}`]: string | undefined

  'wsgi.version': readonly [1, 0]
  /** The scheme of the transport (SPEC C28). */
  'wsgi.url_scheme': 'http' | 'https'
  'wsgi.input': Input
  'wsgi.errors': ErrorStream
  /** True if this application object may be called from another thread of this process (SPEC C29). */
  'wsgi.multithread': boolean
  /** True if another process may serve the same application. */
  'wsgi.multiprocess': boolean
  /** True if the process ends after this one request (CGI). */
  'wsgi.run_once': boolean
  /** Makes a body out of an open file, if the server can send one better than by iteration. */
  'wsgi.file_wrapper'?: FileWrapper

  /** The version of this contract (SPEC C27). */
  'tsgi.version': readonly [1, 0]
  /** Aborts when the client went away or the request timed out. Created at the first read (SPEC C30, C31). */
  'tsgi.signal': AbortSignal
  /** Aborts when the process begins to shut down: the application should then end a long-lasting response (SPEC C90). */
  'tsgi.leaving'?: AbortSignal
  /** Sends the head before the first byte of the body: at once, or when `startResponse` is called (SPEC C91). */
  'tsgi.flush_head'?: () => void
  /** Sends `103 Early Hints` (RFC 8297) with these headers, if the transport can (SPEC C32). */
  'tsgi.early_hints'?: (headers: HeaderList) => void
  /** Runs `task` once, after the response has ended. Its failure goes to the operator's log (SPEC C33). */
  'tsgi.after_response'?: (task: () => void | Promise<void>) => void
  /**
   * Takes the connection over for another protocol, such as WebSocket: sends `101 Switching Protocols` with these headers, one
   * of them `Upgrade`. It replaces `startResponse`; present only if the client has offered it (SPEC C86, C87).
   */
  'tsgi.upgrade'?: (headers: HeaderList) => Upgraded
  /** Counts a request against a limit that holds for all processes of this server; absent where none can (SPEC C95). */
  'tsgi.rate_limit'?: RateLimiter

  /**
   * Takes a WebSocket over whose frames the platform reads and writes. It replaces `startResponse`; present only for the
   * handshake of a WebSocket, where the server passes no bytes on (SPEC C96, C97).
   */
  'tsgi.websocket'?: (options?: MessageSocketOptions) => MessageSocket

  /** Fields after a body: those of the request, and those for the response. Absent where neither can be (SPEC C92–C94). */
  'tsgi.trailers'?: Trailers

  /** The id of this request in logs and responses, set by a server or a middleware (SPEC C10). Visible ASCII, 200 at most. */
  'tsgi.request_id'?: string

  /**
   * The place of this request in its trace, `00-<trace>-<parent>-<flags>` (W3C Trace Context §3.2; SPEC C10). A server sets it: what
   * `HTTP_TRACEPARENT` says where its sender is believed (both are equal then), else one that begins a trace. A middleware that
   * makes a span replaces it by the span's own, so that the line of the access log names the span.
   */
  'tsgi.traceparent'?: string

  /** The pattern of the matching route, after the patterns of its mounts, set by a router (SPEC C10): `/users/:id`. */
  'tsgi.route'?: string

  /** Positional and named arguments of the route, set by a router (a key of the WSGI community). */
  'wsgiorg.routing_args'?: RoutingArgs

  /** Servers, middleware and applications may add custom keys, `vendor.name`. */
  [key: string]: unknown
}

/** `[[], {name: value}]`; a wildcard's value is the list of its segments (SPEC C35). */
export type RoutingArgs = readonly [readonly [], Readonly<Record<string, string | readonly string[]>>]

/**
 * The request body (SPEC C36–C44; PEP 3333, "Input and Error Streams"). It ends where the body ends, for every framing, and
 * never reads into the next request. One reader at a time.
 *
 * Every reader rejects with an `InputError` when the body was cut short, malformed or larger than the server allows.
 */
export interface Input extends AsyncIterable<Uint8Array> {
  /**
   * Reads exactly `size` bytes, fewer only at the end of the body; all that is left without `size`.
   * @returns an empty array at the end.
   */
  read(size?: number): Promise<Uint8Array>
  /** Reads up to and including the next LF, at most `size` bytes; an empty array at the end. */
  readline(size?: number): Promise<Uint8Array>
}

/**
 * `wsgi.input` rejects with it when the client made the error. An application may rethrow it, or
 * respond with this status; a server that gets the error back responds with this status (SPEC C40, C83).
 */
export interface InputError extends Error {
  /** The status of the response: 400, 408 or 413. */
  readonly 'tsgi.status': number
}

/**
 * A connection that speaks another protocol (SPEC C87). It lasts until the body of the application has ended. So an
 * application returns when the conversation is over, or returns a body that carries its side of it.
 */
export interface Upgraded {
  /** What the client sends, until it ends its side. */
  readonly input: Input
  /** Sends bytes unchanged; resolves when more may be written. */
  readonly write: Write
}

/**
 * Trailer fields (SPEC C92–C94; RFC 9110 §6.5): what came after the request's body, and what goes after the response's.
 * @example
 * const { trailers } = { trailers: environ['tsgi.trailers'] }
 * const body = await environ['wsgi.input'].read()
 * const digest = trailers?.received?.find(([name]) => name === 'digest')
 * trailers?.send([['Server-Timing', 'total;dur=12']])
 */
export interface Trailers {
  /** `undefined` until a reader of `wsgi.input` has met the end of the body; then what came, names in lower case. */
  readonly received: HeaderList | undefined
  /** Whether the client takes trailers (`TE: trailers`). If not, what is sent is dropped. */
  readonly accepted: boolean
  /** Adds fields that are sent after the body. Given before the head, they are announced by `Trailer`. */
  send(fields: HeaderList): void
}

/**
 * `tsgi.rate_limit` (SPEC C95): allows at most `limit` requests under `key` in any span of `milliseconds`, over all processes
 * of the server. It rejects if the server cannot count now.
 */
export type RateLimiter = (key: string, limit: number, milliseconds: number) => Promise<RateLimit>

/** The result of counting one request (SPEC C95). */
export interface RateLimit {
  /** Whether the request is within the limit. Only then it is counted. */
  readonly isAllowed: boolean
  /** Requests that may follow at once. */
  readonly remaining: number
  /** Milliseconds until all of the limit is there again, if no request comes. */
  readonly resetMs: number
  /** Milliseconds until the next request may come; 0 for an allowed one. */
  readonly retryMs: number
}

/** What an application says in its half of a WebSocket handshake (SPEC C96). */
export interface MessageSocketOptions {
  /** One of the subprotocols that the client offers; `''` for none. @default '' */
  readonly protocol?: string
}

/**
 * A WebSocket of the platform (SPEC C97). It lasts until the body of the application has ended, or the client has closed it.
 */
export interface MessageSocket {
  /** Messages in order: text, or bytes. Ends when the connection does. One reader. */
  readonly messages: AsyncIterable<string | Uint8Array>
  /** Sends one message; resolves when more may be sent, rejects when the connection is closed. */
  send(message: string | Uint8Array): Promise<void>
  /** Begins the closing handshake; does nothing once it has begun. @param code undefined for none. */
  close(code?: number, reason?: string): void
  /** Resolves when the connection is closed. Never rejects. */
  readonly closed: Promise<SocketEnd>
}

/** How a WebSocket ended (SPEC C97). */
export interface SocketEnd {
  /** The close code of the client; 1006 for a connection that was cut; undefined where it gave none. */
  readonly code: number | undefined
  readonly reason: string
}

/** Text for the operator's log, never for the client (SPEC C45, C46). */
export interface ErrorStream {
  write(text: string): void
  writelines(lines: Iterable<string>): void
  flush(): void
}

/** `wsgi.file_wrapper` (SPEC C34): takes over an open descriptor. `range` defaults to the whole file. */
export type FileWrapper = (
  file: { readonly fd: number; close(): void | Promise<void> },
  range: { readonly start: number; readonly length: number },
) => FileBody
