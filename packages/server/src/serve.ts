/**
 * The server as a function: one process, no workers, no signals. For tests, for development, for programs that have a
 * process of their own. The command is `cli/main`.
 */
import { chmodSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { Application, RateLimiter } from '@tsgi/contract'
import { ApplicationLife, endWithin } from '@tsgi/gateways/exchange'
import type { Bind } from './config/bind.ts'
import { bindError } from './config/bind.ts'
import { ConfigError } from './config/config-error.ts'
import { configure } from './config/configuration.ts'
import { COMMAND_OPTIONS, type Config, type InProcessSettings } from './config/options.ts'
import { readTlsFiles, TlsFileWatch } from './config/tls-files.ts'
import { AccessLog } from './connection/access-log.ts'
import { clocksOf, handshakeOf, limitsOf, protocolOf, schemeOf, trustOf } from './connection/connection-settings.ts'
import { Connections } from './connection/connections.ts'
import type { Handshake } from './connection/handshake.ts'
import { type Listener, type ListenTarget, listen } from './connection/listener.ts'
import { Logger } from './log/logger.ts'
import { makeRoom } from './master/unix-socket.ts'
import { RateCounts } from './rates/rate-counts.ts'

/** A server that listens. */
export interface ServerHandle {
  /** Where, in the order of `bind`: `http://127.0.0.1:8000`, `unix:/run/app.sock`. Port 0 has become a real one. */
  readonly addresses: readonly string[]
  /**
   * Takes no more connections, answers what is in flight within `gracefulTimeout`, ends the application by its `close`
   * within what is left of it, and resolves when all is closed. An application that fails to close is a line in the log.
   * Calling it again gives the same promise.
   */
  close(): Promise<void>
}

/**
 * Serves an application in this process. Resolves when the application has started (SPEC C89) and the server listens.
 * @param settings options of the command under their names in a config file; times in seconds. `bind` is
 *   `127.0.0.1:8000` by default; `host` and `port` say it apart.
 * @throws the application's own error when its `start` fails.
 * @throws ConfigError when an option or an address will not do, or when an option belongs to the command only.
 */
export async function serve(application: Application, settings: InProcessSettings = {}): Promise<ServerHandle> {
  refuseCommandOptions(settings)
  const { config } = configure({ settings: { place: 'serve()', values: { ...settings } } })
  const life = new ApplicationLife(application)
  const server = new Server(application, config, life)
  await life.start()
  try {
    await server.listen(config.bind)
  } catch (error) {
    await life.close().catch(() => undefined)
    throw error
  }
  return server
}

/** What would do nothing is an error: a caller who sets it counts on it. */
function refuseCommandOptions(settings: InProcessSettings): void {
  const name = COMMAND_OPTIONS.find((option) => Reflect.get(settings, option) !== undefined)
  if (name === undefined) return
  throw new ConfigError(`serve(): ${name} is an option of the command tsgi serve; here there is one process, this one`)
}

/** What the end of an application may take also where the responses took all the time there was. */
const MIN_CLOSE_TIME_MS = 500

/** How often certificates are looked after. */
const RENEWAL_INTERVAL_MS = 1_000

class Server implements ServerHandle {
  readonly #config: Config
  readonly #logger: Logger
  readonly #accessLog: AccessLog | undefined
  readonly #connections: Connections
  readonly #handshake: Handshake | undefined
  readonly #tlsFiles = new TlsFileWatch()
  readonly #renewal: NodeJS.Timeout
  readonly #listenings: Listener[] = []
  readonly #life: ApplicationLife
  #closed: Promise<void> | undefined

  constructor(application: Application, config: Config, life: ApplicationLife) {
    this.#config = config
    this.#life = life
    const logger = new Logger({ target: config.errorLogfile, level: config.logLevel })
    const accessLog =
      config.accessLogfile === undefined
        ? undefined
        : new AccessLog(config.accessLogfile, config.accessLogFormat, (text) => logger.error(text))
    this.#logger = logger
    this.#accessLog = accessLog
    this.#handshake = handshakeOf(config, (reason) => logger.info(reason))
    this.#tlsFiles.attend(config)
    this.#renewal = setInterval(() => this.#renewCertificates(), RENEWAL_INTERVAL_MS).unref()
    this.#connections = new Connections({
      application,
      limits: limitsOf(config),
      clocks: clocksOf(config),
      errors: logger.errorStream(),
      multiprocess: false,
      rateLimit: countingIn(new RateCounts()),
      serverHeader: config.serverHeader,
      keepAliveRequests: config.keepAliveRequests,
      earlyHints: config.earlyHints,
      trustedProxies: trustOf(config, (line) => logger.warning(line)),
      protocol: protocolOf(config),
      clientCertificates: config.clientCa !== undefined,
      handshake: this.#handshake,
      most: config.workerConnections,
      waiting: config.backlog,
      log: accessLog === undefined ? undefined : (record, memory) => accessLog.log(record, memory),
    })
  }

  get addresses(): readonly string[] {
    return this.#listenings.map((listening) => listening.address)
  }

  /** Listens everywhere, or nowhere. */
  async listen(binds: readonly Bind[]): Promise<void> {
    try {
      for (const bind of binds) this.#listenings.push(await this.#listenAt(bind))
    } catch (error) {
      for (const listening of this.#listenings) listening.close()
      throw error
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #listenAt(bind: Bind): Promise<Listener> {
    if (bind.kind === 'unix') await makeRoom(bind.path)
    try {
      return await this.#withMode(bind, () => this.#open(bind))
    } catch (error) {
      throw bindError(bind, error)
    }
  }

  /** `--socket-mode` is right from the first moment: bind(2), which `open` calls at once, makes the file less the umask. */
  async #withMode(bind: Bind, open: () => Promise<Listener>): Promise<Listener> {
    if (bind.kind !== 'unix') return await open()
    // The umask is the process's: a thread may not change it, and changes the mode a moment later.
    const umask = isMainThread ? process.umask(0o777 & ~this.#config.socketMode) : undefined
    let opening: Promise<Listener>
    try {
      opening = open()
    } finally {
      if (umask !== undefined) process.umask(umask)
    }
    const listener = await opening
    if (umask === undefined) chmodSync(bind.path, this.#config.socketMode)
    return listener
  }

  #open(bind: Bind): Promise<Listener> {
    return listen(targetOf(bind), {
      backlog: this.#config.backlog,
      scheme: schemeOf(this.#config),
      accepted: (socket) => this.#connections.take(socket),
      trouble: (error) => this.#logger.error(`cannot accept connections: ${error.code ?? error.message}`),
    })
  }

  #renewCertificates(): void {
    if (!this.#tlsFiles.changed()) return
    try {
      const files = readTlsFiles(this.#config)
      if (files !== undefined) this.#handshake?.renew(files)
      this.#logger.info('certificates were renewed')
    } catch (error) {
      this.#logger.error(`certificates not renewed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  async #close(): Promise<void> {
    clearInterval(this.#renewal)
    const grace = this.#config.gracefulTimeout * 1000
    const deadline = performance.now() + grace
    const impatience = setTimeout(() => this.#connections.destroy(), grace)
    await Promise.all(this.#listenings.map((listening) => listening.drain()))
    this.#connections.retire()
    await this.#connections.empty()
    clearTimeout(impatience)
    const left = Math.max(deadline - performance.now(), MIN_CLOSE_TIME_MS)
    await endWithin(
      () => this.#life.close(),
      left,
      (line) => this.#logger.error(line),
    )
    await this.#accessLog?.close()
    await this.#logger.close()
  }
}

/** One process serves, so its own counts hold for the whole server. */
function countingIn(counts: RateCounts): RateLimiter {
  return async (key, limit, milliseconds) => {
    const { allowed, ...times } = counts.take({ key, limit, span: milliseconds, requests: 1 })
    return { isAllowed: allowed === 1, ...times }
  }
}

function targetOf(bind: Bind): ListenTarget {
  if (bind.kind === 'fd') return { fd: bind.fd }
  if (bind.kind === 'unix') return { path: bind.path }
  return bind.host === '' ? { port: bind.port } : { host: bind.host, port: bind.port }
}
