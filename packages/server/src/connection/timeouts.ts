/**
 * The clocks of a worker's connections: how long each phase may take, and the one coarse timer that looks after them
 * all. A request arms no timer. Knows no sockets: a connection judges its own deadlines when it is looked at.
 */
import type { ConnectionState } from './connection-state.ts'

/** Milliseconds; 0 turns a clock off. Late by up to one tick (see `Timeouts`), never early. */
export interface Clocks {
  /** A whole head, from its first octet (the first one from accept), however it drips: 408. */
  readonly headers: number
  /** Without an octet of content while the application waits for the body: 408. Also the grace of `minimumRate`. */
  readonly body: number
  /** Octets of content a second, over all the time the application waited for the body: slower is 408. 0: no rate. */
  readonly minimumRate: number
  /** Between two requests: the connection is closed without a word. */
  readonly keepAlive: number
  /** Without progress while octets wait to leave: the connection is cut. A kernel may take megabytes at a time. */
  readonly write: number
  /** From the complete head to the end of the response: 503, or cut if the response has begun. */
  readonly request: number
}

export const DEFAULT_CLOCKS: Clocks = {
  headers: 30_000,
  body: 30_000,
  minimumRate: 240,
  keepAlive: 5_000,
  write: 60_000,
  request: 0,
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
/** Who has asked nothing for so long is not about to. */
export const LONG_IDLE = 1_000
/** How long a connection that is to end is still listened to: a request may be on its way. The first one comes behind a handshake. */
const FAREWELL_TIME = 250
const FIRST_FAREWELL_TIME = LONG_IDLE
/** How long the head of the last request of a connection that is to end may take, where `headers` says more or nothing. */
const LAST_HEAD_TIME = 5_000

/** How long a connection may stay in a state, in milliseconds; 0: as long as it likes. */
export function timeOf(state: ConnectionState, clocks: Clocks, isFirst: boolean, isRetired: boolean): number {
  switch (state) {
    case 'idle':
      if (isRetired) return isFirst ? FIRST_FAREWELL_TIME : FAREWELL_TIME
      return isFirst ? clocks.headers : clocks.keepAlive
    case 'reading':
      return isRetired ? Math.min(clocks.headers || LAST_HEAD_TIME, LAST_HEAD_TIME) : clocks.headers
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

/** Something with deadlines. */
export interface Watched {
  /** Acts on what is overdue. @param now as `Timeouts.now`. */
  check(now: number): void
}

/** No longer than the shortest of the times above: what is shorter than a tick may be over before it has begun. */
const LONGEST_TICK = FAREWELL_TIME
const SHORTEST_TICK = 10

export class Timeouts {
  readonly clocks: Clocks
  /**
   * Milliseconds of the life of the event loop, as of the last tick. A loop that was blocked does not make clients
   * late: a tick that comes late counts for one. So nobody is over before the loop has turned once more for him.
   */
  now = 0
  readonly #watched = new Set<Watched>()
  readonly #tick: number
  #timer: NodeJS.Timeout | undefined
  #lastTick = 0

  constructor(clocks: Clocks) {
    this.clocks = clocks
    const { headers, body, keepAlive, write, request } = clocks
    const shortest = Math.min(...[headers, body, keepAlive, write, request].filter((clock) => clock > 0), DRAIN_MAX_MS)
    this.#tick = Math.min(LONGEST_TICK, Math.max(SHORTEST_TICK, Math.ceil(shortest / 8)))
  }

  watch(watched: Watched): void {
    this.#watched.add(watched)
    if (this.#timer !== undefined) return
    this.#lastTick = performance.now()
    this.#timer = setInterval(() => this.#look(), this.#tick)
    this.#timer.unref()
  }

  forget(watched: Watched): void {
    this.#watched.delete(watched)
    if (this.#watched.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** True when `clock` is on and `since` is so long ago, counted from the end of the tick it fell in. */
  isOver(clock: number, since: number): boolean {
    return clock > 0 && this.now - since > clock
  }

  #look(): void {
    const time = performance.now()
    this.now += Math.min(time - this.#lastTick, this.#tick)
    this.#lastTick = time
    for (const watched of this.#watched) watched.check(this.now)
  }
}
