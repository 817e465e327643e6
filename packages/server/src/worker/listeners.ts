/**
 * The listening sockets of a worker: opened on the descriptors it inherited, closed together. Knows by which
 * listener a connection came, not what happens to it.
 */
import type { Socket } from 'node:net'
import { bindError } from '../config/bind.ts'
import { type Listener, listen } from '../connection/listener.ts'
import type { InheritedListener } from '../ipc/messages.ts'

/** Milliseconds between two complaints: what stands in the way of one connection stands in the way of many. */
const TROUBLE_INTERVAL_MS = 10_000

export interface ListenersOptions {
  readonly backlog: number
  /** The protocol on the listeners of the application. */
  readonly scheme: string
  readonly accepted: (socket: Socket, purpose: InheritedListener['purpose']) => void
  /** Called at intervals with the reason why connections cannot be accepted (EMFILE …). */
  readonly trouble: (reason: string) => void
}

export class Listeners {
  readonly #options: ListenersOptions
  readonly #open: { readonly listening: Listener; readonly from: InheritedListener }[] = []
  #quietUntil = 0

  constructor(options: ListenersOptions) {
    this.#options = options
  }

  /** @throws ConfigError when a descriptor cannot be listened on. */
  async open(listeners: readonly InheritedListener[]): Promise<void> {
    for (const from of listeners) this.#open.push({ from, listening: await this.#listenOn(from) })
  }

  /** In the order of the sockets. Only the process that bound a path knows it: an inherited socket has only its number. */
  get addresses(): string[] {
    return this.#open.map(({ from, listening }) => {
      if (from.bind.kind === 'unix') return `unix:${from.bind.path}`
      return from.bind.kind === 'fd' && listening.address === 'unix:' ? `fd:${from.bind.fd}` : listening.address
    })
  }

  /** Closes at once: others listen on the same queues. */
  close(): void {
    for (const { listening } of this.#open) listening.close()
  }

  /** Takes the connections that the kernel has queued, then closes: no other process would take them. */
  async drain(): Promise<void> {
    await Promise.all(this.#open.map(({ listening }) => listening.drain()))
  }

  async #listenOn({ fd, bind, purpose }: InheritedListener): Promise<Listener> {
    const { accepted, backlog } = this.#options
    const scheme = purpose === 'monitor' ? 'http' : this.#options.scheme
    try {
      return await listen(
        { fd },
        { backlog, scheme, accepted: (socket) => accepted(socket, purpose), trouble: (error) => this.#trouble(error) },
      )
    } catch (error) {
      throw bindError(bind, error)
    }
  }

  #trouble(error: NodeJS.ErrnoException): void {
    if (performance.now() < this.#quietUntil) return
    this.#quietUntil = performance.now() + TROUBLE_INTERVAL_MS
    this.#options.trouble(`cannot accept connections: ${error.code ?? error.message}`)
  }
}
