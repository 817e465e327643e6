/**
 * Which request goes to which worker, and when. Knows requests and connections; knows nothing of processes but which
 * connections belong together, for the threads of one process share one interpreter lock.
 */
import type { WorkerConnection } from './connection.ts'
import type { PythonRequest } from './request.ts'

/**
 * Requests wait in the worker only where answers come this fast, in ms: there it saves a third of the worker's time,
 * elsewhere they would only wait behind a slow one.
 */
const QUICK = 5

/** A second thread of a process gets work only when the first has been busy this long, in ms: else they fight for the lock. */
const PATIENCE = 2

export class Dispatcher {
  readonly #backlog: number
  readonly #groups = new Set<readonly WorkerConnection[]>()
  #waiting: PythonRequest[] = []
  #timer: NodeJS.Timeout | undefined

  /** @param backlog requests that may wait here. */
  constructor(backlog: number) {
    this.#backlog = backlog
  }

  get isFull(): boolean {
    return this.#waiting.length >= this.#backlog
  }

  get hasWorkers(): boolean {
    return this.#groups.size > 0
  }

  /** The requests that wait for a worker. */
  get waiting(): readonly PythonRequest[] {
    return this.#waiting
  }

  /** The connections of one process. */
  add(group: readonly WorkerConnection[]): void {
    this.#groups.add(group)
    this.#place()
  }

  remove(group: readonly WorkerConnection[]): void {
    this.#groups.delete(group)
  }

  dispatch(request: PythonRequest): void {
    if (this.#waiting.length === 0) {
      const connection = this.#find(request)
      if (connection !== undefined) {
        connection.carry(request)
        connection.flush()
        return
      }
    }
    this.#waiting.push(request)
  }

  /** Requests that were given back go first. */
  requeue(requests: readonly PythonRequest[]): void {
    for (const request of requests) request.returned()
    const others = this.#waiting.findIndex(({ wasReturned }) => !wasReturned)
    this.#waiting.splice(others === -1 ? this.#waiting.length : others, 0, ...requests)
    this.#place()
  }

  /** A connection can take a request. */
  freed(): void {
    if (this.#waiting.length > 0) this.#place()
  }

  /** Takes away what waits. */
  drain(): readonly PythonRequest[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  #place(): void {
    let latest: WorkerConnection | undefined
    for (let request = this.#waiting[0]; request !== undefined; request = this.#waiting[0]) {
      // One whose client has left is only taken out.
      if (request.state === 'waiting') {
        const connection = this.#find(request)
        if (connection === undefined) break
        if (connection !== latest) latest?.flush()
        latest = connection
        connection.carry(request)
      }
      this.#waiting.shift()
    }
    latest?.flush()
  }

  #find(request: PythonRequest): WorkerConnection | undefined {
    let threaded = false
    for (const group of this.#groups) {
      if (!group.some((connection) => connection.isBusy)) {
        const idle = group.find((connection) => connection.isIdle)
        if (idle !== undefined) return idle
      }
      threaded ||= group.length > 1
    }
    return threaded ? this.#findThread() : this.#findQueue(request)
  }

  /** Only complete requests wait in a worker, and only when no worker is free (head-of-line blocking). */
  #findQueue(request: PythonRequest): WorkerConnection | undefined {
    if (request.upload !== undefined) return undefined
    for (const [connection] of this.#groups) if (connection?.canQueue(QUICK)) return connection
    return undefined
  }

  #findThread(): WorkerConnection | undefined {
    const now = performance.now()
    let wait = Number.POSITIVE_INFINITY
    for (const group of this.#groups) {
      const idle = group.find((connection) => connection.isIdle)
      if (idle === undefined) continue
      const latest = Math.max(...group.map((connection) => (connection.isBusy ? connection.begunAt : 0)))
      if (now - latest >= PATIENCE) return idle
      wait = Math.min(wait, latest + PATIENCE - now)
    }
    if (Number.isFinite(wait)) this.#placeLater(wait)
    return undefined
  }

  #placeLater(wait: number): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#place()
    }, Math.ceil(wait))
  }
}
