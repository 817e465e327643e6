/**
 * Decides which request goes to which thread, and when. Knows requests and connections. Of processes it knows which
 * connections belong together, because the threads of one process share one interpreter lock.
 */
import type { WorkerConnection } from './connection.ts'
import type { PythonRequest } from './request.ts'

/**
 * Requests wait inside a process only where responses come this fast. There it saves a third of the processor time of
 * the process; elsewhere a request would only wait behind a slow one.
 */
const QUICK_RESPONSE_MS = 5

/**
 * A second thread of a process gets work only when the first has been busy this long: earlier they would fight for the
 * interpreter lock. Threads that mostly wait, which `waits` of a group tells, get it at once.
 */
const THREAD_DELAY_MS = 2

/** The connections of one process. */
export interface WorkerGroup {
  readonly connections: readonly WorkerConnection[]
  /** Whether its requests mostly wait (for a database, for other servers) and leave the processor free. */
  readonly waits: boolean
}

export class Dispatcher {
  readonly #backlog: number
  readonly #groups = new Set<WorkerGroup>()
  #waiting: PythonRequest[] = []
  #timer: NodeJS.Timeout | undefined
  /** Since when they wait. */
  readonly #since = new WeakMap<PythonRequest, number>()
  /** Requests that have waited, and their seconds. */
  waited = 0
  waitSum = 0

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

  /** The requests that wait for a thread. */
  get waiting(): readonly PythonRequest[] {
    return this.#waiting
  }

  add(group: WorkerGroup): void {
    this.#groups.add(group)
    this.#place()
  }

  remove(group: WorkerGroup): void {
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
    this.#since.set(request, performance.now())
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

  /** Takes the waiting requests away. */
  drain(): readonly PythonRequest[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  #place(): void {
    let latest: WorkerConnection | undefined
    for (let request = this.#waiting[0]; request !== undefined; request = this.#waiting[0]) {
      // A request whose client has left is only removed.
      if (request.state === 'waiting') {
        const connection = this.#find(request)
        if (connection === undefined) break
        if (connection !== latest) latest?.flush()
        latest = connection
        connection.carry(request)
      }
      this.#waiting.shift()
      this.waited++
      this.waitSum += (performance.now() - (this.#since.get(request) ?? performance.now())) / 1000
    }
    latest?.flush()
  }

  #find(request: PythonRequest): WorkerConnection | undefined {
    let threaded = false
    for (const { connections } of this.#groups) {
      if (!connections.some((connection) => connection.isBusy)) {
        const idle = connections.find((connection) => connection.isIdle)
        if (idle !== undefined) return idle
      }
      threaded ||= connections.length > 1
    }
    return threaded ? this.#findThread() : this.#findQueue(request)
  }

  /** Only complete requests wait inside a process, and only when no process is free (head-of-line blocking). */
  #findQueue(request: PythonRequest): WorkerConnection | undefined {
    if (request.upload !== undefined) return undefined
    for (const { connections } of this.#groups) {
      const [connection] = connections
      if (connection?.canQueue(QUICK_RESPONSE_MS)) return connection
    }
    return undefined
  }

  #findThread(): WorkerConnection | undefined {
    const now = performance.now()
    let delay = Number.POSITIVE_INFINITY
    for (const { connections, waits } of this.#groups) {
      const idle = connections.find((connection) => connection.isIdle)
      if (idle === undefined) continue
      const latest = Math.max(...connections.map((connection) => (connection.isBusy ? connection.begunAt : 0)))
      if (waits || now - latest >= THREAD_DELAY_MS) return idle
      delay = Math.min(delay, latest + THREAD_DELAY_MS - now)
    }
    if (Number.isFinite(delay)) this.#placeLater(delay)
    return undefined
  }

  #placeLater(delay: number): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#place()
    }, Math.ceil(delay))
  }
}
