/**
 * The clocks of a worker's connections: how long each phase may take, and the one coarse timer that looks after them
 * all. A request arms no timer. Knows no sockets: a connection judges its own deadlines when it is looked at.
 */
/** Milliseconds; 0 turns a clock off. Late by up to one tick (see `Timeouts`), never early. */
export interface Clocks {
  /** A whole head, from its first byte (the first one from accept), however it drips: 408. */
  readonly headers: number
  /** Without a byte of content while the application waits for the body: 408. Also the grace of `minimumRate`. */
  readonly body: number
  /** Bytes of content a second, over all the time the application waited for the body: slower is 408. 0: no rate. */
  readonly minimumRate: number
  /** Between two requests: the connection is closed without a word. */
  readonly keepAlive: number
  /** Without progress while bytes wait to leave: the connection is cut. A kernel may take megabytes at a time. */
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

/** Something with deadlines. */
export interface Watched {
  /** Acts on what is overdue. @param now as `Timeouts.now`. */
  check(now: number): void
}

/** No longer than the shortest time that a connection waits: what is shorter than a tick may be over before it has begun. */
/** A clock that every connection has, whatever its settings. */
const SHORT_MS = 5_000
export const TICK_MAX_MS = 250
const TICK_MIN_MS = 10

export class Timeouts {
  readonly clocks: Clocks
  /**
   * Milliseconds of the life of the event loop, as of the last tick. A loop that was blocked does not make clients
   * late: a tick that comes late counts for one. So no deadline is over before the loop has turned once more.
   */
  now = 0
  readonly #watched = new Set<Watched>()
  readonly #tick: number
  #timer: NodeJS.Timeout | undefined
  #lastTick = 0

  constructor(clocks: Clocks) {
    this.clocks = clocks
    const { headers, body, keepAlive, write, request } = clocks
    const shortest = Math.min(...[headers, body, keepAlive, write, request].filter((clock) => clock > 0), SHORT_MS)
    this.#tick = Math.min(TICK_MAX_MS, Math.max(TICK_MIN_MS, Math.ceil(shortest / 8)))
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
