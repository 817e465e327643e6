/**
 * `tsgi serve`: the configuration, the files that have to be there before, and the master with what it must know of the
 * command. Knows no HTTP and no process management.
 */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { differenceOf } from '../config/config-diff.ts'
import { ConfigError, failureOf } from '../config/config-error.ts'
import { type Configuration, configText } from '../config/configuration.ts'
import type { Config } from '../config/options.ts'
import { type Inheritance, takeInheritance } from '../ipc/inheritance.ts'
import { refuseEmptyTarget } from '../loader/empty-target.ts'
import { Logger } from '../log/logger.ts'
import type { Successor } from '../master/upgrade.ts'
import { announcement } from './announcement.ts'
import type { Arguments } from './arguments.ts'
import { prepareControlFolder } from './control-socket.ts'
import { prepareLogs, withAbsoluteLogs } from './prepare-logs.ts'
import { configureIn, controlSocketOf, readConfiguration } from './read-configuration.ts'
import { activatedSockets, withoutSystemd } from './systemd.ts'
import { accountOf } from './user-group.ts'

/** @returns the exit code. @throws ConfigError */
export async function serveCommand(given: Arguments, words: readonly string[]): Promise<number> {
  const inheritance = takeInheritance(process.env)
  const [target, ...rest] = words
  if (target === undefined) throw new ConfigError('say what to serve: tsgi serve app.ts')
  refuseEmptyTarget(target)
  if (rest.length > 0) throw new ConfigError(`one application at a time: ${rest.join(' ')} is too much`)
  const { configuration, folder } = await readConfiguration(given)
  const { config } = configuration
  if (config.printConfig) {
    process.stdout.write(`${configText(configuration)}\n`)
    return 0
  }
  if (config.checkConfig) {
    await (await import('./check-config.ts')).checkConfig(target, config)
    process.stdout.write(`${target} loads, and the configuration is good\n`)
    return 0
  }
  return await runAsMaster(target, configuration, { folder, given, inheritance })
}

interface Start {
  readonly folder: string
  readonly given: Arguments
  readonly inheritance: Inheritance | undefined
}

/** A person who looks on sees each request, unless an access log was asked for. */
function withRequestLines(config: Config): Config {
  if (config.accessLogfile !== undefined || !(config.reload || process.stdout.isTTY === true)) return config
  return { ...config, accessLogfile: '-', accessLogFormat: 'short' }
}

async function runAsMaster(
  target: string,
  configuration: Configuration,
  { folder, given, inheritance }: Start,
): Promise<number> {
  const config = withRequestLines(withAbsoluteLogs(configuration.config, folder))
  const account = accountOf(config.user, config.group)
  if (config.umask !== undefined) process.umask(config.umask)
  prepareLogs(config, account)
  const activated = inheritance?.activated ?? activatedSockets(process.env, process.pid)
  const logger = new Logger({ target: config.errorLogfile, level: config.logLevel })
  const { runMaster } = await import('../master/master.ts')
  return await runMaster({
    config,
    hooks: configuration.hooks,
    inheritance,
    successor: { ...sameCommand(folder), folder, env: process.env, activated },
    reread: async (now) => {
      const { config: read, places } = await configureIn(folder, given, true)
      const next = withRequestLines(withAbsoluteLogs(read, folder))
      const difference = differenceOf(now, { config: next, places })
      prepareLogs(difference.config, account)
      return { ...difference, binds: activated ?? difference.config.bind }
    },
    account,
    target,
    folder,
    controlSocket: await preparedControlSocket(config, folder, logger),
    binds: activated ?? config.bind,
    script: fileURLToPath(new URL('../../bin/tsgi.js', import.meta.url)),
    temporary: tmpdir(),
    env: process.env,
    workerEnv: workerEnvironment(config, folder),
    reopenLog: (now) => {
      try {
        prepareLogs(now, account)
      } catch (error) {
        logger.error(failureOf(error).message)
      }
      logger.reopen()
    },
    logger,
    announce: (description, addresses, monitor) =>
      announce(config, announcement(config, { description, addresses, monitor })),
  })
}

/** This very command, found through the working directory as it was named: a link in it may lead to a new release. */
function sameCommand(folder: string): Pick<Successor, 'program' | 'args'> {
  const [, script = '', ...words] = process.argv
  const here = `${process.cwd()}${sep}`
  const named = script.startsWith(here) ? join(folder, script.slice(here.length)) : script
  return { program: process.execPath, args: [...process.execArgv, existsSync(named) ? named : script, ...words] }
}

/** A server without a control socket serves all the same. */
async function preparedControlSocket(config: Config, folder: string, logger: Logger): Promise<string | undefined> {
  const path = controlSocketOf(config.controlSocket, folder)
  if (path === undefined || config.controlSocket !== undefined) return path
  try {
    await prepareControlFolder(path)
    return path
  } catch (error) {
    logger.warning(`no control socket: ${failureOf(error).message}`)
    return undefined
  }
}

/** What helps a developer is shown with --reload only: it lets clients see the inside of an application. */
function workerEnvironment(config: Config, folder: string): NodeJS.ProcessEnv {
  const env = { ...process.env, PWD: folder }
  return withoutSystemd(config.reload ? { NODE_ENV: 'development', ...env } : env)
}

/** On standard output, unless that is promised to be nothing but JSON. */
function announce(config: Config, text: string): void {
  const isTaken = config.accessLogfile === '-' && config.accessLogFormat.startsWith('json')
  ;(isTaken ? process.stderr : process.stdout).write(text)
}
