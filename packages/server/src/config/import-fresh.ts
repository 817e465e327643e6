/**
 * Imports a config file in a thread of its own, so that it and all that it imports are as they are now: what a process has
 * imported once it never reads again. Both sides are here; what the values mean is `config`'s.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { splitHooks } from './hooks.ts'

/** What the thread says, once. */
type Imported =
  | { readonly exported: { readonly default?: unknown } }
  | { readonly error: { readonly name: string; readonly message: string; readonly stack: string | undefined } }

interface Order {
  /** Of the config file. */
  readonly configFile: string
}

/** @returns what the module at this URL exports as default, in an object of its own. Rejects with what it throws. */
export function importFresh(url: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const order: Order = { configFile: url }
    const thread = new Worker(new URL(import.meta.url), { workerData: order })
    thread.once('message', (imported: Imported) => {
      void thread.terminate()
      if ('exported' in imported) resolve(imported.exported)
      else reject(Object.assign(new Error(imported.error.message), imported.error))
    })
    thread.once('error', reject)
    thread.once('exit', () => reject(new Error('it ended while it was read')))
  })
}

if (!isMainThread && isOrder(workerData)) parentPort?.postMessage(await importHere(workerData.configFile))

function isOrder(data: unknown): data is Order {
  return typeof data === 'object' && data !== null && 'configFile' in data
}

async function importHere(url: string): Promise<Imported> {
  try {
    const exported: unknown = Reflect.get(await import(url), 'default')
    // A function cannot leave the thread: the hooks stay those of the start.
    const isObject = typeof exported === 'object' && exported !== null && !Array.isArray(exported)
    const values = isObject ? splitHooks('the config file', { ...exported }).values : exported
    // What else cannot leave the thread is no value of an option either; it is refused here, with its reason.
    return { exported: { default: structuredClone(values) } }
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
    return { error: { name, message, stack } }
  }
}
