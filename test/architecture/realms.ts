/**
 * Runs as a thread of its own, started by load-alone.ts: imports modules one after the other, each with everything it
 * imports made anew, as if it were the first in its process. A thread for each would take ten times as long.
 */
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'

const sources = new Map<string, string>()
const printed: string[] = []

registerHooks({
  /** What is imported from within a realm belongs to it: `?realm=7` makes it another module. */
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    const realm = context.parentURL?.match(/\?realm=\d+$/)?.[0]
    const isOurs = resolved.url.startsWith('file:') && !resolved.url.includes('/node_modules/')
    return realm === undefined || !isOurs ? resolved : { ...resolved, url: resolved.url + realm }
  },
  load(url, context, next) {
    if (!/\.ts\?realm=\d+$/.test(url)) return next(url, context)
    return { format: 'module', source: sourceOf(fileURLToPath(url)), shortCircuit: true }
  },
})

/** Without types, which are taken out once and not once for each realm. */
function sourceOf(path: string): string {
  const known = sources.get(path)
  if (known !== undefined) return known
  const source = stripTypeScriptTypes(readFileSync(path, 'utf8'))
  sources.set(path, source)
  return source
}

async function troubleWith(url: string, realm: number): Promise<string | undefined> {
  const before = process.getActiveResourcesInfo()
  printed.length = 0
  try {
    await import(`${url}?realm=${realm}`)
  } catch (error) {
    return `does not load: ${String(error).split('\n', 1)[0]}`
  }
  if (printed.length > 0) return `prints when it is imported: ${printed.join('').split('\n', 1)[0]}`
  const begun = process.getActiveResourcesInfo().slice(before.length)
  return begun.length > 0 ? `has work under way when it was imported: ${begun.join(', ')}` : undefined
}

function record(text: unknown): boolean {
  printed.push(String(text))
  return true
}

const { urls }: { urls: readonly string[] } = workerData
// The first use tells of itself as experimental; that is not what we listen for.
process.removeAllListeners('warning')
sourceOf(fileURLToPath(import.meta.url))
process.stdout.write = record
process.stderr.write = record
for (const [realm, url] of urls.entries()) parentPort?.postMessage(await troubleWith(url, realm))
process.exit()
