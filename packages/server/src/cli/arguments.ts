/**
 * From the words of the command line to texts per option. Node's `parseArgs` reads the words; which flags there are says the
 * table of options. Values are `config`'s: casting, precedence.
 */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { ConfigError } from '../config/config-error.ts'
import { flagName, OPTION_NAMES, OPTIONS, type OptionName } from '../config/options.ts'
import { suggestion } from '../config/suggestion.ts'

export interface Arguments {
  /** What is not a flag, in order. */
  readonly words: readonly string[]
  /** Texts given for each option, in order. */
  readonly given: ReadonlyMap<OptionName, readonly string[]>
  /** `--help` and `--version`, at any place. */
  readonly asked: 'help' | 'version' | undefined
}

/** What `parseArgs` says of one flag. */
type Flag = Extract<NonNullable<ReturnType<typeof parseArgs>['tokens']>[number], { readonly kind: 'option' }>

/** @throws ConfigError for an unknown flag, a missing value, a value where none belongs, an option given twice. */
export function parseArguments(argv: readonly string[]): Arguments {
  const words: string[] = []
  const given = new Map<OptionName, string[]>()
  let asked: Arguments['asked']
  for (const token of tokensOf(argv)) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    if (token.name === 'help') asked = 'help'
    else if (token.name === 'version') asked ??= 'version'
    else record(given, token)
  }
  return { words, given, asked }
}

/** Not strict: the errors below name the flag that was meant. */
function tokensOf(argv: readonly string[]) {
  const options: ParseArgsOptionsConfig = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  }
  for (const name of OPTION_NAMES) {
    const short = shortOf(name)
    const type = OPTIONS[name].metavar === undefined ? 'boolean' : 'string'
    options[flagName(name)] = { type, ...(short !== undefined && { short }) }
  }
  const args = hyphenated(argv)
  return parseArgs({ args, options, strict: false, tokens: true, allowPositionals: true, allowNegative: true }).tokens
}

/** gunicorn writes --limit-request-field_size: the underscore is as good as the hyphen. */
function hyphenated(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  return argv.map((word, at) => {
    if (!word.startsWith('--') || (end !== -1 && at >= end)) return word
    const [flag = '', ...value] = word.split('=')
    return [flag.replaceAll('_', '-'), ...value].join('=')
  })
}

/** The one-letter flag of an option, if it has one. */
export function shortOf(name: OptionName): string | undefined {
  return OPTIONS[name].short
}

function record(given: Map<OptionName, string[]>, flag: Flag): void {
  const name = OPTION_NAMES.find((candidate) => flagName(candidate) === flag.name)
  if (name === undefined) throw unknown(flag.rawName)
  const text = textOf(name, flag)
  const texts = given.get(name)
  if (texts === undefined) given.set(name, [text])
  else if (OPTIONS[name].repeatable) texts.push(text)
  else throw new ConfigError(`${flag.rawName} is given twice: ${texts.at(-1)} and ${text}`)
}

function textOf(name: OptionName, { rawName, value, inlineValue }: Flag): string {
  const { metavar } = OPTIONS[name]
  if (metavar === undefined) {
    if (value !== undefined) throw new ConfigError(`${rawName} takes no value: leave ${value} out`)
    return rawName.startsWith('--no-') ? 'false' : 'true'
  }
  if (rawName.startsWith('--no-')) throw unknown(rawName)
  // The next flag is no value; one that begins with a hyphen is given as --flag=-value.
  if (value === undefined || (inlineValue !== true && /^--?[a-z]/i.test(value)))
    throw new ConfigError(`${rawName} needs a value: ${rawName} ${metavar}`)
  return value
}

function unknown(text: string): ConfigError {
  const known = [...OPTION_NAMES.map((name) => `--${flagName(name)}`), '--help', '--version']
  return new ConfigError(`unknown option ${text}${suggestion(text, known) || '; tsgi help options lists them all'}`)
}
