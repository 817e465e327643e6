/** The limits of a WebSocket: their names, defaults and checks, and the clock that holds those of time. Knows no socket. */

/** Limits of a WebSocket. What goes beyond one ends this connection, with a close code and a line in the log. */
export interface PeerLimits {
  /** Bytes of one message, also when it is decompressed; a larger one ends the connection with 1009. @default 1 MiB */
  readonly maxMessage?: number | undefined
  /** Messages, pings and pongs per second, on average; more ends the connection with 1008. 0 for no limit. @default 0 */
  readonly rate?: number | undefined
  /**
   * Milliseconds between pings. A peer from which nothing came in two of them gets 1008. 0 for none. A platform that
   * pings by itself (Bun, Deno) does so as it is configured there. @default 30 000
   */
  readonly ping?: number | undefined
  /** Milliseconds without a message, in either direction, after which the connection ends with 1001. 0 for no limit. @default 0 */
  readonly idle?: number | undefined
  /** Milliseconds from the first byte of a message to its last; a slower one ends the connection with 1008. 0 for no limit. @default 60 000 */
  readonly messageTimeout?: number | undefined
  /** Milliseconds in which a peer takes what was sent; a slower one ends with 1008, or is cut. 0 for no limit. @default 60 000 */
  readonly sendTimeout?: number | undefined
  /** Bytes that may wait for a peer to take them; more ends the connection with 1008, or cuts it. @default 16 MiB */
  readonly maxUnsent?: number | undefined
  /** Messages that wait for the view before the client is no longer read. @default 16 */
  readonly queue?: number | undefined
}

/** All limits, with their defaults. */
export type Limits = { readonly [Name in keyof PeerLimits]-?: number }

const DEFAULTS: Limits = {
  maxMessage: 2 ** 20,
  rate: 0,
  ping: 30_000,
  idle: 0,
  messageTimeout: 60_000,
  sendTimeout: 60_000,
  maxUnsent: 16 * 2 ** 20,
  queue: 16,
}

/** @throws TypeError for a limit that is no whole number. */
export function limitsOf(given: PeerLimits): Limits {
  const limits: Record<keyof PeerLimits, number> = { ...DEFAULTS }
  for (const name of Object.keys(DEFAULTS) as (keyof PeerLimits)[]) {
    const value = given[name]
    if (value === undefined) continue
    if (!(Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31))
      throw new TypeError(`websocket: ${name} is ${String(value)}; it must be a whole number below 2^31`)
    limits[name] = value
  }
  return limits
}

const MIN_TICK_MS = 10

/** How often the limits of time are looked at; undefined without one. */
export function tickOf({ ping, idle, messageTimeout, sendTimeout }: Limits): number | undefined {
  const spans = [ping, idle / 4, messageTimeout / 4, sendTimeout / 4].filter((span) => span > 0)
  return spans.length === 0 ? undefined : Math.max(MIN_TICK_MS, Math.floor(Math.min(...spans)))
}
