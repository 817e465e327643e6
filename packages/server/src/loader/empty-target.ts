/** What must never be taken for an application: nothing at all, and the root of the file system. */
import { resolve } from 'node:path'
import { ConfigError } from '../config/config-error.ts'

/** An unset variable would publish the working directory, sources included. @throws ConfigError */
export function refuseEmptyTarget(target: string): void {
  if (target.trim() === '')
    throw new ConfigError('the name of the application is empty: is a variable unset? say app.ts, or . for this folder')
  if (resolve(target) === '/') throw new ConfigError(`${target} is the root of the file system: name a folder in it`)
}
