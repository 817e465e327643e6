/**
 * From what the operator names to an application that is ready: a folder, a Python application, or what a module
 * exports. The spine only: what folders and Python take is imported when there is one. Called by workers, by
 * `--check-config` and by `tsgi call`.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../config/config-error.ts'
import { EXTENSIONS } from './load-export.ts'
import { loadScript } from './load-script.ts'
import type { LoadedApplication, LoadOptions } from './loaded-application.ts'
import { isPython } from './python-target.ts'

/** @param target `module:callable`, a Python `module:callable`, or a folder. @throws ConfigError */
export async function loadApplication(target: string, options: LoadOptions = {}): Promise<LoadedApplication> {
  const { interface: chosen = 'auto', python = {} } = options
  const isAuto = chosen === 'auto'
  if (isAuto && !isPython(target, python) && isFolder(target))
    return await (await import('./load-folder.ts')).loadFolder(target, options)
  if (options.dynamic === true) throw new ConfigError(`--dynamic is for a folder, and ${target} is none`)
  if (options.charset !== undefined) throw new ConfigError(`--charset is for a folder, and ${target} is none`)
  if (chosen === 'wsgi' || (isAuto && isPython(target, python)))
    return await (await import('./load-python.ts')).loadPython(target, python)
  return await loadScript(target, chosen === 'auto' ? undefined : chosen)
}

/** How long what was started for the application may take where nothing is waited for: milliseconds. A master waits a second. */
const HASTE = 500

/** Ends it within `grace` milliseconds; 0 is at once: what is still there then sees that this process is gone. */
export async function closeApplication(loaded: LoadedApplication | undefined, grace: number): Promise<void> {
  const closed = loaded?.close(grace)
  await (grace === 0 ? Promise.race([closed, sleep(HASTE)]) : closed)
}

/** A script of the same name comes first: `app` is `app.ts` where there is one. */
function isFolder(target: string): boolean {
  const path = resolve(target)
  const is = (candidate: string) => statSync(candidate, { throwIfNoEntry: false })
  return is(path)?.isDirectory() === true && !EXTENSIONS.some((extension) => is(path + extension)?.isFile() === true)
}
