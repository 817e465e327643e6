/**
 * For development (`--reload`): loads the application and watches what it is made of. One that does not load is
 * replaced by a page that shows why, so that the port stays open and the next save is seen.
 */

import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDirectory } from './file-kind.ts'
import { type Changed, FileWatch } from './file-watch.ts'
import { livePage } from './live-page.ts'
import { loadErrorPage } from './load-error-page.ts'
import type { LoadedApplication, LoadOptions } from './loaded-application.ts'
import { asNamed, noteModules, SOURCE } from './module-graph.ts'
import { pythonSources } from './python-target.ts'
import { inWorkingFolder } from './working-folder.ts'

export interface WatchedLoad {
  readonly load: () => Promise<LoadedApplication>
  readonly changed: Changed
  /** Gets one line when the application does not load. */
  readonly failed: (reason: string) => void
  /** Gets one line where changes can be seen by looking only. */
  readonly warned: (reason: string) => void
}

export async function loadWatched(
  target: string,
  options: LoadOptions,
  { load, changed, failed, warned }: WatchedLoad,
): Promise<LoadedApplication> {
  const outdated = Promise.withResolvers<void>()
  const watch = new FileWatch({
    changed: (file, at) => {
      outdated.resolve()
      changed(file, at)
    },
    warned,
  })
  const noted = new Set<string>([inWorkingFolder(target)])
  for (const file of noted) watch.add(file)
  noteModules((file) => {
    noted.add(file)
    watch.add(file)
  })
  for (const file of options.extraFiles ?? []) addExtra(watch, inWorkingFolder(file))
  for (const folder of pythonSources(target, options))
    watch.addTree({ folder: asNamed(folder), matches: (name) => name.endsWith('.py'), isDeep: true })
  await showErrors()
  const loaded = await load().catch((error: unknown) => {
    failed(error instanceof Error ? error.message : String(error))
    return errorPage(target, error)
  })
  // What failed to load may be missing a file that nothing has named yet.
  if (loaded.isFailure === true)
    for (const folder of new Set([...noted].map((file) => dirname(file))))
      watch.addTree({ folder, matches: (name) => SOURCE.test(name), isDeep: false })
  watch.start()
  const { version } = watch
  return {
    ...loaded,
    application: livePage(loaded.application, { version, routes: loaded.routes, outdated: outdated.promise }),
  }
}

/** What an error of the framework looks like: loaded where the framework is there, and for development only. */
const DEVELOPMENT_MODULE = '@tsgi/framework/development'

async function showErrors(): Promise<void> {
  try {
    const file = createRequire(inWorkingFolder('noop.js')).resolve(DEVELOPMENT_MODULE)
    const module: unknown = await import(pathToFileURL(file).href)
    const { showErrorsByDefault }: { showErrorsByDefault?: unknown } = Object(module)
    if (typeof showErrorsByDefault === 'function') showErrorsByDefault()
  } catch {
    // An application of something else, or an older framework: its errors look as they always do.
  }
}

function addExtra(watch: FileWatch, path: string): void {
  if (isDirectory(path)) watch.addTree({ folder: path, matches: () => true, isDeep: true })
  else watch.add(path)
}

function errorPage(target: string, error: unknown): LoadedApplication {
  return {
    application: loadErrorPage(error),
    description: `${target} does not load`,
    isFailure: true,
    close: async () => undefined,
  }
}
