/**
 * Notifies systemd (sd_notify(3), Type=notify or notify-reload). The socket is a datagram socket in the file system, which
 * Node cannot speak to, so systemd's own `systemd-notify` does it, one notice after the other. Knows no workers.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Logger } from '../log/logger.ts'

/** `replaced`: another process is the main one from now on. */
export type Notice = 'ready' | 'reloading' | 'stopping' | 'alive' | 'replaced'

type Environment = Readonly<Record<string, string | undefined>>

/** How long one notice may take. The master does not end before all are sent. */
const NOTICE_TIMEOUT_MS = 5_000

export class Systemd {
  readonly #env: Environment
  readonly #logger: Logger
  /** Milliseconds between two signs of life: half of what the service file asks for (WatchdogSec). */
  readonly #interval: number
  #beatenAt = 0
  /** Notices that failed: logged once, though a sign of life is due every few seconds. */
  readonly #failed = new Set<Notice>()
  #last: Promise<void> = Promise.resolve()

  constructor(env: Environment, logger: Logger) {
    this.#env = env
    this.#logger = logger
    const isForUs = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(process.pid)
    const interval = isForUs ? Number(env.WATCHDOG_USEC) / 2000 : 0
    this.#interval = interval > 0 ? interval : Number.POSITIVE_INFINITY
  }

  /**
   * systemd knows a notice by the process that sent it. Only root may send in the master's name; under `User=` the notice
   * comes from a child, which a unit accepts with `NotifyAccess=all` only. Without that the start would time out.
   * @param uid of this process.
   */
  checkAccess(uid = process.getuid?.(), unit = ownUnit()): void {
    if (!this.#env.NOTIFY_SOCKET || uid === 0) return
    const words = ['show', '--property=NotifyAccess', '--value', unit ?? '']
    const options = { env: { ...this.#env }, timeout: NOTICE_TIMEOUT_MS }
    execFile('systemctl', words, options, (error, stdout) => {
      const access = error === null && unit !== undefined ? stdout.trim() : ''
      if (access === 'all') return
      const text = `under User= systemd accepts READY=1 only from a unit with NotifyAccess=all`
      if (access === '') this.#logger.info(text)
      else this.#logger.warning(`${text}; ${unit} has NotifyAccess=${access}`)
    })
  }

  /** Does nothing where systemd does not ask for it. A failure is a line in the log. @param mainPid with `replaced`. */
  tell(notice: Notice, mainPid = process.pid): void {
    if (!this.#env.NOTIFY_SOCKET) return
    const words = wordsOf(notice, mainPid)
    this.#last = this.#last.then(() => this.#run(notice, words))
  }

  /** To be called in each turn of the master's loop: shows that it turns, as often as is asked for. */
  beat(now = performance.now()): void {
    if (now - this.#beatenAt < this.#interval) return
    this.#beatenAt = now
    this.tell('alive')
  }

  /** Resolves when all notices are sent. */
  async done(): Promise<void> {
    await this.#last
  }

  #run(notice: Notice, words: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const options = { env: { ...this.#env }, timeout: NOTICE_TIMEOUT_MS }
      execFile('systemd-notify', [`--pid=${process.pid}`, ...words], options, (error) => {
        if (error === null) this.#failed.delete(notice)
        else this.#complain(notice, error)
        resolve()
      })
    })
  }

  #complain(notice: Notice, error: Error): void {
    if (this.#failed.has(notice)) return
    this.#failed.add(notice)
    this.#logger.warning(`cannot tell systemd that the service is ${notice}: ${error.message.split('\n')[0]}`)
  }
}

/** The unit that this process belongs to, by its control group. */
function ownUnit(): string | undefined {
  try {
    return /\/([^/]+\.service)(?:\/|$)/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** The clock of a reload is read when it begins, not when that is said. */
function wordsOf(notice: Notice, mainPid: number): readonly string[] {
  switch (notice) {
    case 'ready':
      return ['READY=1', 'STATUS=Serving']
    case 'reloading':
      return ['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`]
    case 'stopping':
      return ['STOPPING=1']
    case 'replaced':
      return [`MAINPID=${mainPid}`, 'READY=1', 'STATUS=Serving']
    case 'alive':
      return ['WATCHDOG=1']
  }
}
