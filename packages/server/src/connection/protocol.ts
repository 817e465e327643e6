/**
 * The seam for protocols: what serves an accepted socket, as the connections of a process see it. HTTP/1.1 is one file
 * behind it, HTTP/2 another. Types only; the handshake says which protocol a socket speaks.
 */
import type { ProxiedPeer } from '../proxy/proxy-protocol.ts'
import type { ConnectionContext, ConnectionSocket } from './connection-context.ts'
import type { ServedRequest } from './request.ts'

/**
 * How much is lost when a connection ends now, least first:
 * - `over`: nothing: only its end is waited for;
 * - `idle`: between two requests;
 * - `new`: no request yet; browsers open some in reserve;
 * - `reading`: a head is on its way;
 * - `slow`: a request waits for its client, who sends a body or reads a response;
 * - `sending`: a response has begun;
 * - `working`: an application has a request.
 */
export type ConnectionUse = 'over' | 'idle' | 'new' | 'reading' | 'slow' | 'sending' | 'working'

/** One served socket. Its clocks run by `context.timeouts`. */
export interface ServedConnection {
  /** What is spoken, for the metrics: `http/1.1`. */
  readonly protocol: string
  readonly use: ConnectionUse
  /** Since when it is used so, on the clock of `Timeouts`. */
  readonly since: number
  readonly requestsUnderWay: Iterable<ServedRequest>
  /** Loses no request that may be on its way: ends after the responses under way, or after a moment without a request. */
  retire(): void
  /** Ends now, whatever is under way. @param reason for the access log. */
  destroy(reason?: string): void
}

/** Begins to serve a socket that nothing has been read from. @param peer for whom a proxy speaks, by the PROXY protocol. */
export type Protocol = (
  socket: ConnectionSocket,
  context: ConnectionContext,
  peer: ProxiedPeer | undefined,
) => ServedConnection
