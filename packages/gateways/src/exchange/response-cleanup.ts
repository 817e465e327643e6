/**
 * The work after a response has ended: close bodies, run tasks of `tsgi.after_response`. Each runs once; a failure is
 * reported and does not stop the others. Knows no request.
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

  /** Runs the tasks in a later turn of the event loop, so that no task delays the response. */
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

/** Shared by all exchanges without a task: most have none. */
const NO_TASKS: Task[] = []

/** A promise, or what behaves as one (ECMA-262, "thenable"). */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Marks a rejection as handled; a caller that awaits it still sees it. */
export function rejected(error: Error): Promise<void> {
  const promise = Promise.reject(error)
  promise.catch(() => undefined)
  return promise
}
