/**
 * Keeps the wanted number of workers serving, through crashes, reloads and changes of mind.
 * Replacing is always the same: start a new one, wait until it is ready, retire an old one. Knows counts and states;
 * the master gives the orders.
 */
import type { ToMaster } from '../ipc/messages.ts'
import type { Logger } from '../log/logger.ts'
import { Backoff } from './backoff.ts'
import type { WorkerEvent, WorkerProcess } from './worker-process.ts'
import type { WorkerTimeouts } from './worker-timeouts.ts'

/** What the pool asks of a worker. */
export type PooledWorker = Pick<
  WorkerProcess,
  | 'slot'
  | 'startedAt'
  | 'state'
  | 'pid'
  | 'age'
  | 'serves'
  | 'overdue'
  | 'isCondemned'
  | 'become'
  | 'retire'
  | 'leaves'
  | 'kill'
>

/** How a process ended, or why there was none. */
export type WorkerEnd = Pick<Extract<WorkerEvent, { type: 'exit' }>, 'code' | 'signal' | 'notStarted'>

export interface WorkerPoolOptions<Worker> {
  readonly wanted: number
  /** Rows of the scoreboard: the most workers that can live at a time, old ones included. */
  readonly slots: number
  /** Read each time: a reload may have changed it. */
  readonly patience: () => WorkerTimeouts
  /** Whether a replaced worker takes the queued connections: no other worker can. */
  readonly draining: () => boolean
  readonly start: (slot: number) => Worker
  readonly logger: Logger
  /** Called when a reload is over, with the reason if the old workers stayed. */
  readonly reloaded: (failure: string | undefined) => void
}

type Stopping = 'no' | 'gracefully' | 'now' | 'killed'

export class WorkerPool<Worker extends PooledWorker> {
  readonly workers = new Set<Worker>()
  wanted: number
  /** Workers that ended unasked. */
  restarts = 0
  /** Reloads that were completed. */
  reloads = 0
  #stopping: Stopping = 'no'
  /** When the reload that is under way began. */
  #reloadingSince: number | undefined
  readonly #options: WorkerPoolOptions<Worker>
  readonly #backoff = new Backoff()

  constructor(options: WorkerPoolOptions<Worker>) {
    this.#options = options
    this.wanted = options.wanted
  }

  /** Brings what is closer to what is wanted. Called after every event and once a second. */
  maintain(): void {
    this.#killLate()
    if (this.#stopping !== 'no') return
    this.#finishReload()
    const [booting, stale] = [this.#count('booting'), this.#count('stale')]
    const serving = this.#count('ready') + stale
    const missing = this.wanted - serving - booting
    if (missing > 0) for (let start = 0; start < missing; start++) this.#startOne()
    else if (stale > 0 && serving > this.wanted) this.#retireOne('stale')
    else if (stale > 0 && booting === 0) this.#startOne()
    // Who does not serve yet goes before who does: it may never.
    else if (stale === 0 && missing < 0) this.#retireOne(booting > 0 ? 'booting' : 'ready')
  }

  /** Milliseconds until `maintain` has something to do by itself. */
  get patience(): number {
    const wait = this.#backoff.wait(performance.now())
    return wait > 0 ? Math.min(wait, 1000) : 1000
  }

  /** @returns false for a worker that was retired before it was ready. */
  ready(worker: Worker): boolean {
    if (worker.state !== 'booting') return false
    worker.become('ready')
    this.#options.logger.info(`worker ${worker.pid} is ready`)
    return true
  }

  /** All workers are to be replaced. A reload that is under way begins again. */
  reload(): void {
    if (this.#stopping !== 'no') return
    this.#backoff.forget()
    this.#reloadingSince = performance.now()
    for (const worker of this.workers) {
      if (worker.state === 'booting') worker.retire(0, 0, false)
      if (worker.state === 'ready') worker.become('stale')
    }
  }

  /** One worker asks to be replaced. Those that do so again and again because they are not well have to wait. */
  replace(worker: Worker, reason: string, well: boolean): void {
    if (this.#stopping !== 'no' || worker.state !== 'ready') return
    worker.become('stale')
    const delay = well ? 0 : this.#backoff.died(worker.age, performance.now())
    const then = delay === 0 ? '' : `; ${this.#backoff.deathsInARow} in a row; starting another in ${delay / 1000} s`
    this.#options.logger.info(`worker ${worker.pid} is replaced: ${reason}${then}`)
  }

  /** The new code does not load: the workers that were to be replaced stay. */
  failed(worker: Worker, message: Extract<ToMaster, { type: 'failed' }>): void {
    // A worker that was retired meanwhile would not serve anyway.
    if (worker.state !== 'booting') return
    const { logger } = this.#options
    const kept = this.#keepStale()
    // It is no longer wanted: it is leaving, so no old worker leaves for it.
    if (kept > 0) worker.leaves(this.#options.patience().grace)
    const outcome = kept > 0 ? `; ${stay(kept)}` : ''
    logger.error(`worker ${worker.pid} cannot serve: ${message.message}${outcome}`)
    if (message.detail !== undefined) logger.error(message.detail)
    this.#endReload(message.message)
  }

  exited(worker: Worker, end: WorkerEnd): void {
    const last = worker.state
    worker.become('gone')
    this.workers.delete(worker)
    if (last === 'retiring' || this.#stopping !== 'no') {
      this.#options.logger.info(`worker ${worker.pid} has left`)
      return
    }
    this.restarts++
    const delay = this.#backoff.died(worker.age, performance.now())
    const kept = last === 'booting' ? this.#keepStale() : 0
    const then = kept > 0 ? stay(kept) : this.#next(delay)
    this.#options.logger.error(`${endText(worker, end)}; ${then}`)
    if (last === 'booting') this.#endReload(`the new worker ${howOf(end)}`)
  }

  /** Begins to stop, or stops harder. @returns how. */
  stop(how: 'gracefully' | 'now'): Stopping {
    if (this.#stopping === 'no') this.#stopping = how
    else this.#stopping = this.#stopping === 'gracefully' ? 'now' : 'killed'
    for (const worker of this.workers) {
      if (this.#stopping === 'killed') worker.kill()
      else worker.retire(this.#stopping === 'gracefully' ? this.#options.patience().grace : 0, 0, true)
    }
    return this.#stopping
  }

  /** All leave, as at a reload: another master's workers take what the kernel has queued on the same sockets. */
  handOver(): void {
    if (this.#stopping !== 'no') return
    this.#stopping = 'gracefully'
    const { grace, linger } = this.#options.patience()
    for (const worker of this.workers) worker.retire(grace, linger, false)
  }

  /** Whether the workers were retired because the server stops. */
  get isStopping(): boolean {
    return this.#stopping !== 'no'
  }

  get isStopped(): boolean {
    return this.#stopping !== 'no' && this.workers.size === 0
  }

  get serving(): readonly Worker[] {
    return [...this.workers].filter((worker) => worker.serves)
  }

  /** The reload is over when no worker serves that began before it, even if others are being replaced by now. */
  #finishReload(): void {
    const since = this.#reloadingSince
    if (since === undefined) return
    const { serving } = this
    if (serving.length < this.wanted || serving.some((worker) => worker.startedAt < since)) return
    this.reloads++
    const count = serving.length === 1 ? '1 new worker serves' : `${serving.length} new workers serve`
    this.#options.logger.info(`reloaded: ${count}`)
    this.#endReload(undefined)
  }

  #endReload(failure: string | undefined): void {
    if (this.#reloadingSince === undefined) return
    this.#reloadingSince = undefined
    this.#options.reloaded(failure)
  }

  #next(delay: number): string {
    if (delay === 0) return 'starting another'
    return `${this.#backoff.deathsInARow} in a row; starting another in ${delay / 1000} s`
  }

  #count(state: Worker['state']): number {
    let count = 0
    for (const worker of this.workers) if (worker.state === state) count++
    return count
  }

  #startOne(): void {
    if (this.#backoff.wait(performance.now()) > 0) return
    const taken = new Set([...this.workers].map((worker) => worker.slot))
    const slot = Array.from({ length: this.#options.slots }, (_, index) => index).find((index) => !taken.has(index))
    if (slot === undefined) return
    const { logger, start } = this.#options
    try {
      const worker = start(slot)
      this.workers.add(worker)
      if (worker.pid !== undefined) logger.info(`worker ${worker.pid} starts`)
    } catch (error) {
      // Node throws some reasons (ENOMEM) and tells others as an event; the old workers serve on all the same.
      const delay = this.#backoff.died(0, performance.now())
      logger.error(`no worker could be started: ${error}; ${this.#next(delay)}`)
    }
  }

  /** The oldest goes first; of those that load yet, the one that will take longest. */
  #retireOne(state: 'booting' | 'ready' | 'stale'): void {
    const those = [...this.workers].filter((worker) => worker.state === state)
    const { grace, linger } = this.#options.patience()
    if (state === 'booting') those.at(-1)?.retire(0, 0, false)
    else those[0]?.retire(grace, linger, this.#options.draining())
  }

  #keepStale(): number {
    let kept = 0
    for (const worker of this.workers) {
      if (worker.state !== 'stale') continue
      worker.become('ready')
      kept++
    }
    return kept
  }

  #killLate(): void {
    const { logger } = this.#options
    const { bootTime } = this.#options.patience()
    for (const worker of this.workers) {
      if (worker.overdue) {
        logger.warning(`worker ${worker.pid} did not leave in time; killing it`)
        worker.kill()
      } else if (worker.state === 'booting' && worker.age > bootTime && !worker.isCondemned) {
        logger.error(`worker ${worker.pid} has not loaded the application within ${bootTime / 1000} s; killing it`)
        worker.kill()
      }
    }
  }
}

function endText({ pid, age }: PooledWorker, end: WorkerEnd): string {
  if (end.notStarted !== undefined) return `no worker could be started: ${end.notStarted}`
  return `worker ${pid} ${howOf(end)} after ${(age / 1000).toFixed(1)} s`
}

/** As a sentence goes on after the worker. */
export function howOf({ code, signal, notStarted }: WorkerEnd): string {
  if (notStarted !== undefined) return `could not be started: ${notStarted}`
  return signal === null ? `ended with code ${code}` : `was killed by ${signal}`
}

function stay(kept: number): string {
  return `the ${kept} old ${kept === 1 ? 'worker stays' : 'workers stay'}`
}
