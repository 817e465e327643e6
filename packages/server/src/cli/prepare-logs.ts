/**
 * The log files, before there are workers: made, and given to whom the workers run as. Knows files; what is written to them
 * is `log`'s.
 */
import { closeSync, fchownSync, fstatSync, lstatSync, openSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'
import type { Config } from '../config/options.ts'
import type { Account } from './user-group.ts'

/** Workers open their logs themselves; but a path that will not do is better said before there are any. @throws ConfigError */
export function prepareLogs(config: Pick<Config, 'accessLogfile' | 'errorLogfile'>, account: Account): void {
  prepareLog('--access-logfile', config.accessLogfile, account)
  prepareLog('--error-logfile', config.errorLogfile, account)
}

function prepareLog(flag: string, path: string | undefined, account: Account): void {
  if (path === undefined || path === '-') return
  try {
    const fd = openSync(path, 'a', 0o640)
    try {
      if (account.uid !== undefined || account.gid !== undefined) give(fd, path, account)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw new ConfigError(
      `${flag} ${path}: ${error instanceof Error ? error.message : String(error)}`,
      undefined,
      error,
    )
  }
}

/**
 * Never what is only led to from here: whoever may write to the folder could have root give a file of the system away
 * (as with nginx, CVE-2016-1247). Never a device: others use it too.
 */
function give(fd: number, path: string, { uid = -1, gid = -1 }: Account): void {
  const opened = fstatSync(fd)
  const named = lstatSync(path)
  const isItself = opened.ino === named.ino && opened.dev === named.dev && opened.nlink === 1
  if (opened.isFIFO() || (opened.isFile() && isItself)) fchownSync(fd, uid, gid)
}
