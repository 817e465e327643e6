/**
 * Listens to the signals of requests that are still under way when a turn of the event loop ends. Most have been answered
 * by then, and a signal, which is made when it is first read, costs more than the rest of a request.
 */

/** Somebody who wants to know when its request is over before its time. */
export interface SignalWatcher {
  /** The turn is over. */
  watch(): void
}

export class LateSignals {
  #watchers: SignalWatcher[] = []

  add(watcher: SignalWatcher): void {
    if (this.#watchers.push(watcher) === 1) setImmediate(this.#watch)
  }

  readonly #watch = (): void => {
    const watchers = this.#watchers
    this.#watchers = []
    for (const watcher of watchers) watcher.watch()
  }
}
