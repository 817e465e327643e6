/**
 * Whether a module begins to listen by itself while it is loaded, as scripts do that were made to be run with `node`. Hears of
 * it from Node's own channel for `net.Server` and changes nothing. Knows no application; used by load-script.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

const CHANNEL = 'tracing:net.server.listen:asyncStart'

export class ListenDetector {
  /** `port 3000`, `/run/app.sock`; in the order in which they were begun. */
  readonly places: string[] = []

  readonly #heard = (message: unknown): void => {
    const { options }: { options?: unknown } = Object(message)
    const { port, path }: { port?: unknown; path?: unknown } = Object(options)
    this.places.push(
      typeof path === 'string' ? path : port === undefined || port === 0 ? 'a port of its own' : `port ${port}`,
    )
  }

  constructor() {
    subscribe(CHANNEL, this.#heard)
  }

  [Symbol.dispose](): void {
    unsubscribe(CHANNEL, this.#heard)
  }
}
