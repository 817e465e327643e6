/**
 * How long bodies may keep one turn of the event loop, for all requests of a process. A body that is made without I/O
 * would otherwise go on in microtasks, and no other client would be served. Needs `setImmediate`; knows no request.
 */

/** Of Node, Bun and Deno: the transports that share out their event loop run there. */
declare const setImmediate: (work: (turn: LoopTurn) => void, turn: LoopTurn) => unknown

/** Milliseconds of one turn that bodies may use together. Beyond it they go on in the next turn. */
const TURN_MAX_MS = 4

export class LoopTurn {
  readonly #queue: (() => void)[] = []
  /** `performance.now()` when this turn was first looked at. */
  #startedAt: number | undefined
  /** True when this turn has run deferred work already. */
  #hasRunOne = false

  /** Whether this turn still has time for more. Its first caller starts the clock. */
  hasTime(): boolean {
    const now = performance.now()
    if (this.#startedAt === undefined) {
      this.#startedAt = now
      setImmediate(forgetStart, this)
      return true
    }
    return now - this.#startedAt < TURN_MAX_MS
  }

  /** Runs `work` in a later turn. Work runs in order: at least one piece in each turn, more while there is time. */
  defer(work: () => void): void {
    this.#queue.push(work)
    setImmediate(runNext, this)
  }

  /** For `setImmediate`, which then needs no closure. */
  runNext(): void {
    if (!this.#hasRunOne) {
      this.#hasRunOne = true
      this.#startedAt = performance.now()
      setImmediate(forgetTurn, this)
    } else if (!this.hasTime()) {
      setImmediate(runNext, this)
      return
    }
    this.#queue.shift()?.()
  }

  forgetStart(): void {
    this.#startedAt = undefined
  }

  forgetTurn(): void {
    this.#startedAt = undefined
    this.#hasRunOne = false
  }
}

function runNext(turn: LoopTurn): void {
  turn.runNext()
}

function forgetStart(turn: LoopTurn): void {
  turn.forgetStart()
}

function forgetTurn(turn: LoopTurn): void {
  turn.forgetTurn()
}
