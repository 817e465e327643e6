/**
 * The config file: a module whose default export is a set of options. Knows how to find and read it; what the options
 * mean is `config`'s.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from './config-error.ts'
import type { Sources } from './configuration.ts'
import { importFresh } from './import-fresh.ts'
import type { Settings } from './options.ts'

/** Read when it is there and no other is named. */
const USUAL_FILES = ['tsgi.config.ts', 'tsgi.config.js'] as const

/** Gives a config file its types: `export default defineConfig({ workers: 4 })`. */
export function defineConfig(settings: Settings): Settings {
  return settings
}

/**
 * @param named what `--config` says. @param folder where it is looked for.
 * @param anew whether it is read for another time, with all that it imports.
 * @throws ConfigError when it is missing, does not load or exports no options.
 */
export async function loadConfigFile(
  named: string | undefined,
  folder: string,
  anew = false,
): Promise<Sources['settings']> {
  const file = named ?? USUAL_FILES.find((name) => existsSync(resolve(folder, name)))
  if (file === undefined) return undefined
  if (!existsSync(resolve(folder, file))) throw new ConfigError(`--config ${file}: there is no such file`)
  const exported = await importFile(file, folder, anew)
  const values: unknown = Reflect.get(exported, 'default')
  if (typeof values === 'object' && values !== null && !Array.isArray(values))
    return { place: file, values: { ...values } }
  throw new ConfigError(`${file}: export the options as default: export default defineConfig({ workers: 2 })`)
}

async function importFile(file: string, folder: string, anew: boolean): Promise<object> {
  const { href } = pathToFileURL(resolve(folder, file))
  try {
    return anew ? await importFresh(href) : Object(await import(href))
  } catch (error) {
    const [reason = '', stack] =
      error instanceof Error ? [`${error.name}: ${error.message}`, error.stack] : [String(error)]
    throw new ConfigError(`cannot load ${file}: ${reason.split('\n')[0]}`, stack, error)
  }
}
