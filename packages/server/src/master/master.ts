/**
 * The master process: binds the sockets, keeps the workers, obeys signals. It never loads the application and never
 * sees HTTP. One loop: take what has happened, see to it, keep the count, sleep. Called by the command.
 */
import type { Server } from 'node:net'
import type { Bind } from '../channel/bind.ts'
import type { ControlReply, ControlRequest } from '../channel/control.ts'
import type { BareConnection } from '../channel/handover.ts'
import type { ToMaster } from '../channel/messages.ts'
import { createScoreboard, EMPTY_ROW, Scoreboard } from '../channel/scoreboard.ts'
import type { Config } from '../cli/options.ts'
import { ConfigError } from '../config-error.ts'
import type { Logger } from '../log/logger.ts'
import { openControlSocket } from './control-socket.ts'
import { Inbox } from './inbox.ts'
import { bindListeners, type Listener } from './listeners.ts'
import { notifySystemd } from './notify.ts'
import { removePidFile, writePidFile } from './pid-file.ts'
import { type Order, SIGNALS } from './signals.ts'
import { type MasterStatus, statusText } from './status.ts'
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
  /** Where to listen: `config.bind`, or what systemd hands over. */
  readonly binds: readonly Bind[]
  /** Whom workers run as and files belong to. */
  readonly account: { readonly uid: number | undefined; readonly gid: number | undefined }
  readonly env: Readonly<Record<string, string | undefined>>
  /** The environment of the workers. */
  readonly workerEnv: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** A path; none without. */
  readonly controlSocket: string | undefined
  /** Told once, when the workers are ready: where they listen. */
  readonly announce: (addresses: readonly string[]) => void
}

/** Milliseconds without a heartbeat after which a worker is given nothing. */
const STUCK_AFTER = 3_000

type Event =
  | WorkerEvent
  | { readonly type: 'control'; readonly request: ControlRequest; readonly reply: (reply: ControlReply) => void }
  | { readonly type: 'order'; readonly order: Order; readonly cause: string }

/** Serves until told to stop. @returns the exit code. @throws ConfigError when it cannot begin. */
export async function runMaster(options: MasterOptions): Promise<number> {
  const master = new Master(options)
  try {
    await master.begin()
    while (!master.pool.isStopped) {
      const event = await master.inbox.take(master.pool.patience)
      if (event !== undefined) master.see(event)
      master.pool.maintain()
      master.killSilent()
      master.announce()
    }
    return 0
  } finally {
    await master.end()
  }
}

/** The first worker loads the application; the others follow; all serve. */
type Phase = 'loading' | 'filling' | 'serving'

class Master {
  readonly inbox = new Inbox<Event>()
  readonly pool: WorkerPool
  readonly #options: MasterOptions
  #listeners: readonly Listener[] = []
  #board = -1
  #scoreboard: Scoreboard | undefined
  readonly #begunAt = performance.now()
  readonly #waiting: ((reply: ControlReply) => void)[] = []
  #controlServer: Server | undefined
  #phase: Phase = 'loading'
  #addresses: readonly string[] = []
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
      bootTime: config.timeout * 1000,
      start: (slot) => this.#start(slot),
      logger,
      reloaded: (failure) => this.#reloaded(failure),
    })
  }

  /** Binds, then starts one worker; the others follow when it is ready, so that a fault is told once. */
  async begin(): Promise<void> {
    const { account, binds, config, temporary } = this.#options
    if (config.pid !== undefined) writePidFile(config.pid)
    this.#listeners = await bindListeners(binds, { mode: config.socketMode, ...account })
    await this.#openControl()
    this.#board = createScoreboard(this.#slots, temporary)
    this.#scoreboard = new Scoreboard(this.#board, this.#slots)
    for (const { signal, order } of SIGNALS) {
      process.on(signal, () => this.inbox.put({ type: 'order', order, cause: signal }))
    }
    this.pool.maintain()
  }

  see(event: Event): void {
    if (event.type === 'order') this.obey(event.order, event.cause)
    else if (event.type === 'control') this.#control(event.request, event.reply)
    else if (event.type === 'exit') this.#exited(event)
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
        this.pool.reload()
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

  resize(wanted: number): void {
    const most = Math.floor(this.#slots / 2)
    this.pool.wanted = Math.min(Math.max(1, wanted), most)
    this.#options.logger.info(`${this.pool.wanted} workers wanted`)
  }

  #control(request: ControlRequest, reply: (reply: ControlReply) => void): void {
    switch (request.order) {
      case 'status':
        reply({ ok: true, text: statusText(this.#status()) })
        break
      case 'workers':
        this.resize(request.count)
        reply({ ok: true, text: `${this.pool.wanted} workers wanted` })
        break
      case 'reload':
        this.#waiting.push(reply)
        this.obey('reload', 'tsgi reload')
        break
      case 'stop':
        reply({ ok: true, text: 'stopping' })
        this.obey('stop gracefully', 'tsgi stop')
    }
  }

  #reloaded(failure: string | undefined): void {
    const reply: ControlReply =
      failure === undefined
        ? { ok: true, text: 'reloaded' }
        : { ok: false, text: `not reloaded, the old workers stay: ${failure}` }
    for (const waiting of this.#waiting.splice(0)) waiting(reply)
  }

  #status(): MasterStatus {
    return {
      target: this.#options.target,
      addresses: this.#addresses,
      age: performance.now() - this.#begunAt,
      wanted: this.pool.wanted,
      restarts: this.pool.restarts,
      workers: [...this.pool.workers].map((worker) => ({
        ...(this.#scoreboard?.row(worker.slot) ?? EMPTY_ROW),
        pid: worker.pid,
        state: worker.state,
        age: worker.age,
      })),
    }
  }

  /** Without it the server serves all the same: a socket that is taken is a line in the log. */
  async #openControl(): Promise<void> {
    const { controlSocket, logger } = this.#options
    if (controlSocket === undefined) return
    try {
      this.#controlServer = await openControlSocket(controlSocket, (request, reply) =>
        this.inbox.put({ type: 'control', request, reply }),
      )
    } catch (error) {
      logger.warning(`no control socket: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** Nothing stays behind, however it ended. */
  async end(): Promise<void> {
    this.#controlServer?.close()
    for (const worker of this.pool.workers) worker.kill()
    this.#closeListeners()
    if (this.#options.config.pid !== undefined) removePidFile(this.#options.config.pid)
    if (this.#phase !== 'loading') this.#options.logger.info('stopped')
    await this.#options.logger.close()
  }

  /** The kernel is to refuse from now on: what it queued the workers still take before they close. */
  #stop(how: 'gracefully' | 'now'): void {
    this.#closeListeners()
    notifySystemd('stopping', this.#options.env, this.#options.logger)
    this.pool.stop(how)
  }

  #closeListeners(): void {
    for (const listener of this.#listeners) listener.close()
    this.#listeners = []
  }

  #start(slot: number): WorkerProcess {
    const { account, config, folder, script, target, workerEnv } = this.#options
    this.#scoreboard?.clear(slot)
    return new WorkerProcess({
      script,
      folder,
      slot,
      env: workerEnv,
      descriptors: [this.#board, ...this.#listeners.map((listener) => listener.fd)],
      start: () => ({
        type: 'start',
        target,
        config,
        account,
        slot,
        slots: this.#slots,
        listeners: this.#listeners.map(({ bind }, index) => ({ bind, fd: FIRST_DESCRIPTOR + 1 + index })),
      }),
      tell: (event) => this.inbox.put(event),
    })
  }

  #heard(worker: WorkerProcess, message: ToMaster, connection: BareConnection | undefined): void {
    switch (message.type) {
      case 'ready':
        this.pool.ready(worker)
        if (this.#phase === 'loading') this.#loaded(message.addresses)
        break
      case 'failed':
        if (this.#phase === 'loading') throw new ConfigError(message.message, message.detail)
        this.pool.failed(worker, message)
        break
      case 'spent':
        if (this.pool.replace(worker)) this.#options.logger.info(`worker ${worker.pid} is replaced: ${message.reason}`)
        break
      case 'pass':
        this.#pass(worker, connection)
        break
    }
  }

  /** The first worker is ready: the others may follow. */
  #loaded(addresses: readonly string[]): void {
    this.#phase = 'filling'
    this.#addresses = addresses
    this.pool.wanted = this.#options.config.workers
  }

  /** Says where it listens, once all workers are ready, or one of them is in trouble. */
  announce(): void {
    if (this.#phase !== 'filling') return
    if (this.pool.serving.length < this.pool.wanted && this.pool.restarts === 0) return
    this.#phase = 'serving'
    this.#options.announce(this.#addresses)
    notifySystemd('ready', this.#options.env, this.#options.logger)
  }

  /** Hands a connection on to whoever has fewest, counting what is on its way to them. */
  #pass(from: WorkerProcess, connection: BareConnection | undefined): void {
    if (connection === undefined) return
    const others = this.pool.serving.filter((worker) => worker !== from)
    const to = leastBy(others, (worker) => this.#load(worker)) ?? from
    to.given++
    this.#scoreboard?.set(to.slot, 'given', to.given)
    to.give(connection)
  }

  /** A hung worker is killed by its own watchdog, which knows where; this is for one that stands still as a whole. */
  killSilent(): void {
    const { timeout } = this.#options.config
    if (timeout === 0) return
    for (const worker of this.pool.workers) {
      if (worker.state === 'booting' || worker.state === 'gone') continue
      const heartbeat = this.#scoreboard?.row(worker.slot).heartbeat ?? 0
      if (heartbeat === 0 || Date.now() - heartbeat < timeout * 1000 + STUCK_AFTER) continue
      this.#options.logger.critical(`worker ${worker.pid} has not been heard of for ${timeout} s; killing it`)
      worker.kill()
    }
  }

  #load(worker: WorkerProcess): number {
    const row = this.#scoreboard?.row(worker.slot)
    if (row === undefined) return 0
    // One that is stuck would let a connection wait, however few it has.
    const isStuck = Date.now() - row.heartbeat > STUCK_AFTER
    return row.open + row.given - row.taken + (isStuck ? 1e9 : 0)
  }

  #exited(event: Extract<WorkerEvent, { type: 'exit' }>): void {
    this.#scoreboard?.clear(event.worker.slot)
    this.pool.exited(event.worker, event.code, event.signal)
    if (this.#phase === 'loading' && !this.pool.isStopped) this.#refuseToBegin(event)
  }

  /** A first worker that dies without a word: there is nothing to keep, and trying again would hide it. */
  #refuseToBegin(event: Extract<WorkerEvent, { type: 'exit' }>): void {
    const how = event.signal === null ? `ended with code ${event.code}` : `was killed by ${event.signal}`
    throw new ConfigError(`cannot load ${this.#options.target}: the first worker ${how} while loading it`)
  }
}

function leastBy<Item>(items: readonly Item[], measure: (item: Item) => number): Item | undefined {
  let least: { readonly item: Item; readonly size: number } | undefined
  for (const item of items) {
    const size = measure(item)
    if (least === undefined || size < least.size) least = { item, size }
  }
  return least?.item
}
