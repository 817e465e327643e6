/**
 * Puts the sources of configuration together: flag over variable over config file over the platform's variables (PORT,
 * HOST, WEB_CONCURRENCY) over default. Knows which text came from where, so that each mistake is reported at its place.
 */
import { printable } from '../log/escape.ts'
import { bindOf, RANKS, type Ranked } from './bind-choice.ts'
import { ConfigError } from './config-error.ts'
import { isInjected, platformText } from './environment-variables.ts'
import type { ServerHooks } from './hooks.ts'
import type { Option } from './option.ts'
import { type Config, flagName, OPTION_NAMES, OPTIONS, type OptionName, variableName } from './options.ts'
import { suggestion } from './suggestion.ts'

/** Texts for an option, and what to call their place in an error. */
interface Given {
  readonly texts: readonly string[]
  /** `--workers`, `TSGI_WORKERS`, `workers in tsgi.config.ts`, `WEB_CONCURRENCY`, or `default`. */
  readonly place: string
  readonly rank: number
}

export interface Sources {
  readonly flags?: ReadonlyMap<OptionName, readonly string[]>
  readonly variables?: Readonly<Record<string, string | undefined>>
  readonly settings?: {
    readonly place: string
    readonly values: Readonly<Record<string, unknown>>
    readonly hooks?: ServerHooks
  }
}

export interface Configuration {
  readonly config: Config
  /** Where each value came from, for `--print-config`. */
  readonly places: ReadonlyMap<OptionName, string>
  /** Of the config file. */
  readonly hooks: ServerHooks
}

/** @throws ConfigError naming the option, its place, the value and what was wanted. */
export function configure(sources: Sources): Configuration {
  refuseUnknown(sources)
  const values: Record<string, unknown> = {}
  const places = new Map<OptionName, string>()
  const ranks: Record<string, number> = {}
  for (const name of OPTION_NAMES) {
    const given = find(name, sources)
    values[name] = given === undefined ? OPTIONS[name].initial : cast(name, given)
    places.set(name, given?.place ?? 'default')
    ranks[name] = given?.rank ?? RANKS.default
  }
  const config = values as Config // every option of the table was just put in, cast by its own row
  const ranked = <Name extends OptionName>(name: Name): Ranked<Config[Name]> => {
    return { value: config[name], place: places.get(name) ?? '', rank: ranks[name] ?? RANKS.default }
  }
  const bind = bindOf({ bind: ranked('bind'), host: ranked('host'), port: ranked('port') })
  places.set('bind', bind.place)
  return { config: { ...config, bind: bind.value }, places, hooks: sources.settings?.hooks ?? {} }
}

/**
 * One option alone, where the rest may be wrong: what has to be known to speak to a server that runs.
 * @throws ConfigError when this one is wrong.
 */
export function configureOne<Name extends OptionName>(name: Name, sources: Sources): Config[Name] {
  const given = find(name, sources)
  return (given === undefined ? OPTIONS[name].initial : cast(name, given)) as Config[Name] // cast by its own row
}

function find(name: OptionName, sources: Sources): Given | undefined {
  const flags = sources.flags?.get(name)
  if (flags !== undefined) return { texts: flags, place: `--${flagName(name)}`, rank: RANKS.flag }
  const variable = sources.variables?.[variableName(name)]
  if (variable !== undefined && variable !== '' && !isInjected(variableName(name), variable, true)) {
    const texts = OPTIONS[name].repeatable ? variable.split(',') : [variable]
    return { texts, place: variableName(name), rank: RANKS.variable }
  }
  const setting = sources.settings?.values[name]
  if (setting !== undefined) {
    const place = `${name} in ${sources.settings?.place}`
    return { texts: textsOf(name, setting, place), place, rank: RANKS.settings }
  }
  // Where an option says where to listen, PORT may be for another program.
  if ((name === 'port' || name === 'host') && find('bind', sources) !== undefined) return undefined
  const platform = platformText(name, sources.variables)
  return platform && { texts: [platform.text], place: platform.place, rank: RANKS.platform }
}

function textsOf(name: OptionName, setting: unknown, place: string): readonly string[] {
  const all = Array.isArray(setting) && OPTIONS[name].repeatable ? setting : [setting]
  return all.map((value: unknown) => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return plain(name, value)
    throw new ConfigError(`${place}: must be a plain value, not ${value === null ? 'null' : typeof value}`)
  })
}

/** A mode given as a number is a number: 0o660 is written again in octal, as the text form is. */
function plain(name: OptionName, value: string | number | boolean): string {
  return OPTIONS[name].metavar === 'OCTAL' && typeof value === 'number' ? value.toString(8) : String(value)
}

function cast(name: OptionName, given: Given): unknown {
  const option: Pick<Option<unknown, unknown>, 'cast'> = OPTIONS[name]
  try {
    return option.cast(given.texts)
  } catch (error) {
    const wanted = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`${printable([given.place, ...given.texts].join(' '))}: ${wanted}`)
  }
}

/** A misspelt variable or setting would be ignored in silence; it is refused as a misspelt flag is. */
function refuseUnknown(sources: Sources): void {
  const variables = new Set(OPTION_NAMES.map(variableName))
  for (const [name, value] of Object.entries(sources.variables ?? {})) {
    if (!name.startsWith('TSGI_') || variables.has(name) || isInjected(name, value, false)) continue
    throw new ConfigError(`unknown variable ${printable(name)}${suggestion(name, variables)}`)
  }
  for (const name of Object.keys(sources.settings?.values ?? {})) {
    if (Object.hasOwn(OPTIONS, name)) continue
    throw new ConfigError(`${sources.settings?.place}: unknown option ${name}${suggestion(name, OPTION_NAMES)}`)
  }
}

/** What `--print-config` prints: a line for each option, with its value and where that was written. */
export function configText({ config, places }: Configuration): string {
  const width = Math.max(...OPTION_NAMES.map((name) => flagName(name).length))
  return OPTION_NAMES.map(
    (name) => `${flagName(name).padEnd(width)} = ${optionText(name, config)}  (${places.get(name)})`,
  ).join('\n')
}

/** The value of an option as it would be given. */
export function optionText(name: OptionName, config: Config): string {
  const option: Pick<Option<unknown, unknown>, 'show'> = OPTIONS[name]
  return option.show(config[name]).join(', ')
}
