/**
 * What is owed when a response has ended: bodies to close, tasks of `tsgi.after_response` to run. Each is called once;
 * the failure of one is reported and stops nothing. Knows no request. Used by the exchange only.
 */
import type { Sink } from './sink.ts'

export type Task = () => void | Promise<void>

export class ResponseCleanup {
  readonly #sink: Sink
  readonly #report: (error: unknown) => void
  #tasks: Task[] = NO_TASKS

  constructor(sink: Sink, report: (error: unknown) => void) {
    this.#sink = sink
    this.#report = report
  }

  /** Keeps a task for `runTasks`. */
  add(task: Task): void {
    if (this.#tasks === NO_TASKS) this.#tasks = []
    this.#tasks.push(task)
  }

  /** In a turn of the event loop of their own: the response is on its way by then, and no task holds it up. */
  runTasks(): void {
    const tasks = this.#tasks
    if (tasks === NO_TASKS) return
    this.#tasks = NO_TASKS
    const turn = new Promise((resolve) => setTimeout(resolve, 0))
    this.#keepAlive(turn.then(() => Promise.all(tasks.map((task) => this.#settle(task)))))
  }

  /** Calls `work` at once. */
  call(work: () => unknown): void {
    const settled = this.#settle(work)
    if (settled !== undefined) this.#keepAlive(settled)
  }

  /** @returns a promise only if there is something to wait for; it never rejects. */
  #settle(work: () => unknown): Promise<void> | undefined {
    try {
      const result = work()
      return isPromise(result) ? this.#settled(result) : undefined
    } catch (error) {
      this.#report(error)
      return undefined
    }
  }

  async #settled(result: PromiseLike<unknown>): Promise<void> {
    try {
      await result
    } catch (error) {
      this.#report(error)
    }
  }

  #keepAlive(promise: Promise<unknown>): void {
    this.#sink.waitUntil?.(promise)
  }
}

/** Shared by all exchanges without a task, which are most. */
const NO_TASKS: Task[] = []

/** A promise, or what behaves as one (ECMA-262, "thenable"). */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** A rejection that is seen by who waits for it, and by nobody else. */
export function rejected(error: Error): Promise<void> {
  const promise = Promise.reject(error)
  promise.catch(() => undefined)
  return promise
}
