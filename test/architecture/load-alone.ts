/**
 * Loads modules each as the first import, so that a module that only works after another one, or that begins to work
 * when it is imported, shows. See realms.ts for how.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

/** One line for each module that fails to load, prints something, begins some work, or ends its process. */
export async function findModulesThatDoNotLoadAlone(
  root: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const urls = paths.map((path) => pathToFileURL(join(root, path)).href)
  const troubles: (string | undefined)[] = []
  const thread = new Worker(new URL('./realms.ts', import.meta.url), { workerData: { urls } })
  thread.on('message', (trouble: string | undefined) => troubles.push(trouble))
  await once(thread, 'exit')
  const found = paths.map((path, i) => (troubles[i] === undefined ? undefined : `${path} ${troubles[i]}`))
  const last = paths[troubles.length]
  if (last !== undefined) found.push(`${last} ends its process when it is imported`)
  return found.filter((line) => line !== undefined)
}
