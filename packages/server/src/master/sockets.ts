/**
 * All sockets of the server together: opened at the beginning, handed to every worker, looked after, closed at the end.
 * Knows which is for what; one socket is `listeners`'.
 */
import type { Bind } from '../channel/bind.ts'
import type { InheritedListener } from '../channel/messages.ts'
import type { Logger } from '../log/logger.ts'
import { bindListeners, type Listener, rebindListener } from './listeners.ts'
import type { UnixSocketOwner } from './unix-socket.ts'

export class Sockets {
  readonly #owner: UnixSocketOwner
  #listeners: readonly Listener[] = []
  #unreachable = 0

  constructor(owner: UnixSocketOwner) {
    this.#owner = owner
  }

  /** @param monitor where `--metrics` is served. @throws ConfigError */
  async open(binds: readonly Bind[], monitor: Bind | undefined): Promise<void> {
    this.#listeners = await bindListeners(binds, 'application', this.#owner)
    if (monitor === undefined) return
    this.#listeners = [...this.#listeners, ...(await bindListeners([monitor], 'monitor', this.#owner))]
  }

  /** In this process. */
  get descriptors(): readonly number[] {
    return this.#listeners.map((listener) => listener.fd)
  }

  /** As a worker has them whose first inherited socket is `first`. */
  inherited(first: number): readonly InheritedListener[] {
    return this.#listeners.map(({ bind, purpose }, index) => ({ bind, purpose, fd: first + index }))
  }

  /** Those of a worker's addresses, in the order of the sockets, that serve this purpose. */
  addressesFor(purpose: InheritedListener['purpose'], addresses: readonly string[]): readonly string[] {
    return addresses.filter((_, index) => this.#listeners[index]?.purpose === purpose)
  }

  /** Says once what nobody would notice otherwise. */
  lookAfter(logger: Logger): void {
    const lost = this.#listeners.filter((listener) => !listener.isReachable()).length
    if (lost > this.#unreachable) {
      logger.error('the file of a unix socket was deleted or replaced; SIGHUP makes it anew')
    }
    this.#unreachable = lost
  }

  /** A unix socket whose file was deleted cannot be reached by its old descriptor: makes it anew, where that works. */
  async renew(): Promise<void> {
    this.#listeners = await Promise.all(
      this.#listeners.map((listener) =>
        listener.isReachable() ? listener : rebindListener(listener, this.#owner).catch(() => listener),
      ),
    )
    this.#unreachable = 0
  }

  close(): void {
    for (const listener of this.#listeners) listener.close()
    this.#listeners = []
  }
}
