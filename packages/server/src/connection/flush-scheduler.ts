/**
 * One turn of the event loop, for all connections of a worker: its clock, and the answers that leave at its end. Writing
 * them one behind the other costs less than writing each when it is ready: clients on the same machine, proxies most of
 * all, are woken once and not for each, and the kernel's code stays in the caches. Knows no sockets.
 */

/** What has something to send. */
export interface Flushable {
  /** Sends it. Nothing happens where it has gone already. */
  flush(): void
}

/** So many answers make it worth while to wait for the end of the turn. */
const WORTH = 4
/** How many answers leave at once after a turn that was not worth it, before the next try. */
const PAUSE = 32
/** No answer waits longer for the others: milliseconds. The clock is read when an application answers. */
const PATIENCE = 1

export class FlushScheduler {
  #time = 0
  #beganAt = 0
  #leaving: Flushable[] = []
  /** Answers that still leave at once. */
  #direct = 0

  /** Reads the clock. @returns milliseconds since the epoch. */
  readClock(): number {
    this.#time = Date.now()
    return this.#time
  }

  /** Sends what `leaving` has at the end of this turn, or now. */
  leave(leaving: Flushable): void {
    if (this.#direct > 0) {
      this.#direct--
      leaving.flush()
      return
    }
    if (this.#leaving.length === 0) {
      this.#beganAt = this.#time
      setImmediate(endTurn, this)
    }
    this.#leaving.push(leaving)
    if (this.#time - this.#beganAt > PATIENCE) this.end()
  }

  end(): void {
    const leaving = this.#leaving
    if (leaving.length < WORTH || this.#time - this.#beganAt > PATIENCE) this.#direct = PAUSE
    this.#leaving = []
    for (const one of leaving) one.flush()
  }
}

function endTurn(turn: FlushScheduler): void {
  turn.end()
}
