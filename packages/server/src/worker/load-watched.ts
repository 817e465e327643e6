/**
 * For development (`--reload`): loads the application and watches what it is made of. One that does not load is
 * replaced by a page that shows why, so that the port stays open and the next save is seen.
 */
import type { Application } from '@tsgi/contract'
import { loadApplication } from './load-application.ts'
import { loadErrorPage } from './load-error-page.ts'
import { ModuleGraph } from './module-graph.ts'

/** @param changed told which file changed. @param failed told why the application does not load, in one line. */
export async function loadWatched(
  target: string,
  changed: (file: string) => void,
  failed: (reason: string) => void,
): Promise<Application> {
  const graph = new ModuleGraph()
  graph.begin()
  try {
    const application = await loadApplication(target)
    graph.watch(target, false, changed)
    return application
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error))
    graph.watch(target, true, changed)
    return loadErrorPage(error)
  }
}
