/**
 * What an operator types: reads the arguments, picks the role, turns an operator's mistake into one line and exit code 2.
 * Knows no HTTP and no process management. A role is imported when it is known which: each start loads one of them.
 */
import { readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { differenceOf } from '../config/config-diff.ts'
import { ConfigError, failureOf } from '../config/config-error.ts'
import { loadConfigFile } from '../config/config-file.ts'
import { type Configuration, configText, configure } from '../config/configuration.ts'
import type { Config } from '../config/options.ts'
import { suggestion } from '../config/suggestion.ts'
import type { ControlRequest } from '../ipc/control-protocol.ts'
import { Logger } from '../log/logger.ts'
import { type Arguments, parseArguments } from './arguments.ts'
import { CONTROL_COMMANDS, control, controlRequest } from './control-client.ts'
import { prepareControlFolder, usualControlSocket } from './control-socket.ts'
import { helpText } from './help.ts'
import { prepareLogs, withAbsoluteLogs } from './prepare-logs.ts'
import { activatedSockets, withoutSystemd } from './systemd.ts'
import { accountOf } from './user-group.ts'

const COMMANDS = ['serve', 'routes', 'call', ...CONTROL_COMMANDS, 'help', 'version'] as const

/** @returns the exit code. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  try {
    // These two have flags of their own, and end although the application may have left a timer or a pool.
    if (argv[0] === 'routes')
      return process.exit(await (await import('./routes-command.ts')).routesCommand(argv.slice(1)))
    if (argv[0] === 'call') return process.exit(await (await import('./call-command.ts')).callCommand(argv.slice(1)))
    return await run(parseArguments(argv))
  } catch (error) {
    return report(error)
  }
}

async function run(given: Arguments): Promise<number> {
  const [command, ...words] = given.words
  if (given.asked === 'version' || command === 'version') return say(`tsgi ${version()}`)
  if (given.asked === 'help' || command === 'help') return say(helpText())
  const order = controlRequest(given.words)
  if (order !== undefined) return await controlCommand(given, order)
  if (command === 'serve') return process.exit(await serveCommand(given, words))
  if (command === 'routes' || command === 'call')
    throw new ConfigError(`tsgi ${command} comes first and takes none of the server's flags; tsgi ${command} --help`)
  if (command === undefined) throw new ConfigError('say what to do: tsgi serve MODULE:CALLABLE; tsgi --help tells more')
  throw new ConfigError(`unknown command ${command}${suggestion(command, COMMANDS) || '; tsgi --help lists them'}`)
}

async function controlCommand(given: Arguments, order: ControlRequest): Promise<number> {
  const path = await runningControlSocket(given)
  if (path === undefined) throw new ConfigError('--control-socket off: there is no socket to speak to')
  const { ok, text } = await control(path, order)
  ;(ok ? process.stdout : process.stderr).write(`${text}\n`)
  return ok ? 0 : 1
}

/** A server that runs must be reachable although the configuration is broken by now: only the socket's path is needed. */
async function runningControlSocket(given: Arguments): Promise<string | undefined> {
  const folder = enter(firstOf(given, 'chdir') ?? process.env.TSGI_CHDIR)
  try {
    return controlSocketOf((await configureIn(folder, given, false)).config, folder)
  } catch (error) {
    const named = firstOf(given, 'controlSocket') ?? (process.env.TSGI_CONTROL_SOCKET || undefined)
    if (named === undefined) process.stderr.write(`tsgi: warning: ${failureOf(error).message}\n`)
    return controlSocketOf({ controlSocket: named }, folder)
  }
}

function controlSocketOf({ controlSocket }: Pick<Config, 'controlSocket'>, folder: string): string | undefined {
  return controlSocket === 'off' ? undefined : (controlSocket ?? usualControlSocket(folder))
}

async function serveCommand(given: Arguments, words: readonly string[]): Promise<number> {
  const [target, ...rest] = words
  if (target === undefined) throw new ConfigError('say what to serve: tsgi serve app.ts:application')
  if (rest.length > 0) throw new ConfigError(`one application at a time: ${rest.join(' ')} is too much`)
  const { configuration, folder } = await readConfiguration(given)
  if (configuration.config.printConfig) return say(configText(configuration))
  if (configuration.config.checkConfig) return await check(target, configuration.config)
  return await runAsMaster(target, withAbsoluteLogs(configuration.config, folder), folder, given)
}

async function readConfiguration(given: Arguments): Promise<{ configuration: Configuration; folder: string }> {
  const folder = enter(firstOf(given, 'chdir') ?? process.env.TSGI_CHDIR)
  return { configuration: await configureIn(folder, given, false), folder }
}

async function configureIn(folder: string, given: Arguments, anew: boolean): Promise<Configuration> {
  const settings = await loadConfigFile(firstOf(given, 'config') ?? process.env.TSGI_CONFIG, folder, anew)
  return configure({ flags: given.given, variables: process.env, ...(settings && { settings }) })
}

/** Two options are needed before there is a configuration: they say where to find it. */
function firstOf(given: Arguments, name: 'chdir' | 'config' | 'controlSocket'): string | undefined {
  return given.given.get(name)?.[0]
}

/** All that can be found out without a socket: a server may be running meanwhile. */
async function check(target: string, config: Config): Promise<number> {
  const { loadApplication } = await import('../loader/load-application.ts')
  const { handshakeOf } = await import('../connection/connection-settings.ts')
  const { loadOptionsOf } = await import('../loader/load-options.ts')
  const { dropPrivileges } = await import('../worker/privileges.ts')
  const account = accountOf(config.user, config.group)
  prepareLogs(config, account)
  handshakeOf(config, () => undefined)
  // As a worker does: no line of the application runs with more rights here than there.
  dropPrivileges(account.uid, account.gid)
  const { close } = await loadApplication(target, loadOptionsOf(config))
  await close(0)
  return say(`${target} loads, and the configuration is good`)
}

async function runAsMaster(target: string, config: Config, folder: string, given: Arguments): Promise<number> {
  const account = accountOf(config.user, config.group)
  if (config.umask !== undefined) process.umask(config.umask)
  prepareLogs(config, account)
  const activated = activatedSockets(process.env, process.pid)
  const logger = new Logger({ target: config.errorLogfile, level: config.logLevel })
  const { runMaster } = await import('../master/master.ts')
  const controlSocket = await preparedControlSocket(config, folder, logger)
  return await runMaster({
    config,
    reread: async (now) => {
      const { config: read, places } = await configureIn(folder, given, true)
      const difference = differenceOf(now, { config: withAbsoluteLogs(read, folder), places })
      prepareLogs(difference.config, account)
      return { ...difference, binds: activated ?? difference.config.bind }
    },
    account,
    target,
    folder,
    controlSocket,
    binds: activated ?? config.bind,
    script: fileURLToPath(new URL('../../bin/tsgi.js', import.meta.url)),
    temporary: tmpdir(),
    env: process.env,
    // What helps a developer is asked for by --reload; nobody else gets to see the inside of an application.
    workerEnv: withoutSystemd(config.reload ? { NODE_ENV: 'development', ...process.env } : process.env),
    reopenLog: (now) => {
      try {
        prepareLogs(now, account)
      } catch (error) {
        logger.error(failureOf(error).message)
      }
      logger.reopen()
    },
    logger,
    announce: (description, addresses, monitor) => announce(config, description, addresses, monitor),
  })
}

/** A server without a control socket serves all the same. */
async function preparedControlSocket(config: Config, folder: string, logger: Logger): Promise<string | undefined> {
  const path = controlSocketOf(config, folder)
  if (path === undefined || config.controlSocket !== undefined) return path
  try {
    await prepareControlFolder(path)
    return path
  } catch (error) {
    logger.warning(`no control socket: ${failureOf(error).message}`)
    return undefined
  }
}

/** The folder as it was named, not where a link in it leads now: after a deployment it may lead elsewhere. */
function enter(folder: string | undefined): string {
  const here = process.cwd()
  const shell = process.env.PWD
  const named = shell !== undefined && realpathOf(shell) === here ? shell : here
  if (folder === undefined) return named
  const path = resolve(named, folder)
  try {
    process.chdir(path)
  } catch (error) {
    throw new ConfigError(`--chdir ${folder}: there is no folder ${path} to change to`, undefined, error)
  }
  return path
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** On standard output, unless that is promised to be nothing but JSON. */
function announce(
  config: Config,
  description: string,
  addresses: readonly string[],
  monitor: string | undefined,
): void {
  const isTaken = config.accessLogfile === '-' && config.accessLogFormat === 'json'
  const workers = `${config.workers} ${config.workers === 1 ? 'worker' : 'workers'}`
  const lines = [`${description}\n`, ...addresses.map((address) => `Listening at ${address} (${workers})\n`)]
  if (monitor !== undefined) lines.push(`Metrics at ${monitor}/metrics\n`)
  ;(isTaken ? process.stderr : process.stdout).write(lines.join(''))
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

function version(): string {
  const about: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof about === 'object' && about !== null && 'version' in about ? String(about.version) : 'unknown'
}

function report(error: unknown): number {
  if (!(error instanceof ConfigError)) {
    process.stderr.write(`tsgi: ${error instanceof Error ? error.stack : String(error)}\n`)
    return process.exit(1)
  }
  process.stderr.write(`tsgi: ${error.message}\n${error.detail === undefined ? '' : `\n${error.detail}\n`}`)
  return process.exit(error.exitCode)
}
