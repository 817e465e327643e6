/**
 * A worker process: loads the application, listens on the sockets it inherited, serves, and leaves when ordered.
 * Everything it says and hears goes through the channel to its master; it never starts or ends another process.
 * Called by the command when the master forks it.
 */
import type { Socket } from 'node:net'
import { failureOf } from '../config/config-error.ts'
import type { Config } from '../config/options.ts'
import type { TlsFiles } from '../config/tls-files.ts'
import { AccessLog } from '../connection/access-log.ts'
import type { ConnectionSettings } from '../connection/connection-context.ts'
import { clocksOf, handshakeOf, limitsOf, protocolOf, schemeOf, trustOf } from '../connection/connection-settings.ts'
import { Connections } from '../connection/connections.ts'
import type { Handshake } from '../connection/handshake.ts'
import { type ConnectionHandle, socketFromHandle } from '../ipc/handle-passing.ts'
import type { ToMaster, ToWorker } from '../ipc/messages.ts'
import { EMPTY_METRICS } from '../ipc/request-metrics.ts'
import { Scoreboard } from '../ipc/scoreboard.ts'
import { closeApplication, loadApplication, startedMemory, startedQueue } from '../loader/load-application.ts'
import { loadOptionsOf } from '../loader/load-options.ts'
import type { LoadedApplication } from '../loader/loaded-application.ts'
import { Logger } from '../log/logger.ts'
import { Acceptor } from './acceptor.ts'
import { BorrowedLimits } from './borrowed-limits.ts'
import type { Examiner } from './examiner.ts'
import { FdWatch, fdBudget, openFiles, openFilesLimit } from './fd-budget.ts'
import { ConnectionGauge, Heartbeat } from './heartbeat.ts'
import { Listeners } from './listeners.ts'
import { MasterChannel } from './master-channel.ts'
import { MetricsEndpoint } from './metrics-endpoint.ts'
import { dropPrivileges } from './privileges.ts'
import { Recycling } from './recycling.ts'
import { MAX_STILL_SECONDS, type SlowRequests, slowRequestsOf, stillTime, tightest } from './slow-requests.ts'
import { tickObject } from './tick-shape.ts'
import { UncaughtErrors } from './uncaught-errors.ts'
import { Watchdog } from './watchdog.ts'

type Start = Extract<ToWorker, { type: 'start' }>
type Examine = Extract<ToWorker, { type: 'examine' }>

/** The descriptor of the scoreboard in a worker: the first one after the channel's. */
const SCOREBOARD_FD = 4

/** Runs until the order to leave. @returns the exit code. */
export async function runWorker(): Promise<number> {
  const channel = new MasterChannel()
  const start = await channel.first()
  if (start.type !== 'start') throw new Error(`the first message to a worker must be start, not ${start.type}`)
  const worker = new Worker(start, channel)
  worker.attend()
  try {
    // A worker that is ordered to leave while it loads stops loading.
    await Promise.race([worker.begin(), worker.left])
  } catch (error) {
    return worker.fail(error)
  }
  return worker.left
}

/** At the first order: most workers never get one. */
const loadExaminer = () => import('./examiner.ts')

class Worker {
  /** Never read, only kept. */
  readonly tick: object | undefined = tickObject()
  readonly #start: Start
  readonly #channel: MasterChannel
  readonly #config: Config
  readonly #logger: Logger
  readonly #scoreboard: Scoreboard
  readonly #intake: Acceptor
  readonly #tally: ConnectionGauge
  readonly #recycling: Recycling
  readonly #heart: Heartbeat
  readonly #descriptors = new FdWatch(openFilesLimit(), openFiles)
  #accessLog: AccessLog | undefined
  #loaded: LoadedApplication | undefined
  #connections: Connections | undefined
  #handshake: Handshake | undefined
  #monitoring: MetricsEndpoint | undefined
  readonly #listeners: Listeners
  #retiring = false
  /** False once the server is about to stop. */
  #isReady = true
  #isClosing = false
  readonly #uncaught: UncaughtErrors
  readonly #borrowed: BorrowedLimits
  #watchdog: Watchdog | undefined
  /** From the first order of an operator. */
  #examiner: Examiner | undefined
  #slow: SlowRequests | undefined
  readonly #leave = Promise.withResolvers<number>()
  /** Resolves with the exit code. */
  readonly left = this.#leave.promise

  constructor(start: Start, channel: MasterChannel) {
    this.#start = start
    this.#channel = channel
    this.#config = start.config as Config // the master sends its own, which the table made
    this.#logger = new Logger({ target: this.#config.errorLogfile, level: this.#config.logLevel })
    this.#scoreboard = new Scoreboard(SCOREBOARD_FD, start.slots)
    this.#listeners = new Listeners({
      backlog: this.#config.backlog,
      scheme: schemeOf(this.#config),
      accepted: (socket, purpose) =>
        purpose === 'monitor'
          ? this.#monitoring?.take(socket)
          : this.#intake.accept(socket, (this.#connections?.open ?? 0) + 1, this.#retiring),
      trouble: (reason) => this.#logger.error(reason),
    })
    this.#heart = new Heartbeat({
      scoreboard: this.#scoreboard,
      slot: start.slot,
      timeout: tightest(this.#config.timeout * 1000, stillTime(this.#config)),
      numbers: () => this.#connections ?? { requests: 0, busy: 0 },
      beaten: (memory) => {
        this.#watchdog?.beat()
        this.#channel.look()
        this.#uncaught.beat()
        if (this.#examiner?.isBusy !== true) this.#recycle(this.#recycling.byMemory(memory, startedMemory))
        this.#complain(this.#descriptors.look())
      },
    })
    this.#borrowed = new BorrowedLimits((message) => this.#tell(message))
    this.#recycling = new Recycling(this.#config)
    const take = (socket: Socket) => this.#connections?.take(socket)
    this.#intake = new Acceptor({
      scoreboard: this.#scoreboard,
      slot: start.slot,
      take,
      pass: (...args) => channel.pass(...args),
    })
    this.#tally = new ConnectionGauge(this.#scoreboard, start.slot)
    this.#uncaught = new UncaughtErrors({
      target: start.target,
      logger: this.#logger,
      requests: () => this.#connections?.requestsUnderWay ?? [],
      ended: () => this.#connections?.requests ?? 0,
      unwell: (reason) => this.#tell({ type: 'spent', reason, well: false }),
    })
  }

  /** Listens to the master, to signals and to uncaught errors. */
  attend(): void {
    this.#channel.listen((message, handle) => this.#hear(message, handle))
    this.#channel.whenOrphaned(this.#start.master, () => this.#orphaned())
    process.on('SIGTERM', () => this.#tell({ type: 'spent', reason: 'SIGTERM', well: true }))
    process.on('SIGQUIT', () => this.#stop())
    process.on('SIGUSR1', () => this.#reopen())
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTTIN', 'SIGTTOU', 'SIGUSR2'] as const)
      process.on(signal, () => undefined)
    this.#uncaught.attend()
  }

  /** Serves, once it resolves. */
  async begin(): Promise<void> {
    await this.#load()
    if (!this.#retiring) await this.#listen()
  }

  async #load(): Promise<void> {
    const config = this.#config
    const { accessLogfile, accessLogFormat } = config
    if (accessLogfile !== undefined)
      this.#accessLog = new AccessLog(accessLogfile, accessLogFormat, (text) => this.#logger.error(text))
    // Before privileges go: only root may read the key.
    const { ticketKeys } = this.#start
    const handshake = handshakeOf(config, (reason) => this.#logger.info(reason), { ticketKeys })
    this.#handshake = handshake
    // The user of the workers may not be allowed to read this package.
    if (this.#start.account.uid !== undefined) await loadExaminer()
    dropPrivileges(this.#start.account.uid, this.#start.account.gid)
    if (config.umask !== undefined) process.umask(config.umask)
    this.#heart.start()
    if (config.timeout > 0 || config.slowRequest > 0) this.#watch()
    this.#loaded = await this.#loadApplication()
    this.#uncaught.loaded(this.#loaded.isFailure === true)
    const shared = { limits: limitsOf(config), clocks: clocksOf(config), errors: this.#logger.errorStream() }
    if (config.metrics !== undefined) {
      const ready = () => this.#isReady && !this.#retiring
      const gauges = () => ({ connections: this.#connections?.protocols ?? {}, python: startedQueue() })
      this.#monitoring = new MetricsEndpoint({ ...shared, ready, gauges, tell: (message) => this.#tell(message) })
    }
    const { most, waiting, warning } = fdBudget(config.workerConnections, config.backlog)
    if (warning !== undefined) this.#logger.warning(warning)
    this.#connections = new Connections({
      ...shared,
      application: this.#loaded.application,
      multiprocess: true,
      rateLimit: this.#borrowed.take,
      clientCertificates: config.clientCa !== undefined,
      serverHeader: config.serverHeader,
      keepAliveRequests: config.keepAliveRequests,
      earlyHints: config.earlyHints,
      trustedProxies: trustOf(config, (line) => this.#logger.warning(line)),
      protocol: protocolOf(config),
      handshake,
      most,
      waiting,
      log: this.#observer(),
      changed: (open) => this.#tally.changed(open),
      ended: (requests) => {
        this.#watchdog?.requestEnded()
        this.#recycle(this.#recycling.byRequests(requests))
      },
    })
  }

  async #loadApplication(): Promise<LoadedApplication> {
    const { target } = this.#start
    const options = loadOptionsOf(this.#config, this.#logger.errorStream())
    const load = () => this.#uncaught.guard(loadApplication(target, options))
    if (!this.#config.reload) return await load()
    const changed = (file: string, at: number) => this.#tell({ type: 'changed', file, at })
    const { loadWatched } = await import('../loader/load-watched.ts')
    return await loadWatched(target, options, {
      load,
      changed,
      failed: (reason) => this.#logger.error(reason),
      warned: (reason) => this.#logger.warning(reason),
    })
  }

  /** Undefined where nothing is to be known of requests: then they are not timed. */
  #observer(): ConnectionSettings['log'] {
    const [log, monitoring] = [this.#accessLog, this.#monitoring]
    if (log === undefined && monitoring === undefined) return this.#config.slowRequest > 0 ? () => undefined : undefined
    return (record, memory) => {
      log?.log(record, memory)
      monitoring?.count(record)
    }
  }

  async #listen(): Promise<void> {
    this.#scoreboard.set(this.#start.slot, 'serving', 1)
    await this.#listeners.open(this.#start.listeners)
    if (this.#config.timeout > 0) this.#watchdog?.allow(this.#config.timeout * 1000)
    this.#tell({ type: 'ready', addresses: this.#listeners.addresses, description: this.#loaded?.description ?? '' })
  }

  #watch(): void {
    const { timeout, errorLogfile: log } = this.#config
    const requests = () => this.#connections?.requestsUnderWay ?? []
    this.#slow = slowRequestsOf(this.#config, requests, (line) => this.#logger.warning(line))
    this.#watchdog = new Watchdog({
      timeout: (timeout || MAX_STILL_SECONDS) * 1000,
      slow: stillTime(this.#config),
      log,
      allowed: timeout > 0 ? this.#start.bootTime : MAX_STILL_SECONDS * 1000,
      requests: () => requests().map((request) => request.summary),
      slowRequests: () => this.#slow?.take() ?? [],
      late: () => this.#heart.beat(),
    })
  }

  /** Cannot serve: the master says so, since it knows what was to become of it. */
  async fail(error: unknown): Promise<number> {
    const { message, detail } = failureOf(error)
    await new Promise<void>((resolve) => this.#channel.send({ type: 'failed', message, detail }, resolve))
    await closeApplication(this.#loaded, 0)
    await this.#logger.close()
    return 1
  }

  #hear(message: ToWorker, handle: ConnectionHandle | undefined): void {
    switch (message.type) {
      case 'connection':
        this.#intake.adopt(handle)
        break
      case 'retire':
        void this.#retire(message)
        break
      case 'certificates':
        this.#renew(message.files)
        break
      case 'unready':
        this.#isReady = false
        break
      case 'stop':
        this.#stop()
        break
      case 'reopen':
        this.#reopen()
        break
      case 'examine':
        void this.#examine(message, handle)
        break
      case 'count':
        if (this.#monitoring === undefined) this.#tell({ type: 'counted', measures: EMPTY_METRICS })
        else this.#monitoring.report()
        break
      case 'metrics':
        this.#monitoring?.answered(message.text)
        break
      case 'taken':
        this.#borrowed.taken(message)
        break
      case 'start':
    }
  }

  /** @param handle none, where the operator had gone before it arrived. */
  async #examine({ examination }: Examine, handle: ConnectionHandle | undefined): Promise<void> {
    const done = () => this.#tell({ type: 'examined', isHeld: this.#examiner?.isOpen === true })
    if (handle === undefined) return done()
    // At once: the socket of an operator who waits must not be collected.
    const socket = socketFromHandle(handle)
    this.#logger.info(`tsgi ${examination.kind}: worker ${process.pid}`)
    try {
      const { Examiner } = await loadExaminer()
      this.#examiner ??= new Examiner({ held: (isHeld) => this.#hold(isHeld), done })
      await this.#examiner.examine(examination, socket)
    } catch (error) {
      this.#logger.error(`tsgi ${examination.kind}: ${error instanceof Error ? error.message : String(error)}`)
      socket.destroy()
      done()
    }
  }

  /** Whether the event loop may stand still. Beats first, so that no beat is overdue afterwards. */
  #hold(isHeld: boolean): void {
    this.#heart.beat()
    this.#watchdog?.hold(isHeld)
  }

  async #retire(order: Extract<ToWorker, { type: 'retire' }>): Promise<void> {
    if (this.#retiring) return
    this.#retiring = true
    const deadline = performance.now() + order.grace
    this.#scoreboard.set(this.#start.slot, 'serving', 0)
    const impatience = setTimeout(() => this.#stop(), order.grace)
    if (order.closing) await this.#listeners.drain()
    else this.#listeners.close()
    this.#connections?.drain()
    if (order.linger > 0) setTimeout(() => this.#connections?.retire(), order.linger)
    else this.#connections?.retire()
    await this.#connections?.empty()
    await this.#intake.settled()
    await this.#examiner?.finish()
    clearTimeout(impatience)
    await this.#close(Math.max(0, deadline - performance.now()))
  }

  #stop(): void {
    this.#retiring = true
    this.#listeners.close()
    this.#uncaught.condemn()
    this.#connections?.destroy()
    void this.#close(0)
  }

  /** After the last response. @param grace milliseconds for the application's own end. */
  async #close(grace: number): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#slow?.stop()
    this.#monitoring?.close()
    this.#examiner?.close()
    await closeApplication(this.#loaded, grace, (line) => this.#logger.error(line))
    await this.#accessLog?.close()
    await this.#logger.close()
    this.#leave.resolve(0)
  }

  /** The master is gone: no process will replace this worker, and it must not block the next master. */
  #orphaned(): void {
    if (this.#retiring) return
    this.#logger.error('the master is gone; leaving')
    const grace = this.#config.gracefulTimeout * 1000
    void this.#retire({ type: 'retire', grace, linger: 0, closing: true })
  }

  #complain(complaint: string | undefined): void {
    if (complaint === undefined) return
    this.#logger.error(complaint)
    this.#tell({ type: 'spent', reason: 'it runs out of open files', well: false })
  }

  #recycle(reason: string | undefined): void {
    if (reason !== undefined && !this.#retiring) this.#tell({ type: 'spent', reason, well: true })
  }

  /** The master has read and checked them; OpenSSL has the last word. */
  #renew(files: TlsFiles): void {
    try {
      this.#handshake?.renew(files)
    } catch (error) {
      this.#logger.error(`certificates not renewed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #reopen(): void {
    this.#logger.reopen()
    this.#accessLog?.reopen()
  }

  #tell(message: ToMaster): void {
    this.#channel.send(message)
  }
}
