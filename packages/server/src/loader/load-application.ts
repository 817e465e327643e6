/**
 * From what the operator names to an application that is ready: a folder, a Python application, or what a module exports.
 * The spine only: what folders and Python take is imported when there is one. Knows no process and no socket.
 */
import { resolve } from 'node:path'
import { endWithin } from '@tsgi/gateways/exchange'
import { ConfigError } from '../config/config-error.ts'
import type { PythonOptions } from '../guests/python-wsgi.ts'
import { refuseEmptyTarget } from './empty-target.ts'
import { isDirectory, isFile } from './file-kind.ts'
import { EXTENSIONS } from './load-export.ts'
import { loadScript } from './load-script.ts'
import type { LoadedApplication, LoadOptions } from './loaded-application.ts'
import { isPython } from './python-target.ts'

export { startedMemory, startedQueue } from '../guests/python/started-memory.ts'

/** @param target `module:callable`, a Python `module:callable`, or a folder. @throws ConfigError */
export async function loadApplication(target: string, options: LoadOptions = {}): Promise<LoadedApplication> {
  refuseEmptyTarget(target)
  const loaded = await loadBare(target, options)
  let { application } = loaded
  if (options.middleware !== undefined)
    application = await (await import('./load-middleware.ts')).withMiddleware(options.middleware, application)
  if (options.record !== undefined)
    application = await (await import('./load-recorder.ts')).withRecorder(options.record, application)
  return { ...loaded, application }
}

async function loadBare(target: string, options: LoadOptions): Promise<LoadedApplication> {
  const { interface: chosen = 'auto', python = {} } = options
  const isWsgi = chosen === 'wsgi' || (chosen === 'auto' && isPython(target, python))
  if (chosen === 'auto' && !isWsgi && isFolder(target)) {
    if (options.dynamic !== true) refusePythonOptions(python, 'a folder without --dynamic runs none')
    return await (await import('./load-folder.ts')).loadFolder(target, options)
  }
  if (options.dynamic === true) throw new ConfigError(`--dynamic is for a folder, and ${target} is not one`)
  if (options.listing === true) throw new ConfigError(`--listing is for a folder, and ${target} is not one`)
  if (options.charset !== undefined) throw new ConfigError(`--charset is for a folder, and ${target} is not one`)
  if (isWsgi) return await (await import('./load-python.ts')).loadPython(target, python)
  refusePythonOptions(python, `${target} is not one`)
  return await loadScript(target, chosen === 'auto' ? undefined : chosen)
}

/** An option that would do nothing is an error, whichever kind of application it is for. */
function refusePythonOptions(options: PythonOptions, why: string): void {
  const { python, pythonPath = [], processes = 1, threads = 1 } = options
  const given = Object.entries({
    '--python': python !== undefined,
    '--pythonpath': pythonPath.length > 0,
    '--python-processes': processes > 1,
    '--threads': threads > 1,
  }).find(([, isGiven]) => isGiven)
  if (given !== undefined) throw new ConfigError(`${given[0]} is for a Python application, and ${why}`)
}

/** How long the end of an application may take where nothing is waited for. A master waits a second. */
const CLOSE_MAX_DELAY_MS = 500

/**
 * Ends what was loaded, within `grace` milliseconds. Never rejects: what fails or takes too long is one line.
 * @param grace 0 is at once: what is still there then sees that this process is gone.
 */
export async function closeApplication(
  loaded: LoadedApplication | undefined,
  grace: number,
  complain: (line: string) => void = () => undefined,
): Promise<void> {
  if (loaded !== undefined) await endWithin(() => loaded.close(grace), Math.max(grace, CLOSE_MAX_DELAY_MS), complain)
}

/** A script of the same name comes first: `app` is `app.ts` where there is one. */
function isFolder(target: string): boolean {
  const path = resolve(target)
  return isDirectory(path) && !EXTENSIONS.some((extension) => isFile(path + extension))
}
