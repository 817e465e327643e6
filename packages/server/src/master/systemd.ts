/**
 * Tells systemd how the service is (sd_notify(3), Type=notify or notify-reload). The socket is a datagram socket in the
 * file system, which Node cannot speak to, so systemd's own `systemd-notify` does it, one notice after the other.
 */
import { execFile } from 'node:child_process'
import type { Logger } from '../log/logger.ts'

export type Notice = 'ready' | 'reloading' | 'stopping' | 'alive'

type Environment = Readonly<Record<string, string | undefined>>

/** How long one notice may take: milliseconds. The master does not end before all is said. */
const PATIENCE = 5_000

export class Systemd {
  readonly #env: Environment
  readonly #logger: Logger
  /** Milliseconds between two signs of life: half of what the service file asks for (WatchdogSec). */
  readonly #interval: number
  #beatenAt = 0
  /** What could not be told: said once, though a sign of life is due every few seconds. */
  readonly #untold = new Set<Notice>()
  #last: Promise<void> = Promise.resolve()

  constructor(env: Environment, logger: Logger) {
    this.#env = env
    this.#logger = logger
    const isForUs = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(process.pid)
    const interval = isForUs ? Number(env.WATCHDOG_USEC) / 2000 : 0
    this.#interval = interval > 0 ? interval : Number.POSITIVE_INFINITY
  }

  /** Does nothing where systemd does not ask for it. A failure is a line in the log. */
  tell(notice: Notice): void {
    if (!this.#env.NOTIFY_SOCKET) return
    const words = wordsOf(notice)
    this.#last = this.#last.then(() => this.#run(notice, words))
  }

  /** To be called by the master's loop in each turn: tells that it turns, as often as is asked for. */
  beat(now = performance.now()): void {
    if (now - this.#beatenAt < this.#interval) return
    this.#beatenAt = now
    this.tell('alive')
  }

  /** Resolves when all has been said. */
  async done(): Promise<void> {
    await this.#last
  }

  #run(notice: Notice, words: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const options = { env: { ...this.#env }, timeout: PATIENCE }
      execFile('systemd-notify', [`--pid=${process.pid}`, ...words], options, (error) => {
        if (error === null) this.#untold.delete(notice)
        else this.#complain(notice, error)
        resolve()
      })
    })
  }

  #complain(notice: Notice, error: Error): void {
    if (this.#untold.has(notice)) return
    this.#untold.add(notice)
    this.#logger.warning(`cannot tell systemd that the service is ${notice}: ${error.message.split('\n')[0]}`)
  }
}

/** The clock of a reload is read when it begins, not when that is said. */
function wordsOf(notice: Notice): readonly string[] {
  switch (notice) {
    case 'ready':
      return ['READY=1', 'STATUS=Serving']
    case 'reloading':
      return ['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`]
    case 'stopping':
      return ['STOPPING=1']
    case 'alive':
      return ['WATCHDOG=1']
  }
}
