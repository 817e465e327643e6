/**
 * The life of an HTTP/1.1 connection as tables: its states, which may follow which, how long each may last. What is done
 * in a state is http1-connection.ts.
 */
import { type Clocks, TICK_MAX_MS } from './timeouts.ts'

/**
 * - `idle`: between requests, no byte of the next has come; a blank line behind a request does not count (RFC 9112 §2.2);
 * - `reading`: a head has begun and is not complete;
 * - `exchange`: the application has the request, or a refusal is on its way;
 * - `draining`: the response is complete; the rest of the request body is read and dropped;
 * - `closing`: no further request; the last responses leave, then FIN;
 * - `lingering`: FIN is sent; what still comes is dropped, so that no RST destroys the response (RFC 9112 §9.6);
 * - `closed`: the socket is gone.
 */
export type ConnectionState = 'idle' | 'reading' | 'exchange' | 'draining' | 'closing' | 'lingering' | 'closed'

/** Which state may follow which. Any other move is a fault of the server, never of a client. */
export const MOVES: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  idle: ['reading', 'exchange', 'closing', 'closed'],
  reading: ['exchange', 'closing', 'closed'],
  exchange: ['idle', 'draining', 'closing', 'closed'],
  draining: ['idle', 'closing', 'closed'],
  closing: ['lingering', 'closed'],
  lingering: ['closed'],
  closed: [],
}

/** How long the rest of a body, which the application did not read, may take to arrive. */
const DRAIN_MAX_MS = 5_000
/**
 * How long a closed connection is still read from, as nginx's `lingering_time`, and how long without a byte, as its
 * `lingering_timeout`: a client that uploads slowly sees its early response only if nothing resets the connection.
 */
export const LINGER_MAX_MS = 30_000
const LINGER_SILENCE_MS = 5_000
/** The same where the connection is to make room. */
const LINGER_RETIRED_MS = 2_000
/** A client that has asked nothing for so long is not about to. */
export const LONG_IDLE_MS = 1_000
/** How long a connection that is to end is still listened to: a request may be on its way. The first one comes behind a handshake. */
const FAREWELL_MS = TICK_MAX_MS
const FIRST_FAREWELL_MS = LONG_IDLE_MS
/** How long the head of the last request of a connection that is to end may take, where `headers` says more or nothing. */
const LAST_HEAD_MS = 5_000

/** How long a connection may stay in a state, in milliseconds; 0: as long as it likes. */
export function timeOf(state: ConnectionState, clocks: Clocks, isFirst: boolean, isRetired: boolean): number {
  switch (state) {
    case 'idle':
      if (isRetired) return isFirst ? FIRST_FAREWELL_MS : FAREWELL_MS
      return isFirst ? clocks.headers : clocks.keepAlive
    case 'reading':
      return isRetired ? Math.min(clocks.headers || LAST_HEAD_MS, LAST_HEAD_MS) : clocks.headers
    case 'draining':
      return DRAIN_MAX_MS
    case 'closing':
      return clocks.write
    case 'lingering':
      return isRetired ? LINGER_RETIRED_MS : LINGER_SILENCE_MS
    default: // the request has clocks of its own
      return 0
  }
}
