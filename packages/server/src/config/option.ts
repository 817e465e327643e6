/**
 * A row of the table of options: what every row has, and how each kind of row is made. Knows kinds of value by their
 * `OptionType`; which options there are is `options`'s.
 */
import { type OptionType, PEERS } from './option-types.ts'

export type OptionGroup =
  | 'Application'
  | 'Sockets'
  | 'Processes'
  | 'Requests'
  | 'Proxies and TLS'
  | 'Logs'
  | 'Configuration'

interface Description {
  readonly group: OptionGroup
  readonly help: string
  readonly short?: string
}

/** One row of the table. `cast` gets the texts that were given, at least one. */
export interface Option<Value, Input> extends Description {
  readonly metavar: string | undefined
  readonly repeatable: boolean
  readonly initial: Value
  cast(texts: readonly string[]): Value
  /** The value as texts that `cast` would take; none for a value that is not there. */
  show(value: Value): readonly string[]
  readonly input?: Input
}

export function single<Value, Input>(
  type: OptionType<Value, Input>,
  initial: Value,
  about: Description,
): Option<Value, Input> {
  return {
    ...about,
    metavar: type.metavar,
    repeatable: false,
    initial,
    cast: (texts) => type.parse(texts.at(-1) ?? ''),
    show: (value) => [type.show(value)],
  }
}

export function optional<Value, Input>(
  type: OptionType<Value, Input>,
  about: Description,
): Option<Value | undefined, Input> {
  return {
    ...about,
    metavar: type.metavar,
    repeatable: false,
    initial: undefined,
    cast: (texts) => type.parse(texts.at(-1) ?? ''),
    show: (value) => (value === undefined ? [] : [type.show(value)]),
  }
}

export function repeated<Value, Input>(
  type: OptionType<Value, Input>,
  initial: readonly Value[],
  about: Description,
): Option<readonly Value[], Input | readonly Input[]> {
  return {
    ...about,
    metavar: type.metavar,
    repeatable: true,
    initial,
    cast: (texts) => texts.map((given) => type.parse(given)),
    show: (values) => values.map((value) => type.show(value)),
  }
}

/** Addresses and networks, divided by commas or given one by one. */
export function peers(about: Description): Option<readonly string[], string | readonly string[]> {
  return {
    ...about,
    metavar: PEERS.metavar,
    repeatable: true,
    initial: [],
    cast: (texts) => texts.flatMap((given) => PEERS.parse(given)),
    show: (value) => value,
  }
}
