/**
 * The log files, before there are workers: created, and given to the user that workers run as. A path that cannot be
 * written is better reported before there are any. Knows which options name logs; opening is the log room's.
 */
import { resolve } from 'node:path'
import { ConfigError } from '../config/config-error.ts'
import type { Config } from '../config/options.ts'
import { prepareLog } from '../log/open-log.ts'
import type { Account } from './user-group.ts'

/** @throws ConfigError naming the option, the path and the reason. */
export function prepareLogs(config: Pick<Config, 'accessLogfile' | 'errorLogfile'>, account: Account): void {
  const paths = [
    ['--access-logfile', config.accessLogfile],
    ['--error-logfile', config.errorLogfile],
  ] as const
  for (const [flag, path] of paths) {
    if (path === undefined || path === '-') continue
    try {
      prepareLog(path, account)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new ConfigError(`${flag} ${path}: ${reason}`, undefined, error)
    }
  }
}

/**
 * The same configuration with log paths that no `chdir` of the application changes. They go through the folder as the
 * operator named it: where that is a link to a release, the logs move with it.
 */
export function withAbsoluteLogs(config: Config, folder: string): Config {
  const absolute = (path: string) => (path === '-' ? path : resolve(folder, path))
  const { accessLogfile, errorLogfile } = config
  return {
    ...config,
    accessLogfile: accessLogfile === undefined ? undefined : absolute(accessLogfile),
    errorLogfile: absolute(errorLogfile),
  }
}
