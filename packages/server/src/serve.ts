/**
 * The server as a function: one process, no workers, no signals. For tests, for development, for programs that have a
 * process of their own. The command is `cli/main`.
 */
import type { Application } from '@tsgi/contract'
import type { Bind } from './config/bind.ts'
import { bindError } from './config/bind.ts'
import { configure } from './config/configuration.ts'
import type { Config, InProcessSettings } from './config/options.ts'
import { AccessLog } from './connection/access-log.ts'
import { clocksOf, handshakeOf, limitsOf } from './connection/connection-settings.ts'
import { Connections } from './connection/connections.ts'
import { type Listener, type ListenTarget, listen } from './connection/listener.ts'
import { Logger } from './log/logger.ts'
import { makeRoom } from './master/unix-socket.ts'
import { TrustedPeers } from './proxy/trusted-peers.ts'

/** A server that listens. */
export interface ServerHandle {
  /** Where, in the order of `bind`: `http://127.0.0.1:8000`, `unix:/run/app.sock`. Port 0 has become a real one. */
  readonly addresses: readonly string[]
  /**
   * Takes no more connections, answers what is in flight within `gracefulTimeout`, and resolves when all is closed.
   * Calling it again gives the same promise.
   */
  close(): Promise<void>
}

/**
 * Serves an application in this process. Resolves when it listens.
 * @param settings options of the command under their names in a config file; times in seconds. `bind` is
 *   `127.0.0.1:8000` by default.
 * @throws ConfigError when an option or an address will not do.
 */
export async function serve(application: Application, settings: InProcessSettings = {}): Promise<ServerHandle> {
  const { config } = configure({ settings: { place: 'serve()', values: { ...settings } } })
  const server = new Server(application, config)
  await server.listen(config.bind)
  return server
}

class Server implements ServerHandle {
  readonly #config: Config
  readonly #logger: Logger
  readonly #accessLog: AccessLog | undefined
  readonly #connections: Connections
  readonly #listenings: Listener[] = []
  #closed: Promise<void> | undefined

  constructor(application: Application, config: Config) {
    this.#config = config
    const logger = new Logger({ target: config.errorLogfile, level: config.logLevel })
    const accessLog =
      config.accessLogfile === undefined
        ? undefined
        : new AccessLog(config.accessLogfile, config.accessLogFormat, (text) => logger.error(text))
    this.#logger = logger
    this.#accessLog = accessLog
    this.#connections = new Connections({
      application,
      limits: limitsOf(config),
      clocks: clocksOf(config),
      errors: logger.errorStream(),
      multiprocess: false,
      serverHeader: config.serverHeader,
      keepAliveRequests: config.keepAliveRequests,
      trustedProxies: new TrustedPeers(config.forwardedAllowIps),
      handshake: handshakeOf(config, (reason) => logger.info(reason)),
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
      return await listen(targetOf(bind), {
        backlog: this.#config.backlog,
        scheme: this.#config.certfile === undefined ? 'http' : 'https',
        accepted: (socket) => this.#connections.take(socket),
        trouble: (error) => this.#logger.error(`cannot accept connections: ${error.code ?? error.message}`),
      })
    } catch (error) {
      throw bindError(bind, error)
    }
  }

  async #close(): Promise<void> {
    const impatience = setTimeout(() => this.#connections.destroy(), this.#config.gracefulTimeout * 1000)
    await Promise.all(this.#listenings.map((listening) => listening.drain()))
    this.#connections.retire()
    await this.#connections.empty()
    clearTimeout(impatience)
    await this.#accessLog?.close()
    await this.#logger.close()
  }
}

function targetOf(bind: Bind): ListenTarget {
  if (bind.kind === 'fd') return { fd: bind.fd }
  if (bind.kind === 'unix') return { path: bind.path }
  return bind.host === '' ? { port: bind.port } : { host: bind.host, port: bind.port }
}
