/**
 * What a connection tells the access log: when its request began, and the record when it is over. Only where somebody
 * wants to know: without, no clock is read. Used by the connection alone.
 */

import { CombinedLineCache } from './access-log.ts'
import type { ConnectionSettings } from './connection-context.ts'
import type { RequestCycle } from './request-cycle.ts'

export class ConnectionLog {
  readonly #tell: NonNullable<ConnectionSettings['log']>
  readonly #remoteAddr: string
  #memory: CombinedLineCache | undefined
  /** `performance.now()` at the first octet of the request. */
  #startedAt = 0

  /** `undefined` where nobody wants to know. */
  static of({ log }: ConnectionSettings, remoteAddr: string): ConnectionLog | undefined {
    return log === undefined ? undefined : new ConnectionLog(log, remoteAddr)
  }

  private constructor(tell: NonNullable<ConnectionSettings['log']>, remoteAddr: string) {
    this.#tell = tell
    this.#remoteAddr = remoteAddr
  }

  requestBegins(): void {
    this.#startedAt = performance.now()
  }

  /** Keeps nothing of the request before. */
  forget(): void {
    this.#memory = undefined
  }

  requestEnded(cycle: RequestCycle): void {
    this.#memory ??= new CombinedLineCache()
    this.#tell(cycle.record(this.#remoteAddr, this.#startedAt), this.#memory)
  }
}
