/**
 * The life of a connection, as a table. What is done in a state is connection.ts; which state may follow which is here,
 * and nowhere else.
 */

/**
 * - `idle`: between requests, not one octet of the next has come; a blank line behind a request is none (RFC 9112 §2.2);
 * - `reading`: a head has begun and is not complete;
 * - `exchange`: the application has the request, or a refusal is on its way;
 * - `draining`: the response is complete; what the application left of the request body is read and dropped;
 * - `closing`: no further request; the last answers leave, then FIN;
 * - `lingering`: FIN is sent; what still comes is dropped, so that no RST eats the answer (RFC 9112 §9.6);
 * - `closed`: the socket is gone.
 */
export type ConnectionState = 'idle' | 'reading' | 'exchange' | 'draining' | 'closing' | 'lingering' | 'closed'

const MOVES: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  idle: ['reading', 'exchange', 'closing', 'closed'],
  reading: ['exchange', 'closing', 'closed'],
  exchange: ['idle', 'draining', 'closing', 'closed'],
  draining: ['idle', 'closing', 'closed'],
  closing: ['lingering', 'closed'],
  lingering: ['closed'],
  closed: [],
}

/** @throws Error for a move that the table does not have: a fault of the server, never of a client. */
export function checkMove(from: ConnectionState, to: ConnectionState): ConnectionState {
  if (!MOVES[from].includes(to)) throw new Error(`connection: no move from ${from} to ${to}`)
  return to
}
