/**
 * The config file: a module whose default export is a set of options, or JSON. Knows how to find and read it; what the
 * options mean is `configuration`'s.
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { codeOf } from './bind.ts'
import { ConfigError } from './config-error.ts'
import type { Sources } from './configuration.ts'
import { type ServerHooks, splitHooks } from './hooks.ts'
import { importFresh } from './import-fresh.ts'
import type { Settings } from './options.ts'

/** The first of them that is there is read, where no other is named. */
export const CONFIG_FILES = [
  'tsgi.config.ts',
  'tsgi.config.mts',
  'tsgi.config.cts',
  'tsgi.config.js',
  'tsgi.config.mjs',
  'tsgi.config.cjs',
  'tsgi.config.json',
] as const

/** Gives a config file its types: `export default defineConfig({ workers: 4 })`. */
export function defineConfig(settings: Settings & ServerHooks): Settings & ServerHooks {
  return settings
}

/**
 * @param named what `--config` says. @param folder where it is looked for.
 * @param again whether it is read once more, with all that it imports.
 * @throws ConfigError when it is missing, does not load or exports no options.
 */
export async function loadConfigFile(
  named: string | undefined,
  folder: string,
  again = false,
): Promise<Sources['settings']> {
  const file = configFileIn(named, folder)
  if (file === undefined) return undefined
  refuseUnreadable(file, resolve(folder, file))
  const exported = file.endsWith('.json') ? readJson(file, folder) : await importFile(file, folder, again)
  const values: unknown = Reflect.get(exported, 'default')
  if (typeof values === 'object' && values !== null && !Array.isArray(values))
    return { place: file, ...splitHooks(file, { ...values }) }
  throw new ConfigError(`${file}: export the options as default: export default defineConfig({ workers: 2 })`)
}

/** The name of the file that is read, as it is written; `undefined` where there is no such file. */
export function configFileIn(named: string | undefined, folder: string): string | undefined {
  return named || CONFIG_FILES.find((name) => existsSync(resolve(folder, name)))
}

function refuseUnreadable(file: string, path: string): void {
  try {
    accessSync(path, constants.R_OK)
  } catch (error) {
    const code = codeOf(error)
    const reason = code === 'EACCES' ? 'permission denied' : code === 'ENOENT' ? 'there is no such file' : code
    throw new ConfigError(`--config ${file}: ${reason}`, undefined, error)
  }
}

function readJson(file: string, folder: string): object {
  try {
    return { default: JSON.parse(readFileSync(resolve(folder, file), 'utf8')) }
  } catch (error) {
    throw new ConfigError(`cannot load ${file}: ${error instanceof Error ? error.message : error}`, undefined, error)
  }
}

async function importFile(file: string, folder: string, again: boolean): Promise<object> {
  const { href } = pathToFileURL(resolve(folder, file))
  try {
    return again ? await importFresh(href) : Object(await import(href))
  } catch (error) {
    const [reason = '', stack] =
      error instanceof Error ? [`${error.name}: ${error.message}`, error.stack] : [String(error)]
    throw new ConfigError(`cannot load ${file}: ${reason.split('\n')[0]}`, stack, error)
  }
}
