/**
 * For development (`--reload`): loads the application and watches what it is made of. One that does not load is
 * replaced by a page that shows why, so that the port stays open and the next save is seen.
 */

import type { Changed } from './debounced-change.ts'
import { loadErrorPage } from './load-error-page.ts'
import type { LoadedApplication, LoadOptions } from './loaded-application.ts'
import { ModuleGraph } from './module-graph.ts'
import { pythonSources } from './python-target.ts'
import { SourceFolders } from './source-folders.ts'

export interface WatchedLoad {
  readonly load: () => Promise<LoadedApplication>
  readonly changed: Changed
  /** Told why the application does not load, in one line. */
  readonly failed: (reason: string) => void
}

export async function loadWatched(
  target: string,
  options: LoadOptions,
  { load, changed, failed }: WatchedLoad,
): Promise<LoadedApplication> {
  const begun = Date.now()
  const graph = new ModuleGraph()
  graph.begin()
  const sources = pythonSources(target, options)
  const loaded = await load().catch((error: unknown) => {
    failed(error instanceof Error ? error.message : String(error))
    return errorPage(target, error)
  })
  graph.watch(target, loaded.isFailure === true, changed)
  new SourceFolders(sources, '.py', begun, changed)
  return loaded
}

function errorPage(target: string, error: unknown): LoadedApplication {
  return {
    application: loadErrorPage(error),
    description: `${target} does not load`,
    isFailure: true,
    close: async () => undefined,
  }
}
