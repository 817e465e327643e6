/**
 * What has happened and was not seen to yet, in order: the master's loop sleeps on it.
 * Handlers of signals and of processes only put things in; everything is decided in the loop.
 */
export class EventQueue<Event> {
  readonly #events: Event[] = []
  #wake: (() => void) | undefined

  put(event: Event): void {
    this.#events.push(event)
    this.#wake?.()
  }

  /** The next event, or `undefined` after `patience` milliseconds without one. */
  async take(patience: number): Promise<Event | undefined> {
    if (this.#events.length === 0) await this.#sleep(patience)
    return this.#events.shift()
  }

  #sleep(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), patience)
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
    })
  }
}
