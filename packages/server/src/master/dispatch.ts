/**
 * Hands connections from workers that have too many to those that have few, and knows which ones stand still.
 * Knows the scoreboard and open connections by their descriptors; what is said on them it never sees.
 */
import type { BareConnection } from '../channel/handover.ts'
import { EMPTY_ROW, type Row, type Scoreboard } from '../channel/scoreboard.ts'
import type { Logger } from '../log/logger.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Milliseconds without a heartbeat after which a worker is given nothing. */
const STUCK_AFTER = 1_500
/** How long the watchdog of a worker may take to report: milliseconds. */
const WATCHDOG_TIME = 3_000

export class Dispatch {
  readonly #scoreboard: Scoreboard

  constructor(scoreboard: Scoreboard) {
    this.#scoreboard = scoreboard
  }

  row(worker: WorkerProcess): Row {
    return worker.state === 'gone' ? EMPTY_ROW : this.#scoreboard.row(worker.slot)
  }

  clear(slot: number): void {
    this.#scoreboard.clear(slot)
  }

  /** To whoever has fewest, counting what is on its way to them; back to the giver if there is nobody else. */
  pass(from: WorkerProcess, connection: BareConnection, serving: readonly WorkerProcess[]): void {
    const others = serving.filter((worker) => worker !== from)
    const to = leastBy(others, (worker) => this.#load(worker)) ?? from
    this.#give(to, connection)
  }

  /** What a worker that has gone did not get any more. */
  passAll(connections: readonly BareConnection[], serving: readonly WorkerProcess[]): void {
    for (const connection of connections) {
      const to = leastBy(serving, (worker) => this.#load(worker))
      if (to === undefined) connection.close()
      else this.#give(to, connection)
    }
  }

  /**
   * A hung worker is killed by its own watchdog, which knows where; this is for one that stands still as a whole.
   * @param timeout milliseconds; 0 for never.
   */
  killSilent(workers: Iterable<WorkerProcess>, timeout: number, logger: Logger): void {
    if (timeout === 0) return
    for (const worker of workers) {
      if (worker.state === 'booting' || this.silence(worker) < timeout + WATCHDOG_TIME) continue
      logger.critical(`worker ${worker.pid} has not been heard of for ${timeout / 1000} s; killing it`)
      worker.kill()
    }
  }

  /** Milliseconds since the event loop of a worker was last heard of; 0 before the first time. */
  silence(worker: WorkerProcess): number {
    const { heartbeat } = this.row(worker)
    return heartbeat === 0 ? 0 : Date.now() - heartbeat
  }

  #give(to: WorkerProcess, connection: BareConnection): void {
    to.given++
    this.#scoreboard.set(to.slot, 'given', to.given)
    to.give(connection)
  }

  #load(worker: WorkerProcess): number {
    const { open, given, taken } = this.row(worker)
    // One that is stuck would let a connection wait, however few it has.
    return open + given - taken + (this.silence(worker) > STUCK_AFTER ? 1e9 : 0)
  }
}

function leastBy<Item>(items: readonly Item[], measure: (item: Item) => number): Item | undefined {
  let least: { readonly item: Item; readonly size: number } | undefined
  for (const item of items) {
    const size = measure(item)
    if (least === undefined || size < least.size) least = { item, size }
  }
  return least?.item
}
