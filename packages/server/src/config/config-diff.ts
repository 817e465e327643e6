/**
 * The configuration again, for a reload: the same flags and variables, the config file as it is now. Tells what is
 * different, and keeps what only a restart can change. Knows the table of options; acting on it is the master's.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Configuration, optionText } from './configuration.ts'
import { type Config, flagName, OPTION_NAMES, type OptionName } from './options.ts'

/** What the master has acted on, once, when it began. */
const FOR_GOOD: ReadonlySet<OptionName> = new Set([
  'chdir',
  'config',
  'controlSocket',
  'group',
  'pid',
  'reload',
  'socketMode',
  'umask',
  'user',
])

export interface Difference {
  readonly config: Config
  /** A line for each option that is different: `workers = 4 (workers in tsgi.config.ts)`. */
  readonly changes: readonly string[]
  /** The same for those that stay as they were. */
  readonly ignored: readonly string[]
}

/** @param now the configuration in force. @param next what was read. */
export function differenceOf(now: Config, { config, places }: Pick<Configuration, 'config' | 'places'>): Difference {
  const different = OPTION_NAMES.filter((name) => !isDeepStrictEqual(now[name], config[name]))
  const line = (name: OptionName) => `${flagName(name)} = ${optionText(name, config)} (${places.get(name)})`
  const ignored = different.filter((name) => FOR_GOOD.has(name))
  return {
    config: { ...config, ...Object.fromEntries(ignored.map((name) => [name, now[name]])) },
    changes: different.filter((name) => !FOR_GOOD.has(name)).map(line),
    ignored: ignored.map(line),
  }
}
