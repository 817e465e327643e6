/**
 * The master process: binds the sockets, keeps the workers, obeys signals. It never loads the application and never
 * sees HTTP. One loop: take what has happened, see to it, keep the count, sleep. Called by the command.
 */
import type { ControlRequest } from '../channel/control.ts'
import type { BareConnection } from '../channel/handover.ts'
import type { ToMaster } from '../channel/messages.ts'
import { createScoreboard, EMPTY_ROW, Scoreboard } from '../channel/scoreboard.ts'
import type { Config } from '../cli/options.ts'
import { ConfigError } from '../config-error.ts'
import { Control, type ControlledMaster, type Reply } from './control.ts'
import { Dispatch } from './dispatch.ts'
import { Inbox } from './inbox.ts'
import type { MasterOptions } from './master-options.ts'
import { Systemd } from './notify.ts'
import { patienceOf } from './patience.ts'
import { removePidFile, writePidFile } from './pid-file.ts'
import { type Reading, Reconfiguration } from './reconfiguration.ts'
import { Scrapes } from './scrapes.ts'
import { type Order, SIGNALS } from './signals.ts'
import { Sockets } from './sockets.ts'
import type { MasterStatus } from './status.ts'
import { WorkerPool } from './worker-pool.ts'
import { FIRST_DESCRIPTOR, type WorkerEvent, WorkerProcess } from './worker-process.ts'

type Event =
  | WorkerEvent
  | { readonly type: 'control'; readonly request: ControlRequest; readonly reply: Reply }
  | { readonly type: 'order'; readonly order: Order; readonly cause: string }
  | { readonly type: 'read'; readonly reading: Reading }

/** Serves until told to stop. @returns the exit code. @throws ConfigError when it cannot begin. */
export async function runMaster(options: MasterOptions): Promise<number> {
  const master = new Master(options)
  try {
    await master.begin()
    while (!master.pool.isStopped) {
      const event = await master.inbox.take(master.pool.patience)
      if (event !== undefined) master.see(event)
      master.pool.maintain()
      master.lookAfter()
    }
    return 0
  } finally {
    await master.end()
  }
}

/** The first worker loads the application; the others follow; all serve. */
type Phase = 'loading' | 'filling' | 'serving'

class Master implements ControlledMaster {
  readonly inbox = new Inbox<Event>()
  readonly pool: WorkerPool
  readonly sockets: Sockets
  readonly #systemd: Systemd
  readonly #options: MasterOptions
  #board = -1
  #dispatch: Dispatch | undefined
  readonly #scrapes = new Scrapes()
  readonly #begunAt = performance.now()
  readonly #control = new Control(this)
  #phase: Phase = 'loading'
  #addresses: readonly string[] = []
  #description = ''
  #monitor: string | undefined
  readonly #slots: number
  readonly #reconfiguration: Reconfiguration

  constructor(options: MasterOptions) {
    const { config, logger } = options
    this.#options = options
    this.sockets = new Sockets({ mode: config.socketMode, ...options.account })
    this.#slots = Math.max(64, config.workers * 4)
    this.#systemd = new Systemd(options.env, logger)
    this.#reconfiguration = new Reconfiguration({ ...options, sockets: this.sockets })
    this.pool = new WorkerPool({
      wanted: 1,
      slots: this.#slots,
      patience: () => patienceOf(this.#config),
      draining: () => this.sockets.isLeavingOne,
      start: (slot) => this.#start(slot),
      logger,
      reloaded: (failure) => this.#reloaded(failure),
    })
  }

  get #config(): Config {
    return this.#reconfiguration.config
  }

  /** Listens to signals, binds, starts one worker; the others follow when it is ready, so that a fault is told once. */
  async begin(): Promise<void> {
    const { binds, config, controlSocket, logger, temporary } = this.#options
    for (const { signal, order } of SIGNALS)
      process.on(signal, () => this.inbox.put({ type: 'order', order, cause: signal }))
    if (config.pid !== undefined) writePidFile(config.pid)
    await this.sockets.open(binds, config.metrics)
    if (controlSocket !== undefined) {
      const heard = (request: ControlRequest, reply: Reply) => this.inbox.put({ type: 'control', request, reply })
      await this.#control.open(controlSocket, logger, heard)
    }
    this.#board = createScoreboard(this.#slots, temporary)
    this.#dispatch = new Dispatch(new Scoreboard(this.#board, this.#slots))
    this.pool.maintain()
  }

  /** What is to be done now and then, whatever happens. */
  lookAfter(): void {
    this.#dispatch?.killSilent(this.pool.workers, this.#config.timeout * 1000, this.#options.logger)
    this.sockets.lookAfter(this.#options.logger)
    this.#announce()
    this.#systemd.beat()
  }

  see(event: Event): void {
    if (event.type === 'order') this.obey(event.order, event.cause)
    else if (event.type === 'control') this.#control.obey(event.request, event.reply)
    else if (event.type === 'exit') this.#exited(event)
    else if (event.type === 'read') this.#reload(event.reading)
    else this.#heard(event.worker, event.message, event.connection)
  }

  obey(order: Order, cause: string): void {
    const { logger } = this.#options
    logger.info(`${cause}: ${order}`)
    switch (order) {
      case 'stop gracefully':
        this.#stop('gracefully')
        break
      case 'stop now':
        this.#stop('now')
        break
      case 'reload':
        this.#systemd.tell('reloading')
        void this.#reconfiguration.read().then((reading) => this.inbox.put({ type: 'read', reading }))
        break
      case 'add a worker':
        this.resize(this.pool.wanted + 1)
        break
      case 'remove a worker':
        this.resize(this.pool.wanted - 1)
        break
      case 'reopen logs':
        logger.reopen()
        for (const worker of this.pool.workers) worker.send({ type: 'reopen' })
    }
  }

  /** With the configuration as it is now; one that will not do changes nothing. */
  #reload(reading: Reading): void {
    const { workers } = this.#config
    const failure = this.#reconfiguration.take(reading)
    if (failure === undefined) {
      if (this.#config.workers !== workers && this.#phase !== 'loading') this.resize(this.#config.workers)
      this.pool.reload()
    } else {
      this.#options.logger.error(`not reloaded, all stays as it was: ${failure}`)
      this.#reloaded(failure)
    }
  }

  #reloaded(failure: string | undefined): void {
    this.#reconfiguration.end(failure)
    this.#control.reloaded(failure)
    this.#systemd.tell('ready')
  }

  resize(wanted: number): number {
    const most = Math.floor(this.#slots / 2)
    this.pool.wanted = Math.min(Math.max(1, wanted), most)
    this.#options.logger.info(`${this.pool.wanted} workers wanted`)
    return this.pool.wanted
  }

  status(): MasterStatus {
    return {
      target: this.#options.target,
      addresses: this.#addresses,
      age: performance.now() - this.#begunAt,
      wanted: this.pool.wanted,
      restarts: this.pool.restarts,
      reloads: this.pool.reloads,
      workers: [...this.pool.workers].map((worker) => ({
        ...(this.#dispatch?.row(worker) ?? EMPTY_ROW),
        pid: worker.pid,
        state: worker.state,
        age: worker.age,
      })),
    }
  }

  /** Nothing stays behind, however it ended. */
  async end(): Promise<void> {
    this.#control.close()
    for (const worker of this.pool.workers) worker.kill()
    this.sockets.close()
    if (this.#options.config.pid !== undefined) removePidFile(this.#options.config.pid)
    if (this.#phase !== 'loading') this.#options.logger.info('stopped')
    await this.#systemd.done()
    await this.#options.logger.close()
  }

  /** The kernel is to refuse from now on: what it queued the workers still take before they close. */
  #stop(how: 'gracefully' | 'now'): void {
    this.sockets.close()
    this.#systemd.tell('stopping')
    this.pool.stop(how)
  }

  #start(slot: number): WorkerProcess {
    const { account, folder, script, target, workerEnv } = this.#options
    this.#dispatch?.clear(slot)
    return new WorkerProcess({
      script,
      folder,
      slot,
      env: workerEnv,
      descriptors: [this.#board, ...this.sockets.descriptors],
      start: () => ({
        type: 'start',
        target,
        config: this.#config,
        account,
        slot,
        slots: this.#slots,
        listeners: this.sockets.inherited(FIRST_DESCRIPTOR + 1),
      }),
      tell: (event) => this.inbox.put(event),
    })
  }

  #heard(worker: WorkerProcess, message: ToMaster, connection: BareConnection | undefined): void {
    switch (message.type) {
      case 'ready':
        this.#ready(worker, message)
        break
      case 'failed':
        if (this.#phase === 'loading') throw new ConfigError(message.message, message.detail)
        this.pool.failed(worker, message)
        break
      case 'spent':
        this.pool.replace(worker, message.reason, message.well)
        break
      case 'changed':
        this.#changed(worker, message.file)
        break
      case 'pass':
        if (connection !== undefined) this.#dispatch?.pass(worker, connection, this.pool.serving)
        break
      case 'counted':
        this.#scrapes.heard(worker, message.measures)
        break
      case 'metrics':
        this.#scrapes.answer(worker, this.pool.serving, () => this.status())
        break
    }
  }

  /** Every worker sees the change; the first to say so is enough, since after that all are on their way out. */
  #changed(worker: WorkerProcess, file: string): void {
    if (worker.state === 'ready' && !this.#reconfiguration.isReading) this.obey('reload', `${file} changed`)
  }

  /** A worker serves, with the configuration in force. After the first one, the others may follow. */
  #ready(worker: WorkerProcess, { addresses, description }: Extract<ToMaster, { type: 'ready' }>): void {
    if (!this.pool.ready(worker)) return
    this.#reconfiguration.prove()
    this.#description = description
    this.#addresses = this.sockets.addressesFor('application', addresses)
    this.#monitor = this.sockets.addressesFor('monitor', addresses)[0]
    if (this.#phase !== 'loading') return
    this.#phase = 'filling'
    this.pool.wanted = this.#config.workers
  }

  /** Says where it listens, once all workers are ready, or one of them is in trouble. */
  #announce(): void {
    if (this.#phase !== 'filling') return
    if (this.pool.serving.length < this.pool.wanted && this.pool.restarts === 0) return
    this.#phase = 'serving'
    this.#options.announce(this.#description, this.#addresses, this.#monitor)
    this.#systemd.tell('ready')
  }

  #exited(event: Extract<WorkerEvent, { type: 'exit' }>): void {
    this.#scrapes.left(event.worker)
    const hadToLeave = event.worker.state === 'retiring'
    this.#dispatch?.clear(event.worker.slot)
    this.pool.exited(event.worker, event.code, event.signal)
    this.#dispatch?.passAll(event.worker.takeUndelivered(), this.pool.serving)
    if (this.#phase === 'loading' && !hadToLeave) this.#refuseToBegin(event)
  }

  /** A first worker that dies without a word: there is nothing to keep, and trying again would hide it. */
  #refuseToBegin(event: Extract<WorkerEvent, { type: 'exit' }>): void {
    const how = event.signal === null ? `ended with code ${event.code}` : `was killed by ${event.signal}`
    throw new ConfigError(`cannot load ${this.#options.target}: the first worker ${how} while loading it`)
  }
}
