/**
 * One listening socket of this process: accepts, and stops without losing what the kernel has queued.
 * Knows nothing of what is done with a socket.
 */
import net, { type Server, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

export type ListenTarget =
  | { readonly fd: number }
  /** Without a host: on every address of the machine. */
  | { readonly host?: string; readonly port: number }
  | { readonly path: string }

export interface ListenerOptions {
  readonly backlog: number
  /** For the address as it is shown. Default `http`. */
  readonly scheme?: string | undefined
  /** Gets each accepted socket, paused and half-open. */
  readonly accepted: (socket: Socket) => void
  /** Called with what goes wrong while accepting (EMFILE …). */
  readonly trouble: (error: NodeJS.ErrnoException) => void
}

/** How long a queue that never runs dry is worked off at the end: milliseconds. */
const QUEUE_MAX_MS = 250

/** Listens. @throws the system's error. */
export async function listen(target: ListenTarget, options: ListenerOptions): Promise<Listener> {
  const listening = new Listener(options)
  await listening.open(target)
  return listening
}

export class Listener {
  readonly #options: ListenerOptions
  readonly #server: Server
  #accepted = 0

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
      this.#accepted++
      options.accepted(socket)
    })
  }

  open(target: ListenTarget): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ ...target, backlog: this.#options.backlog }, () => {
        this.#server.off('error', reject)
        this.#server.on('error', this.#options.trouble)
        resolve()
      })
    })
  }

  /** `http://127.0.0.1:8000`, or `unix:/run/app.sock`. */
  get address(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') return `unix:${address ?? ''}`
    return `${this.#options.scheme ?? 'http'}://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
  }

  /** Closes at once: others listen on the same queue. */
  close(): void {
    this.#server.close()
  }

  /** Takes what the kernel has queued, then closes: no other process will take it. One connection is accepted per turn of the loop. */
  async drain(): Promise<void> {
    const deadline = performance.now() + QUEUE_MAX_MS
    let seen = -1
    while (seen !== this.#accepted && performance.now() < deadline) {
      seen = this.#accepted
      await turn()
      await turn()
    }
    this.#server.close()
  }
}
