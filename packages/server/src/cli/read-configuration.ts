/**
 * The configuration as the command line says where to find it: the folder of `--chdir`, the file of `--config`. Knows where
 * options are written; what they mean is `config`'s.
 */
import { resolve } from 'node:path'
import { codeOf } from '../config/bind.ts'
import { ConfigError, failureOf } from '../config/config-error.ts'
import { loadConfigFile } from '../config/config-file.ts'
import { type Configuration, configure, configureOne, type Sources } from '../config/configuration.ts'
import type { Config } from '../config/options.ts'
import { workingFolder } from '../loader/working-folder.ts'
import type { Arguments } from './arguments.ts'
import { usualControlSocket } from './control-socket.ts'

export interface ReadConfiguration {
  readonly configuration: Configuration
  /** Where the application is looked for: absolute, links as they were named. */
  readonly folder: string
}

/** Enters the folder, and reads all sources. @throws ConfigError */
export async function readConfiguration(given: Arguments): Promise<ReadConfiguration> {
  const folder = enter(firstOf(given, 'chdir') ?? process.env.TSGI_CHDIR)
  return { configuration: await configureIn(folder, given, false), folder }
}

/** @param again whether the config file is read once more, with all that it imports. @throws ConfigError */
export async function configureIn(folder: string, given: Arguments, again: boolean): Promise<Configuration> {
  return configure(await sourcesOf(folder, given, again))
}

/**
 * Where a server listens that runs: a config file or a variable that is wrong meanwhile must not keep it from being asked or
 * stopped. `complain` gets what is wrong with the rest.
 * @returns `undefined` for `--control-socket off`. @throws ConfigError when this option is wrong itself.
 */
export async function runningControlSocket(
  given: Arguments,
  complain: (problem: string) => void,
): Promise<string | undefined> {
  const folder = enter(firstOf(given, 'chdir') ?? process.env.TSGI_CHDIR)
  let sources: Sources = { flags: given.given, variables: process.env }
  try {
    sources = await sourcesOf(folder, given, false)
    configure(sources)
  } catch (error) {
    complain(failureOf(error).message)
  }
  return controlSocketOf(configureOne('controlSocket', sources), folder)
}

/** Where the master of this configuration listens for `tsgi status` and the like; `undefined` for none. */
export function controlSocketOf(controlSocket: Config['controlSocket'], folder: string): string | undefined {
  return controlSocket === 'off' ? undefined : (controlSocket ?? usualControlSocket(folder))
}

async function sourcesOf(folder: string, given: Arguments, again: boolean): Promise<Sources> {
  const settings = await loadConfigFile(firstOf(given, 'config') ?? process.env.TSGI_CONFIG, folder, again)
  return { flags: given.given, variables: process.env, ...(settings && { settings }) }
}

/** Two options are needed before there is a configuration: they say where to find it. */
function firstOf(given: Arguments, name: 'chdir' | 'config'): string | undefined {
  return given.given.get(name)?.[0]
}

function enter(folder: string | undefined): string {
  const named = workingFolder()
  if (folder === undefined || folder === '') return named
  const path = resolve(named, folder)
  try {
    process.chdir(path)
  } catch (error) {
    throw new ConfigError(`--chdir ${folder}: ${reasonOf(error, path)}`, undefined, error)
  }
  return path
}

function reasonOf(error: unknown, path: string): string {
  const code = codeOf(error)
  if (code === 'EACCES') return `permission denied for ${path}`
  if (code === 'ENOTDIR') return `${path} is not a folder`
  return code === 'ENOENT' ? `there is no folder ${path} to change to` : `cannot change to ${path}: ${code}`
}
