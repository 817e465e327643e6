/**
 * `tsgi serve … --check-config`: all that can be found out without a socket, so that a server may run meanwhile. It refuses
 * what `tsgi serve` would refuse, in the same words.
 */
import { ConfigError } from '../config/config-error.ts'
import { loadTimeoutOf } from '../config/load-timeout.ts'
import type { Config } from '../config/options.ts'
import { handshakeOf } from '../connection/connection-settings.ts'
import { loadApplication } from '../loader/load-application.ts'
import { loadOptionsOf } from '../loader/load-options.ts'
import { Logger } from '../log/logger.ts'
import { dropPrivileges } from '../worker/privileges.ts'
import { UncaughtErrors } from '../worker/uncaught-errors.ts'
import { prepareLogs } from './prepare-logs.ts'
import { accountOf } from './user-group.ts'

/** What a timer of Node's can wait for at most. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** @throws ConfigError saying what is wrong. */
export async function checkConfig(target: string, config: Config): Promise<void> {
  const account = accountOf(config.user, config.group)
  prepareLogs(config, account)
  handshakeOf(config, () => undefined)
  // As a worker does: no line of the application runs with more rights here than there.
  dropPrivileges(account.uid, account.gid)
  const ended = (code: number) => {
    process.stderr.write(`tsgi: cannot load ${target}: it ended the process with code ${code} while loading\n`)
    process.exitCode = 2
  }
  process.once('exit', ended)
  const uncaught = new UncaughtErrors({
    target,
    logger: new Logger({ target: '-', level: config.logLevel }),
    requests: () => [],
    ended: () => 0,
    unwell: () => undefined,
  })
  uncaught.attend()
  try {
    const { close } = await uncaught.guard(inTime(loadApplication(target, loadOptionsOf(config)), target, config))
    await close(0)
  } finally {
    process.off('exit', ended)
  }
}

/** Rejects after the time that a worker has; meanwhile it keeps the process, which has nothing else to wait for. */
async function inTime<Loaded>(loading: Promise<Loaded>, target: string, config: Config): Promise<Loaded> {
  const limit = loadTimeoutOf(config)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new ConfigError(`cannot load ${target}: it has not loaded within ${limit} s`)),
    limit * 1000 || MAX_TIMER_MS,
  )
  try {
    return await Promise.race([loading, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
