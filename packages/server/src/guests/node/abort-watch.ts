/**
 * Listens to the signals of requests that are still under way when all that was at hand has been done. Most have been
 * answered by then, and a signal, which is made when it is first read, costs more than the rest of a request.
 * `setImmediate` would do, but makes the event loop turn once more for each.
 */

/** Wants to know when its request ends early. */
export interface SignalWatcher {
  /** Nothing is at hand any more. */
  watch(): void
}

export class AbortWatch {
  #watchers: SignalWatcher[] = []

  add(watcher: SignalWatcher): void {
    if (this.#watchers.push(watcher) === 1) queueMicrotask(this.#later)
  }

  /** Ticks that a microtask asks for come when no microtask is left: promises at hand have been kept by then. */
  readonly #later = (): void => process.nextTick(this.#watch)

  readonly #watch = (): void => {
    const watchers = this.#watchers
    this.#watchers = []
    for (const watcher of watchers) watcher.watch()
  }
}
