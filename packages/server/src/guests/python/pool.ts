/**
 * The Python processes of one application, as a whole: requests in, answers out, and what happens when a process dies
 * or hangs. Knows requests, the dispatcher and the supervisor; knows no frames and no HTTP but the statuses for what
 * Python could not answer.
 */
import type { ErrorStream } from '@tsgi/contract'
import type { WorkerConnection } from './connection.ts'
import { Dispatcher } from './dispatcher.ts'
import type { PythonSettings } from './options.ts'
import type { PythonProcess } from './process.ts'
import type { PythonRequest } from './request.ts'
import { countMemory, forgetMemory, type PythonQueue } from './started-memory.ts'
import { Supervisor, type SupervisorOwner } from './supervisor.ts'

/** How often, in ms, what takes long is looked at. */
const LOOK_INTERVAL_MS = 100

/** Between the dump of a process that hangs and its end, in ms: time to write, and for answers that come after all. */
const DUMP_GRACE_MS = 1000

export class PythonPool implements SupervisorOwner {
  readonly #settings: PythonSettings
  readonly #errors: ErrorStream | undefined
  readonly #dispatcher: Dispatcher
  readonly #supervisor: Supervisor
  readonly #processes = new Set<PythonProcess>()
  readonly #owners = new WeakMap<WorkerConnection, PythonProcess>()
  #state: 'open' | 'closing' | 'closed' = 'open'
  #latestErrors: ErrorStream | undefined
  #countedWait = { waited: 0, waitSum: 0 }
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  /** True when what is in flight is not waited for any longer. */
  #isForced = false
  /** Called when nothing is in flight any more. */
  #idle: (() => void) | undefined

  constructor(settings: PythonSettings, errors: ErrorStream | undefined) {
    this.#settings = settings
    this.#errors = errors
    this.#dispatcher = new Dispatcher(settings.backlog)
    this.#supervisor = new Supervisor(settings, this)
  }

  /** Starts the processes; resolves when all of them have loaded the application. @throws PythonStartError */
  async start(): Promise<void> {
    if (this.#state !== 'open') throw new Error(`${this.#settings.application} has been closed`)
    this.#starting ??= this.#supervisor.start().finally(() => {
      this.#starting = undefined
    })
    await this.#starting
  }

  dispatch(request: PythonRequest): void {
    this.#latestErrors = request.environ['wsgi.errors']
    if (this.#state !== 'open') {
      request.refuse(UNAVAILABLE, new Error('the application is being closed'))
      return
    }
    if (this.#dispatcher.isFull) {
      this.log(`python: ${this.#settings.backlog} requests wait already; answered 503: ${request.title}`)
      request.refuse(UNAVAILABLE, new Error('the backlog is full'))
      return
    }
    this.#dispatcher.dispatch(request)
    if (!this.#dispatcher.hasWorkers) this.#startLazily()
    this.#timer ??= setInterval(() => this.#look(), LOOK_INTERVAL_MS)
  }

  /** Finishes what is in flight, within `grace` seconds (`gracefulTimeout` without), and ends the processes. */
  close(grace?: number): Promise<void> {
    this.#closing ??= this.#close(grace === undefined ? this.#settings.gracefulTimeout : grace * 1000)
    return this.#closing
  }

  /** Resident memory of the processes, in bytes. */
  get memory(): number {
    return [...this.#processes].reduce((total, { memory }) => total + memory, 0)
  }

  get queue(): PythonQueue {
    const { waiting, waited, waitSum } = this.#dispatcher
    const before = this.#countedWait
    return { waiting: waiting.length, waited: waited - before.waited, waitSum: waitSum - before.waitSum }
  }

  log(line: string): void {
    const errors = this.#errors ?? this.#latestErrors
    try {
      if (errors === undefined) process.stderr.write(`${line}\n`)
      else errors.write(`${line}\n`)
    } catch {
      // A log that cannot be written to must not end the service.
    }
  }

  // ------------------------------------------------------------------ from the supervisor and the processes

  started(process: PythonProcess): void {
    if (this.#processes.size === 0) countMemory(this)
    this.#processes.add(process)
    for (const connection of process.connections) this.#owners.set(connection, process)
    this.#dispatcher.add(process)
  }

  exited(process: PythonProcess, how: string): void {
    this.#dispatcher.remove(process)
    const wasKnown = this.#processes.delete(process)
    if (this.#processes.size === 0) this.#forget()
    const delay = this.#supervisor.exited(process)
    if (delay === undefined || !wasKnown) return
    const when = delay === 0 ? '' : ` in ${delay / 1000} s, for it dies again and again`
    this.log(`[python ${process.pid}] ended with ${how}; it is replaced${when}`)
  }

  /** What was counted stays counted elsewhere, and is not counted again when the pool starts once more. */
  #forget(): void {
    forgetMemory(this)
    const { waited, waitSum } = this.#dispatcher
    this.#countedWait = { waited, waitSum }
  }

  /** What it has been sent is still answered; its successor does not wait for that. */
  retiring(process: PythonProcess): void {
    this.#dispatcher.remove(process)
    process.verdict = 'retiring'
    this.log(`[python ${process.pid}] is asked to leave (SIGTERM): it finishes its requests`)
    this.#supervisor.vacate(process)
    this.#endRetired(process)
  }

  freed(connection: WorkerConnection): void {
    this.#dispatcher.freed()
    const process = this.#owners.get(connection)
    if (process?.verdict === 'retiring') this.#endRetired(process)
    if (this.#idle !== undefined && this.#isIdle) this.#idle()
  }

  gaveBack(request: PythonRequest): void {
    this.#dispatcher.requeue([request])
  }

  #endRetired(process: PythonProcess): void {
    if (!process.connections.some(({ isBusy }) => isBusy)) process.leave()
  }

  get #isIdle(): boolean {
    if (this.#dispatcher.waiting.length > 0) return false
    for (const { connections } of this.#processes) if (connections.some(({ isBusy }) => isBusy)) return false
    return true
  }

  lost(connection: WorkerConnection, unanswered: PythonRequest | undefined, returned: readonly PythonRequest[]): void {
    if (unanswered !== undefined) this.#refuseLost(unanswered, this.#owners.get(connection))
    if (!this.#isForced) this.#dispatcher.requeue(returned)
    else for (const request of returned) request.refuse(UNAVAILABLE, new Error('the application is being closed'))
    this.freed(connection)
  }

  #refuseLost(request: PythonRequest, owner: PythonProcess | undefined): void {
    if (request.state === 'over') return
    this.log(`[python ${owner?.pid ?? '?'}] ended before it had answered ${request.title}`)
    const status = this.#isForced ? UNAVAILABLE : '502 Bad Gateway'
    request.refuse(status, new Error('the Python process ended before it had answered'))
  }

  // ------------------------------------------------------------------ what takes long

  #startLazily(): void {
    if (!this.#supervisor.canStart) {
      if (!this.#supervisor.isHopeful) this.#refuseAll()
      return
    }
    this.start().catch((error: unknown) => {
      this.#supervisor.show(error)
      if (!this.#supervisor.isHopeful) this.#refuseAll()
    })
  }

  #refuseAll(): void {
    for (const request of this.#dispatcher.drain()) {
      request.refuse(UNAVAILABLE, new Error('the application could not be started'))
    }
  }

  #look(): void {
    const now = performance.now()
    for (const request of this.#dispatcher.waiting) request.watch()
    for (const process of this.#processes) {
      for (const { line } of process.connections) for (const request of line) request.watch()
      process.look(now)
      this.#checkTime(process, now)
    }
    if (this.#supervisor.canStart) this.#startLazily()
    if (this.#isIdle) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #checkTime(process: PythonProcess, now: number): void {
    const { timeout } = this.#settings
    if (timeout === 0) return
    const slowest = process.connections.reduce((worst, one) => (one.silence(now) > worst.silence(now) ? one : worst))
    const silence = slowest.silence(now)
    if (silence < timeout) {
      if (process.verdict === 'suspect') process.verdict = 'none'
    } else if (process.verdict === 'none') {
      process.verdict = 'suspect'
      this.log(`[python ${process.pid}] no answer to ${slowest.current?.title} for ${timeout / 1000} s; it is here:`)
      process.dump()
    } else if (silence >= timeout + DUMP_GRACE_MS) {
      process.destroy()
      slowest.current?.refuse('504 Gateway Timeout', new Error('the Python process did not answer in time'))
    }
  }

  // ------------------------------------------------------------------ the end

  async #close(grace: number): Promise<void> {
    this.#state = 'closing'
    if (!this.#isIdle) await this.#whenIdle(grace)
    this.#refuseAll()
    await this.#supervisor.end()
    clearInterval(this.#timer)
    this.#state = 'closed'
  }

  #whenIdle(grace: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#isForced = true
        this.#supervisor.kill()
        resolve()
      }, grace)
      this.#idle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

const UNAVAILABLE = '503 Service Unavailable'
