/**
 * Work that goes on after responses are out (`tsgi.after_response`, the closing of bodies): a process that leaves waits
 * for it, as long as it waits for connections. Knows only promises.
 */
export class PendingTasks {
  readonly #under = new Set<Promise<unknown>>()
  #abandoned = Promise.withResolvers<void>()

  /** @param promise of the exchange: it never rejects. */
  add(promise: Promise<unknown>): void {
    this.#under.add(promise)
    void promise.finally(() => this.#under.delete(promise))
  }

  /** Resolves when nothing is under way any more, or it has been abandoned. */
  async done(): Promise<void> {
    while (this.#under.size > 0) await Promise.race([Promise.all(this.#under), this.#abandoned.promise])
  }

  /** The time is over: nobody waits any longer. */
  abandon(): void {
    this.#under.clear()
    this.#abandoned.resolve()
  }
}
