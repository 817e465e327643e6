/**
 * Hands connections from workers that have too many to those that have few, and knows which ones stand still.
 * Knows the scoreboard and open connections by their descriptors; what is said on them it never sees.
 */
import type { ConnectionHandle } from '../ipc/handle-passing.ts'
import { EMPTY_ROW, type Row, type Scoreboard } from '../ipc/scoreboard.ts'
import type { Logger } from '../log/logger.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Milliseconds without a heartbeat after which a worker is given nothing. */
const STUCK_AFTER_MS = 1_500
/** How long the watchdog of a worker may take to report: milliseconds. */
const WATCHDOG_TIME_MS = 3_000

/** The maximum that one turn adds to the silence of a worker: while the master does not run, it cannot hear any. */
const MAX_TURN_MS = 2_000

interface Silence {
  /** The last heartbeat that was read. */
  readonly heartbeat: number
  /** For how long it has been the last: milliseconds. */
  readonly length: number
}

/** What has to be known of a worker to tell whether it stands still. */
type Listened = Pick<WorkerProcess, 'slot' | 'state' | 'pid' | 'isCondemned' | 'isHeld' | 'kill'>

export class Rebalancer {
  readonly #scoreboard: Scoreboard
  readonly #silences = new WeakMap<Listened, Silence>()
  #listenedAt = performance.now()

  constructor(scoreboard: Scoreboard) {
    this.#scoreboard = scoreboard
  }

  row(worker: Pick<WorkerProcess, 'slot' | 'state'>): Row {
    return worker.state === 'gone' ? EMPTY_ROW : this.#scoreboard.row(worker.slot)
  }

  clear(slot: number): void {
    this.#scoreboard.clear(slot)
  }

  /** To the worker with the fewest, including those on their way to it; back to the giver if it is the only one. */
  pass(from: WorkerProcess, connection: ConnectionHandle, serving: readonly WorkerProcess[]): void {
    const others = serving.filter((worker) => worker !== from)
    const to = leastBy(others, (worker) => this.#load(worker)) ?? from
    this.#give(to, connection)
  }

  /** What a worker that has gone did not get any more. */
  passAll(connections: readonly ConnectionHandle[], serving: readonly WorkerProcess[]): void {
    for (const connection of connections) {
      const to = leastBy(serving, (worker) => this.#load(worker))
      if (to === undefined) connection.close()
      else this.#give(to, connection)
    }
  }

  /**
   * A hung worker is killed by its own watchdog, which knows where; this is for one that stands still as a whole. To be
   * called in each turn of the master's loop, at least once a second.
   * @param timeout milliseconds; 0 for never.
   */
  killSilent(workers: Iterable<Listened>, timeout: number, logger: Logger): void {
    // Counted in turns of this loop: a changed clock or a paused container makes no worker late.
    const turn = Math.min(performance.now() - this.#listenedAt, MAX_TURN_MS)
    this.#listenedAt = performance.now()
    for (const worker of workers) {
      const silence = this.#listen(worker, turn)
      if (timeout === 0 || silence < timeout + WATCHDOG_TIME_MS) continue
      if (worker.state === 'booting' || worker.isCondemned || worker.isHeld) continue
      logger.critical(`worker ${worker.pid} has not been heard of for ${timeout / 1000} s; killing it`)
      worker.kill()
    }
  }

  /** @returns how long the event loop of a worker has not been heard of; 0 before the first time. */
  #listen(worker: Listened, turn: number): number {
    const { heartbeat } = this.row(worker)
    const last = this.#silences.get(worker)
    const length = heartbeat === 0 || last?.heartbeat !== heartbeat ? 0 : last.length + turn
    this.#silences.set(worker, { heartbeat, length })
    return length
  }

  #give(to: WorkerProcess, connection: ConnectionHandle): void {
    to.given++
    this.#scoreboard.set(to.slot, 'given', to.given)
    to.give(connection)
  }

  #load(worker: WorkerProcess): number {
    const { open, given, taken } = this.row(worker)
    // One that is stuck would let a connection wait, however few it has.
    return open + given - taken + ((this.#silences.get(worker)?.length ?? 0) > STUCK_AFTER_MS ? 1e9 : 0)
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
