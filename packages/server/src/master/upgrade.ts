/**
 * The old master's side of an upgrade: starts a new master on the same sockets, waits until its workers are ready, and
 * lets go. A new master that fails changes nothing. Knows the other process and its two words; the pool drains.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Bind } from '../config/bind.ts'
import { FIRST_INHERITED_FD, type InheritedSocket, withInheritance } from '../ipc/inheritance.ts'
import type { Logger } from '../log/logger.ts'
import type { Control } from './control.ts'
import type { Sockets } from './sockets.ts'
import type { Systemd } from './systemd.ts'

/** How to start the command that this process is, once more. */
export interface Successor {
  readonly program: string
  readonly args: readonly string[]
  /** The working directory as it was named: a link in it may lead to a new release. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly activated: readonly Bind[] | undefined
}

/** Said by the new master once, when its workers are ready; and by the old one, when it has let go. */
const READY = 'NODE_TSGI_READY'
const TAKE = 'NODE_TSGI_TAKE'

export type UpgradeOutcome =
  | { readonly type: 'ready'; readonly pid: number }
  | { readonly type: 'failed'; readonly reason: string }

interface UpgradeOptions {
  readonly logger: Pick<Logger, 'info' | 'error'>
  readonly successor: Successor
}

/** What lets go when the new master is ready. */
interface UpgradeParts {
  readonly sockets: Pick<Sockets, 'heirlooms' | 'handOver'>
  readonly pool: { readonly isStopping: boolean; handOver(): void }
  readonly control: Pick<Control, 'upgraded' | 'close'>
  readonly systemd: Pick<Systemd, 'tell'>
}

export class Upgrade {
  readonly #options: UpgradeOptions
  readonly #parts: UpgradeParts
  readonly #over: (outcome: UpgradeOutcome) => void
  #child: ChildProcess | undefined
  #isDone = false

  /** @param over called once for each new master: it is ready, or it failed. The master calls `end` then, in its loop. */
  constructor(options: UpgradeOptions, parts: UpgradeParts, over: (outcome: UpgradeOutcome) => void) {
    this.#options = options
    this.#parts = parts
    this.#over = over
  }

  /** Whether a new master was started and has not failed. */
  get isUnderWay(): boolean {
    return this.#child !== undefined
  }

  /** Whether another master serves on the same sockets. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** @param isBusy whether the server starts or reloads. */
  begin(isBusy: boolean): void {
    const { logger, successor } = this.#options
    const { control, pool, sockets, systemd } = this.#parts
    if (this.isUnderWay || isBusy || pool.isStopping) {
      const reason = this.isUnderWay ? 'an upgrade is under way' : 'the server starts, stops or reloads'
      logger.error(`not upgraded: ${reason}`)
      control.upgraded(reason, '')
      return
    }
    systemd.tell('reloading')
    const child = startMaster(successor, sockets.heirlooms)
    this.#child = child
    let isOver = false
    watchMaster(child, (outcome) => {
      if (isOver) return
      isOver = true
      this.#over(outcome)
    })
  }

  /** The new master's workers are ready on the same sockets: this one lets go and leaves. Or all stays as it was. */
  end(outcome: UpgradeOutcome): void {
    const { logger } = this.#options
    const { control, pool, sockets, systemd } = this.#parts
    if (this.#child === undefined || pool.isStopping) return
    if (outcome.type === 'failed') {
      this.#child = undefined
      logger.error(`not upgraded, all stays as it was: the new master failed: ${outcome.reason}`)
      control.upgraded(`the new master failed: ${outcome.reason}`, '')
      systemd.tell('ready')
      return
    }
    this.#isDone = true
    logger.info(`upgraded: master ${outcome.pid} serves; leaving`)
    control.upgraded(undefined, `upgraded: master ${outcome.pid} serves`)
    control.close()
    systemd.tell('replaced', outcome.pid)
    sockets.handOver()
    this.#letGo(this.#child)
    pool.handOver()
  }

  /** The server must stop: so must the master that was to replace this one. */
  cancel(): void {
    if (this.#isDone) return
    this.#child?.kill('SIGTERM')
    this.#child = undefined
  }

  /** The new master may open what only one can have: the control socket and the pid file. */
  #letGo(child: ChildProcess): void {
    if (child.connected) child.send({ cmd: TAKE }, () => child.connected && child.disconnect())
    child.unref()
  }
}

/** @param sockets with the descriptors of this process. */
function startMaster(successor: Successor, sockets: readonly InheritedSocket[]): ChildProcess {
  const inherited = sockets.map((socket, index) => ({ ...socket, fd: FIRST_INHERITED_FD + index }))
  const { activated, args, env, folder, program } = successor
  return spawn(program, [...args], {
    cwd: folder,
    env: withInheritance(env, { pid: process.pid, sockets: inherited, activated }),
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...sockets.map(({ fd }) => fd)],
  })
}

function watchMaster(child: ChildProcess, over: (outcome: UpgradeOutcome) => void): void {
  child.on('internalMessage', (message: unknown) => {
    if (isSignal(message, READY) && child.pid !== undefined) over({ type: 'ready', pid: child.pid })
  })
  child.once('error', (error) => over({ type: 'failed', reason: `it could not be started: ${error.message}` }))
  child.once('exit', (code, signal) =>
    over({ type: 'failed', reason: signal === null ? `it ended with code ${code}` : `it was killed by ${signal}` }),
  )
}

/**
 * The new master's side: says that it is ready, and waits until the old one has let go.
 * @returns when it has, or when it is gone.
 */
export function takeOver(): Promise<void> {
  return new Promise((resolve) => {
    process.on('internalMessage', (message: unknown) => isSignal(message, TAKE) && resolve())
    process.once('disconnect', () => resolve())
    if (process.connected !== true) resolve()
    else process.send?.({ cmd: READY }, undefined, undefined, () => undefined)
  })
}

function isSignal(message: unknown, signal: string): boolean {
  return typeof message === 'object' && message !== null && 'cmd' in message && message.cmd === signal
}
