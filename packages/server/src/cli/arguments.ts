/**
 * From the words of the command line to texts per option. Knows the shape of flags, not their values: casting and
 * precedence are `config`'s.
 */
import { ConfigError } from '../config/config-error.ts'
import { flagName, OPTION_NAMES, OPTIONS, type OptionName } from '../config/options.ts'
import { suggestion } from '../config/suggestion.ts'

export interface Arguments {
  /** What is not a flag, in order. */
  readonly words: readonly string[]
  /** Texts given for each option, in order. */
  readonly given: ReadonlyMap<OptionName, readonly string[]>
  /** `--help` and `--version`, wherever they stand. */
  readonly asked: 'help' | 'version' | undefined
}

/** @throws ConfigError for an unknown flag, a missing value, a value where none belongs, an option given twice. */
export function parseArguments(argv: readonly string[]): Arguments {
  const words: string[] = []
  const given = new Map<OptionName, string[]>()
  let asked: Arguments['asked']
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') {
      words.push(...argv.slice(at + 1))
      break
    }
    if (word === '-' || !word.startsWith('-')) words.push(word)
    else if (word === '--help' || word === '-h') asked = 'help'
    else if (word === '--version' || word === '-v') asked ??= 'version'
    else at += takeFlag(word, argv[at + 1], given)
  }
  return { words, given, asked }
}

/** Records one flag; returns how many words it took beyond its own. */
function takeFlag(word: string, next: string | undefined, given: Map<OptionName, string[]>): 0 | 1 {
  const flag = readFlag(word)
  if (OPTIONS[flag.name].metavar === undefined) {
    if (flag.value !== undefined) throw new ConfigError(`${flag.text} takes no value: leave ${flag.value} out`)
    record(given, flag, flag.negated ? 'false' : 'true')
    return 0
  }
  if (flag.value === undefined && (next === undefined || /^--?[a-z]/i.test(next))) {
    throw new ConfigError(`${flag.text} needs a value: ${flag.text} ${OPTIONS[flag.name].metavar}`)
  }
  record(given, flag, flag.value ?? next ?? '')
  return flag.value === undefined ? 1 : 0
}

interface Flag {
  readonly name: OptionName
  /** As it was written, without its value. */
  readonly text: string
  readonly value: string | undefined
  readonly negated: boolean
}

function readFlag(word: string): Flag {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1
  const text = equals === -1 ? word : word.slice(0, equals)
  const value = equals === -1 ? undefined : word.slice(equals + 1)
  if (!word.startsWith('--')) return shortFlag(word)
  // gunicorn writes --limit-request-field_size: the underscore is as good as the hyphen.
  const flag = text.slice(2).replaceAll('_', '-')
  const name = OPTION_NAMES.find((candidate) => flagName(candidate) === flag)
  if (name !== undefined) return { name, text, value, negated: false }
  const off = OPTION_NAMES.find(
    (candidate) => OPTIONS[candidate].metavar === undefined && `no-${flagName(candidate)}` === flag,
  )
  if (off !== undefined) return { name: off, text, value, negated: true }
  throw unknown(text)
}

/** `-w 4` and `-w4`. */
function shortFlag(word: string): Flag {
  const name = OPTION_NAMES.find((candidate) => shortOf(candidate) === word[1])
  if (name === undefined) throw unknown(word)
  return { name, text: word.slice(0, 2), value: word.length > 2 ? word.slice(2) : undefined, negated: false }
}

/** The one-letter flag of an option, if it has one. */
export function shortOf(name: OptionName): string | undefined {
  return OPTIONS[name].short
}

function unknown(text: string): ConfigError {
  const known = [...OPTION_NAMES.map((name) => `--${flagName(name)}`), '--help', '--version']
  return new ConfigError(`unknown option ${text}${suggestion(text, known) || '; tsgi --help lists them all'}`)
}

function record(given: Map<OptionName, string[]>, flag: Flag, value: string): void {
  const texts = given.get(flag.name)
  if (texts === undefined) given.set(flag.name, [value])
  else if (OPTIONS[flag.name].repeatable) texts.push(value)
  else throw new ConfigError(`${flag.text} is given twice: ${texts.at(-1)} and ${value}`)
}
