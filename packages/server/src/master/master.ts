/**
 * The master process: binds the sockets, keeps the workers, obeys signals. It never loads the application and never
 * sees HTTP. One loop: take what has happened, see to it, keep the count, sleep. Called by the command.
 */
import type { Socket } from 'node:net'
import type { ToMaster } from '../channel/messages.ts'
import { createScoreboard, Scoreboard } from '../channel/scoreboard.ts'
import type { Config } from '../cli/options.ts'
import { ConfigError } from '../config-error.ts'
import type { Logger } from '../log/logger.ts'
import { Inbox } from './inbox.ts'
import { bindListeners, type Listener } from './listeners.ts'
import { type Order, SIGNALS } from './signals.ts'
import { WorkerPool } from './worker-pool.ts'
import { FIRST_DESCRIPTOR, type WorkerEvent, WorkerProcess } from './worker-process.ts'

export interface MasterOptions {
  readonly config: Config
  /** `module:callable`, for the workers to load. */
  readonly target: string
  /** The script that a worker runs. */
  readonly script: string
  /** Where the application is looked for; a link in it is followed anew for each worker. */
  readonly folder: string
  readonly temporary: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Told once, when the first worker is ready: where it listens. */
  readonly announce: (addresses: readonly string[]) => void
}

type Event = WorkerEvent | { readonly type: 'order'; readonly order: Order; readonly cause: string }

/** Serves until told to stop. @returns the exit code. @throws ConfigError when it cannot begin. */
export async function runMaster(options: MasterOptions): Promise<number> {
  const master = new Master(options)
  await master.begin()
  for (;;) {
    const event = await master.inbox.take(master.pool.patience)
    if (event !== undefined) master.see(event)
    master.pool.maintain()
    if (master.pool.isStopped) return master.end()
  }
}

class Master {
  readonly inbox = new Inbox<Event>()
  readonly pool: WorkerPool
  readonly #options: MasterOptions
  #listeners: readonly Listener[] = []
  #board = -1
  #scoreboard: Scoreboard | undefined
  #announced = false
  readonly #slots: number

  constructor(options: MasterOptions) {
    const { config, logger } = options
    this.#options = options
    this.#slots = Math.max(64, config.workers * 4)
    this.pool = new WorkerPool({
      wanted: 1,
      slots: this.#slots,
      grace: config.gracefulTimeout * 1000,
      linger: Math.min(config.keepAlive, config.gracefulTimeout) * 1000,
      bootTime: 0,
      start: (slot) => this.#start(slot),
      logger,
    })
  }

  /** Binds, then starts one worker; the others follow when it is ready, so that a fault is told once. */
  async begin(): Promise<void> {
    const { config, temporary } = this.#options
    this.#listeners = await bindListeners(config.bind, { mode: 0o666, uid: undefined, gid: undefined })
    this.#board = createScoreboard(this.#slots, temporary)
    this.#scoreboard = new Scoreboard(this.#board, this.#slots)
    for (const { signal, order } of SIGNALS) {
      process.on(signal, () => this.inbox.put({ type: 'order', order, cause: signal }))
    }
    this.pool.maintain()
  }

  see(event: Event): void {
    if (event.type === 'order') this.obey(event.order, event.cause)
    else if (event.type === 'exit') this.#exited(event)
    else this.#heard(event.worker, event.message, event.socket)
  }

  obey(order: Order, cause: string): void {
    const { logger } = this.#options
    logger.info(`${cause}: ${order}`)
    switch (order) {
      case 'stop gracefully':
        return this.#stop('gracefully')
      case 'stop now':
        return this.#stop('now')
      case 'reload':
        return this.pool.reload()
      case 'add a worker':
        return this.resize(this.pool.wanted + 1)
      case 'remove a worker':
        return this.resize(this.pool.wanted - 1)
      case 'reopen logs':
        logger.reopen()
        for (const worker of this.pool.workers) worker.send({ type: 'reopen' })
    }
  }

  resize(wanted: number): void {
    const most = Math.floor(this.#slots / 2)
    this.pool.wanted = Math.min(Math.max(1, wanted), most)
    this.#options.logger.info(`${this.pool.wanted} workers wanted`)
  }

  async end(): Promise<number> {
    this.#closeListeners()
    this.#options.logger.info('stopped')
    await this.#options.logger.close()
    return 0
  }

  /** The kernel is to refuse from now on: what it queued the workers still take before they close. */
  #stop(how: 'gracefully' | 'now'): void {
    this.#closeListeners()
    this.pool.stop(how)
  }

  #closeListeners(): void {
    for (const listener of this.#listeners) listener.close()
    this.#listeners = []
  }

  #start(slot: number): WorkerProcess {
    const { config, env, folder, script, target } = this.#options
    this.#scoreboard?.clear(slot)
    return new WorkerProcess({
      script,
      folder,
      slot,
      env,
      descriptors: [this.#board, ...this.#listeners.map((listener) => listener.fd)],
      start: () => ({
        type: 'start',
        target,
        config,
        slot,
        slots: this.#slots,
        listeners: this.#listeners.map((_, index) => ({ fd: FIRST_DESCRIPTOR + 1 + index })),
      }),
      tell: (event) => this.inbox.put(event),
    })
  }

  #heard(worker: WorkerProcess, message: ToMaster, socket: Socket | undefined): void {
    switch (message.type) {
      case 'ready':
        this.pool.ready(worker)
        return this.#firstReady(message.addresses)
      case 'failed':
        if (!this.#announced) throw new ConfigError(message.message, message.detail)
        return this.pool.failed(worker, message)
      case 'spent':
        this.#options.logger.info(`worker ${worker.pid} asks to be replaced: ${message.reason}`)
        return this.pool.replace(worker)
      case 'pass':
        return this.#pass(message.to, socket)
    }
  }

  #firstReady(addresses: readonly string[]): void {
    if (this.#announced) return
    this.#announced = true
    this.pool.wanted = this.#options.config.workers
    this.#options.announce(addresses)
  }

  /** Hands a connection on; if the worker it was meant for has left meanwhile, to another. */
  #pass(to: number, socket: Socket | undefined): void {
    if (socket === undefined) return
    const worker = this.pool.at(to) ?? this.pool.serving[0]
    if (worker === undefined) socket.destroy()
    else worker.send({ type: 'connection' }, socket)
  }

  #exited(event: Extract<WorkerEvent, { type: 'exit' }>): void {
    this.#scoreboard?.clear(event.worker.slot)
    this.pool.exited(event.worker, event.code, event.signal)
    if (!this.#announced && !this.pool.isStopped && event.worker.state === 'gone') this.#refuseToBegin(event)
  }

  /** A first worker that dies without a word: there is nothing to keep, and trying again would hide it. */
  #refuseToBegin(event: Extract<WorkerEvent, { type: 'exit' }>): void {
    if (this.pool.isStopped) return
    const how = event.signal === null ? `ended with code ${event.code}` : `was killed by ${event.signal}`
    throw new ConfigError(`cannot load ${this.#options.target}: the first worker ${how} while loading it`)
  }
}
