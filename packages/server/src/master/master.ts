/**
 * The master process: binds the sockets, keeps the workers, obeys signals. It never loads the application and never
 * sees HTTP. One loop: take what has happened, see to it, keep the count, sleep. Called by the command.
 */
import { randomBytes } from 'node:crypto'
import { ConfigError } from '../config/config-error.ts'
import type { Config } from '../config/options.ts'
import { readTlsFiles, TlsFileWatch } from '../config/tls-files.ts'
import type { ControlRequest } from '../ipc/control-protocol.ts'
import type { ConnectionHandle } from '../ipc/handle-passing.ts'
import type { ToMaster } from '../ipc/messages.ts'
import { createScoreboard, Scoreboard } from '../ipc/scoreboard.ts'
import { ConfigReload, type Reading } from './config-reload.ts'
import { type Caller, Control, type ControlledMaster } from './control.ts'
import { EventQueue } from './event-queue.ts'
import { HookRunner } from './hook-runner.ts'
import { Incidents } from './incidents.ts'
import { Lender } from './lender.ts'
import { type MasterEvent, nameOfEvent } from './master-event.ts'
import type { MasterOptions } from './master-options.ts'
import { MetricsCollector } from './metrics-collector.ts'
import { removePidFile, writePidFile } from './pid-file.ts'
import { Rebalancer } from './rebalancer.ts'
import { ReloadLoop } from './reload-loop.ts'
import { type Order, SIGNALS } from './signals.ts'
import { Sockets } from './sockets.ts'
import { Startup } from './startup.ts'
import { type MasterStatus, workerStatus } from './status.ts'
import { Systemd } from './systemd.ts'
import { takeOver, Upgrade } from './upgrade.ts'
import { WorkerPool } from './worker-pool.ts'
import { FIRST_DESCRIPTOR, type WorkerEvent, WorkerProcess } from './worker-process.ts'
import { workerTimeoutsOf } from './worker-timeouts.ts'

/** Serves until it must stop. @returns the exit code. @throws ConfigError when it cannot begin. */
export async function runMaster(options: MasterOptions): Promise<number> {
  const master = new Master(options)
  try {
    await master.begin()
    while (!master.isOver) await master.turn()
    if (master.refusal !== undefined) throw master.refusal
    return 0
  } finally {
    await master.end()
  }
}

/** Rows of the scoreboard: half of them for workers that serve, half for those that are on their way out. */
const MIN_SLOTS = 256

/** 16 bytes of a name, 16 for HMAC, 16 for AES. */
const TICKET_KEY_BYTES = 48

class Master implements ControlledMaster {
  readonly inbox = new EventQueue<MasterEvent>()
  readonly pool: WorkerPool<WorkerProcess>
  readonly sockets: Sockets
  readonly #systemd: Systemd
  readonly #options: MasterOptions
  #board = -1
  #dispatch: Rebalancer | undefined
  readonly #scrapes = new MetricsCollector()
  readonly #lender = new Lender()
  readonly #begunAt = performance.now()
  readonly #control = new Control(this, this.#scrapes)
  readonly #startup: Startup
  readonly #slots: number
  readonly #reloadLoop = new ReloadLoop()
  /** When the last reload began, as `Date.now()` has it. */
  #reloadedAt = 0
  /** Workers, as the configuration or the operator said last. */
  #wanted: number
  readonly #reconfiguration: ConfigReload
  readonly #incidents: Incidents
  readonly #hooks: HookRunner
  readonly #upgrade: Upgrade
  /** The time in which the server still takes requests after the order to stop. */
  #drainDelay: NodeJS.Timeout | undefined
  /** Why the first worker could not serve: the server does not start then. */
  refusal: ConfigError | undefined
  readonly #ticketKeys = randomBytes(TICKET_KEY_BYTES).toString('base64')
  readonly #tlsFiles = new TlsFileWatch()

  constructor(options: MasterOptions) {
    const { config, logger } = options
    this.#options = options
    this.#incidents = new Incidents(logger)
    this.#hooks = new HookRunner(options.hooks, this.#incidents)
    this.#startup = new Startup(options)
    this.sockets = new Sockets({ mode: config.socketMode, ...options.account })
    this.#slots = Math.max(MIN_SLOTS, config.workers * 4)
    this.#wanted = config.workers
    this.#systemd = new Systemd(options.env, logger)
    this.#reconfiguration = new ConfigReload({ ...options, sockets: this.sockets })
    this.pool = new WorkerPool({
      wanted: 1,
      slots: this.#slots,
      patience: () => workerTimeoutsOf(this.#config),
      draining: () => this.sockets.isLeavingOne,
      start: (slot) => this.#start(slot),
      logger,
      reloaded: (failure) => this.#reloaded(failure),
    })
    const parts = { sockets: this.sockets, pool: this.pool, control: this.#control, systemd: this.#systemd }
    this.#upgrade = new Upgrade(options, parts, (outcome) => this.inbox.put({ type: 'upgrade', outcome }))
  }

  get #config(): Config {
    return this.#reconfiguration.config
  }

  /** Listens to signals, binds, starts one worker; the others follow when it is ready, so that a fault is reported once. */
  async begin(): Promise<void> {
    const { binds, config, inheritance, temporary } = this.#options
    process.on('uncaughtException', (error, origin) => this.#incidents.report(origin, error))
    for (const { signal, order } of SIGNALS)
      process.on(signal, () => this.inbox.put({ type: 'order', order, cause: signal }))
    this.#systemd.checkAccess()
    await this.sockets.open(binds, config.metrics, inheritance?.sockets)
    if (inheritance === undefined) await this.#claim()
    this.#tlsFiles.attend(config)
    this.#board = createScoreboard(this.#slots, temporary)
    this.#dispatch = new Rebalancer(new Scoreboard(this.#board, this.#slots))
    this.pool.maintain()
  }

  /** Takes what only one master can have. */
  async #claim(): Promise<void> {
    const { config, controlSocket, inheritance, logger } = this.#options
    if (config.pid !== undefined) writePidFile(config.pid, inheritance?.pid)
    if (controlSocket === undefined) return
    const heard = (request: ControlRequest, caller: Caller) => this.inbox.put({ type: 'control', request, caller })
    await this.#control.open(controlSocket, logger, heard)
  }

  get isOver(): boolean {
    return this.refusal !== undefined || this.pool.isStopped
  }

  /** Workers serve on with what they have until all files fit together again. */
  #renewCertificates(): void {
    if (!this.#tlsFiles.changed()) return
    const files = readTlsFiles(this.#config)
    if (files === undefined) return
    for (const worker of this.pool.workers) worker.send({ type: 'certificates', files })
    this.#options.logger.info('certificates were renewed')
  }

  /** One turn of the loop. An error of one step is logged and touches no other step, and no other turn. */
  async turn(): Promise<void> {
    const { logger } = this.#options
    const event = await this.inbox.take(this.pool.patience)
    if (event !== undefined) this.#take(event)
    if (this.isOver) return
    this.#incidents.run('starting and retiring workers', () => this.pool.maintain())
    this.#incidents.run('looking for silent workers', () =>
      this.#dispatch?.killSilent(this.pool.workers, this.#config.timeout * 1000, logger),
    )
    this.#incidents.run('looking after the sockets', () => this.sockets.lookAfter(logger))
    this.#incidents.run('looking after certificates', () => this.#renewCertificates())
    this.#incidents.run('announcing the server', () => this.#announce())
    this.#incidents.run('notifying systemd', () => this.#systemd.beat())
  }

  #take(event: MasterEvent): void {
    const isDone = this.#incidents.run(`handling ${nameOfEvent(event)}`, () => this.see(event))
    if (!isDone && event.type === 'control')
      event.caller.reply({ ok: false, text: 'it failed; the error log says why' })
  }

  see(event: MasterEvent): void {
    if (event.type === 'order') this.obey(event.order, event.cause)
    else if (event.type === 'control') this.#control.obey(event.request, event.caller)
    else if (event.type === 'exit') this.#exited(event)
    else if (event.type === 'read') this.#reload(event.reading)
    else if (event.type === 'upgrade') this.#upgrade.end(event.outcome)
    else if (event.type === 'taken') this.#systemd.tell('ready')
    else this.#heard(event.worker, event.message, event.connection)
  }

  obey(order: Order, cause: string): void {
    this.#options.logger.info(`${cause}: ${order}`)
    this.#orders[order]()
  }

  readonly #orders: Readonly<Record<Order, () => void>> = {
    'stop gracefully': () => this.#stopGracefully(),
    'stop now': () => this.#stop('now'),
    reload: () => this.#read(),
    upgrade: () => this.#upgrade.begin(this.#startup.isLoading || this.#reconfiguration.isReading),
    'add a worker': () => void this.resize(this.#wanted + 1),
    'remove a worker': () => void this.resize(this.#wanted - 1),
    'reopen logs': () => this.#reopenLogs(),
  }

  #reopenLogs(): void {
    this.#options.reopenLog(this.#config)
    for (const worker of this.pool.workers) worker.send({ type: 'reopen' })
  }

  #read(): void {
    if (this.#upgrade.isUnderWay) {
      this.#options.logger.error('not reloaded: an upgrade is under way')
      this.#reportReload('an upgrade is under way')
      return
    }
    this.#systemd.tell('reloading')
    void this.#reconfiguration.read().then((reading) => this.inbox.put({ type: 'read', reading }))
  }

  /** With the configuration as it is now; one that will not do changes nothing. */
  #reload(reading: Reading): void {
    const { workers } = this.#config
    const failure = this.#reconfiguration.take(reading)
    if (failure === undefined) {
      this.#tlsFiles.attend(this.#config)
      if (this.#config.workers !== workers) this.resize(this.#config.workers)
      this.#reloadedAt = Date.now()
      this.pool.reload()
    } else {
      this.#options.logger.error(`not reloaded, all stays as it was: ${failure}`)
      this.#reportReload(failure)
    }
  }

  #reloaded(failure: string | undefined): void {
    this.#reconfiguration.end(failure)
    this.#reportReload(failure)
  }

  /** Reports the result of a reload to its caller. */
  #reportReload(failure: string | undefined): void {
    this.#control.reloaded(failure)
    this.#systemd.tell('ready')
    this.#hooks.run('onReload', { failure })
  }

  resize(wanted: number): string {
    const most = Math.floor(this.#slots / 2)
    this.#wanted = Math.min(Math.max(1, wanted), most)
    // The first one shows whether the application loads at all.
    if (!this.#startup.isLoading) this.pool.wanted = this.#wanted
    const summary = `${this.#wanted} ${this.#wanted === 1 ? 'worker' : 'workers'} wanted${wanted > most ? '; more than that need a restart with --workers' : ''}`
    this.#options.logger.info(summary)
    return summary
  }

  status(): MasterStatus {
    const { pool } = this
    return {
      target: this.#options.target,
      addresses: this.#startup.addresses,
      age: performance.now() - this.#begunAt,
      wanted: this.#wanted,
      restarts: pool.restarts,
      reloads: pool.reloads,
      workers: [...pool.workers].map((worker) => workerStatus(worker, this.#dispatch?.row(worker))),
    }
  }

  /** Leaves nothing behind, however the server ended. A file that cannot be removed is a line in the log, not a failure. */
  async end(): Promise<void> {
    const { config, logger } = this.#options
    for (const worker of this.pool.workers) this.#incidents.run('killing a worker', () => worker.kill())
    this.#incidents.run('closing the control socket', () => this.#control.close())
    this.#incidents.run('closing the sockets', () => this.sockets.close())
    this.#incidents.run('removing the pid file', () => config.pid !== undefined && removePidFile(config.pid, logger))
    await this.#hooks.exit()
    if (!this.#startup.isLoading) logger.info('stopped')
    await this.#incidents.settle('notifying systemd', () => this.#systemd.done())
    await logger.close()
  }

  /** The first time, a load balancer is given the time to notice, where the configuration says so. */
  #stopGracefully(): void {
    const { drainDelay } = this.#config
    if (drainDelay === 0 || this.#drainDelay !== undefined || this.pool.isStopping) {
      this.#stop('gracefully')
      return
    }
    this.#options.logger.info(`not ready any more; taking requests for another ${drainDelay} s`)
    this.#systemd.tell('stopping')
    for (const worker of this.pool.workers) worker.send({ type: 'unready' })
    const over = { type: 'order', order: 'stop gracefully', cause: 'the drain delay is over' } as const
    this.#drainDelay = setTimeout(() => this.inbox.put(over), drainDelay * 1000)
  }

  /** The kernel refuses new connections from now on; workers still take what it queued before they close. */
  #stop(how: 'gracefully' | 'now'): void {
    clearTimeout(this.#drainDelay)
    this.#incidents.run('closing the sockets', () => this.sockets.close())
    if (this.#drainDelay === undefined && !this.#upgrade.isDone) this.#systemd.tell('stopping')
    this.#upgrade.cancel()
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
        master: process.pid,
        target,
        config: this.#config,
        account,
        slot,
        slots: this.#slots,
        listeners: this.sockets.inherited(FIRST_DESCRIPTOR + 1),
        bootTime: workerTimeoutsOf(this.#config).bootStill,
        ticketKeys: this.#ticketKeys,
      }),
      tell: this.#lender.before((event) => this.inbox.put(event), this.#incidents),
    })
  }

  #heard(worker: WorkerProcess, message: ToMaster, connection: ConnectionHandle | undefined): void {
    switch (message.type) {
      case 'ready':
        this.#ready(worker, message)
        break
      case 'failed':
        if (this.#startup.isLoading && worker.state === 'booting')
          this.refusal = new ConfigError(message.message, message.detail)
        else this.pool.failed(worker, message)
        break
      case 'spent':
        this.pool.replace(worker, message.reason, message.well)
        break
      case 'changed':
        this.#changed(worker, message)
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

  /**
   * Every worker sees the change, and the first to say so is enough: after that all are on their way out. These see it
   * if there is another one while the new ones load.
   */
  #changed({ state }: WorkerProcess, { file, at }: Extract<ToMaster, { type: 'changed' }>): void {
    const isKnown = this.#reconfiguration.isReading || (state === 'stale' && at < this.#reloadedAt)
    if (isKnown || state === 'retiring') return
    const wait = this.#reloadLoop.changed(file, performance.now())
    if (wait > 0) this.#options.logger.warning(ReloadLoop.problemOf(file, wait))
    if (wait === 0) this.obey('reload', `${file} changed`)
    else setTimeout(() => this.inbox.put({ type: 'order', order: 'reload', cause: `${file} changed` }), wait).unref()
  }

  /** A worker serves, with the configuration in force. After the first one, the others may follow. */
  #ready(worker: WorkerProcess, { addresses, description }: Extract<ToMaster, { type: 'ready' }>): void {
    if (!this.pool.ready(worker)) return
    if (this.#drainDelay !== undefined) worker.send({ type: 'unready' })
    this.#reconfiguration.prove()
    this.#startup.serves({ description, ...this.sockets.named(addresses) })
    this.pool.wanted = this.#wanted
  }

  /** Once all workers are ready, or one of them is in trouble. */
  #announce(): void {
    const isFilling = this.pool.serving.length < this.pool.wanted && this.pool.restarts === 0
    if (isFilling || !this.#startup.announce()) return
    if (this.#options.inheritance === undefined) this.#systemd.tell('ready')
    else void this.#incidents.settle('taking over', () => this.#takeOver())
    this.#hooks.run('onReady', { pid: process.pid, addresses: this.#startup.addresses })
  }

  /** The old master lets go; systemd is notified by it, and by this one once it is the main process. */
  async #takeOver(): Promise<void> {
    await takeOver()
    if (process.connected) process.disconnect?.()
    this.sockets.own()
    await this.#claim()
    this.inbox.put({ type: 'taken' })
  }

  #exited(event: Extract<WorkerEvent, { type: 'exit' }>): void {
    this.#scrapes.left(event.worker)
    const hadToLeave = event.worker.state === 'retiring'
    this.#dispatch?.clear(event.worker.slot)
    this.pool.exited(event.worker, event)
    const { code, signal } = event
    this.#hooks.run('onWorkerExit', { pid: event.worker.pid, code, signal, wasTold: hadToLeave })
    this.#dispatch?.passAll(event.worker.takeUndelivered(), this.pool.serving)
    if (this.#startup.isLoading && !hadToLeave) this.refusal ??= this.#startup.refusal(event)
  }
}
