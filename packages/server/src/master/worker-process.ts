/**
 * One worker, as the master sees it: a process with a state, a slot on the scoreboard and a channel.
 * Knows how to start it, send it messages and end it; the pool decides when.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { ENVELOPE_EVENT, opened, sealed } from '../ipc/envelope.ts'
import type { Examination } from '../ipc/examination.ts'
import { type ConnectionHandle, type HandedConnection, sendHandle } from '../ipc/handle-passing.ts'
import type { ToMaster, ToWorker } from '../ipc/messages.ts'
import { readToMaster } from '../ipc/read-message.ts'

/**
 * - `booting`: started; loads the application;
 * - `ready`: serves;
 * - `stale`: serves, until a new worker is ready to take its place;
 * - `retiring`: was ordered to leave;
 * - `gone`: the process has ended.
 */
export type WorkerState = 'booting' | 'ready' | 'stale' | 'retiring' | 'gone'

/** The legal moves. */
export const MOVES: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  booting: ['ready', 'retiring', 'gone'],
  ready: ['stale', 'retiring', 'gone'],
  stale: ['ready', 'retiring', 'gone'],
  retiring: ['gone'],
  gone: [],
}

export type WorkerEvent =
  | {
      readonly type: 'message'
      readonly worker: WorkerProcess
      readonly message: ToMaster
      readonly connection: ConnectionHandle | undefined
    }
  | {
      readonly type: 'exit'
      readonly worker: WorkerProcess
      readonly code: number | null
      readonly signal: string | null
      /** Why there never was a process. */
      readonly notStarted?: string
    }

export interface WorkerProcessOptions {
  /** The script to fork; it gets the one argument `worker`. */
  readonly script: string
  /** Where the application is looked for. */
  readonly folder: string
  readonly slot: number
  /** Descriptors to inherit: the scoreboard first, then the listening sockets. */
  readonly descriptors: readonly number[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly start: (slot: number) => ToWorker
  readonly tell: (event: WorkerEvent) => void
}

/** The first descriptor that a worker inherits beyond 0, 1, 2 and the channel. */
export const FIRST_DESCRIPTOR = 4

/** How long the last words of a worker that has ended are waited for: milliseconds. */
const LAST_WORDS_TIME_MS = 250

/** How long a worker may stand still for an operator: a large heap is written in minutes. */
const MAX_HOLD_TIME_MS = 15 * 60_000

export class WorkerProcess {
  readonly slot: number
  readonly startedAt = performance.now()
  /** Connections that were handed to it. */
  given = 0
  readonly #onTheWay = new Set<ConnectionHandle>()
  readonly #child: ChildProcess
  /** Connections of operators that are on their way to it. */
  readonly #operators = new Set<HandedConnection>()
  #examinations = 0
  /** On the clock of `performance.now()`. */
  #heldUntil = 0
  #state: WorkerState = 'booting'
  #hasEnded = false
  #isCondemned = false
  #deadline = Number.POSITIVE_INFINITY

  constructor(options: WorkerProcessOptions) {
    this.slot = options.slot
    this.#child = fork(options.script, ['worker'], {
      cwd: options.folder,
      env: options.env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...options.descriptors],
    })
    this.#child.on(ENVELOPE_EVENT, (value: unknown, handle: unknown) => {
      const message = readToMaster(opened(value))
      // A handle comes with `pass` only; see handle-passing.
      const connection = handle as ConnectionHandle | undefined
      if (message?.type === 'examined') this.#examined(message.isHeld)
      else if (message !== undefined) options.tell({ type: 'message', worker: this, message, connection })
    })
    // Node keeps messages that nothing listens to: an application that found a way to send is not to fill our memory.
    this.#child.on('message', () => undefined)
    const ended = (code: number | null, signal: string | null, notStarted?: string) => {
      if (this.#hasEnded) return
      this.#hasEnded = true
      for (const operator of this.#operators) operator.close()
      options.tell({ type: 'exit', worker: this, code, signal, ...(notStarted !== undefined && { notStarted }) })
    }
    // Its end may be noticed before its last words are read (why it failed, what it counted): they come first.
    this.#child.once('close', ended)
    this.#child.once('exit', (code, signal) => setTimeout(() => ended(code, signal), LAST_WORDS_TIME_MS))
    // A process that could not be started has an error and no exit; a signal that could not be sent has an error too.
    this.#child.on('error', (error) => this.#child.pid === undefined && ended(1, null, error.message))
    this.send(options.start(options.slot))
  }

  get state(): WorkerState {
    return this.#state
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Milliseconds since it was started. */
  get age(): number {
    return performance.now() - this.startedAt
  }

  /** Whether it takes connections. */
  get serves(): boolean {
    return this.#state === 'ready' || this.#state === 'stale'
  }

  become(state: WorkerState): void {
    if (!MOVES[this.#state].includes(state))
      throw new Error(`worker ${this.pid}: no move from ${this.#state} to ${state}`)
    this.#state = state
  }

  /** Tells it to leave within `grace` milliseconds; after that and a little more it is killed. */
  retire(grace: number, linger: number, closing: boolean): void {
    if (this.#state === 'gone') return
    if (this.#state !== 'retiring') this.become('retiring')
    this.#deadline = Math.min(this.#deadline, performance.now() + grace + 1000)
    this.send(grace === 0 ? { type: 'stop' } : { type: 'retire', grace, linger, closing })
  }

  /** It leaves unasked, and has the same time for it as a retired one. */
  leaves(grace: number): void {
    this.become('retiring')
    this.#deadline = performance.now() + grace + 1000
  }

  /** Whether it was retired and is too late. */
  get overdue(): boolean {
    return performance.now() > this.#deadline && !this.#isCondemned
  }

  kill(): void {
    this.#isCondemned = true
    this.#child.kill('SIGKILL')
  }

  /** Whether it was killed, though its end has not been seen yet. */
  get isCondemned(): boolean {
    return this.#isCondemned
  }

  /** A leaving worker may no longer receive messages; that is no error: its exit is reported separately. */
  send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(sealed(message), () => undefined)
  }

  /** Gives it a connection. What cannot be sent is had back by `takeUndelivered`. */
  give(connection: ConnectionHandle): void {
    this.#onTheWay.add(connection)
    if (!this.#child.connected) return
    sendHandle(this.#child, sealed({ type: 'connection' } satisfies ToWorker), connection, (sent) => {
      if (!sent || !this.#onTheWay.delete(connection)) return
      connection.close()
    })
  }

  /** Gives it an order of an operator, with the connection that the result goes to. It may stand still meanwhile. */
  examine(examination: Examination, operator: HandedConnection): void {
    const done = () => {
      operator.close()
      this.#operators.delete(operator)
    }
    if (!this.#child.connected) {
      done()
      return
    }
    this.#operators.add(operator)
    this.#examinations++
    this.#heldUntil = performance.now() + MAX_HOLD_TIME_MS
    sendHandle(this.#child, sealed({ type: 'examine', examination } satisfies ToWorker), operator.handle, done)
  }

  /** One of these orders is over. @param isHeld a debugger may stop it from now on. */
  #examined(isHeld: boolean): void {
    if (this.#examinations === 0) return // no order was given: an application may not exempt itself
    this.#examinations--
    if (this.#examinations === 0) this.#heldUntil = isHeld ? Number.POSITIVE_INFINITY : 0
  }

  /** Whether it may stand still: an operator asked for what takes long, or debugs it. */
  get isHeld(): boolean {
    return performance.now() < this.#heldUntil
  }

  /** Connections that a worker that has gone never got: Node forgets what it had queued behind an unanswered one. */
  takeUndelivered(): readonly ConnectionHandle[] {
    const connections = [...this.#onTheWay]
    this.#onTheWay.clear()
    return connections
  }
}
