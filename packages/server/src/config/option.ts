/**
 * A row of the table of options: what every row has, and how each kind of row is made. Knows kinds of value by their
 * `OptionType`; which options there are is `options`'s.
 */
import { isIP } from 'node:net'
import { parseForwardedFields } from '../proxy/forwarded-trust.ts'
import { TrustedPeers } from '../proxy/trusted-peers.ts'
import type { Bind } from './bind.ts'
import { parseLogFormat } from './log-format.ts'

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

/** One row of the table. `cast` gets the texts that were given. */
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
    cast: (texts) => {
      if (texts.length === 0 && initial.length > 0) throw new Error('must name at least one')
      return texts.map((given) => type.parse(given))
    },
    show: (values) => values.map((value) => type.show(value)),
  }
}

/** Values of one kind, separated by commas or given one by one. */
export function list(
  type: OptionType<readonly string[], string>,
  initial: readonly string[],
  about: Description,
): Option<readonly string[], string | readonly string[]> {
  return {
    ...about,
    metavar: type.metavar,
    repeatable: true,
    initial,
    cast: (texts) => texts.flatMap((given) => type.parse(given)),
    show: (value) => value,
  }
}

/*
 * The kinds of value an option can have: how each is read from text, and how it is shown.
 * Each `parse` throws an Error that says what it wanted; who asked, and where it was written, is `config`'s to add.
 */

/** `Value` is what the server works with, `Input` what a config file or `serve()` may give for it. */
export interface OptionType<Value, Input> {
  /** What stands for the value in `--help`; `undefined` for a switch. */
  readonly metavar: string | undefined
  parse(text: string): Value
  show(value: Value): string
  /** Only for the type: never set. */
  readonly input?: Input
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number, metavar = 'N'): OptionType<number, number> {
  return {
    metavar,
    parse: (text) => {
      const value = Number(text)
      if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
        throw new Error(`must be a whole number of at least ${least}`)
      }
      return value
    },
    show: String,
  }
}

/** A time in seconds, fractions allowed, of at most a day; `off` is 0 where `canBeOff`. */
export function seconds(canBeOff = false): OptionType<number, number | 'off'> {
  return {
    metavar: 'SECONDS',
    parse: (text) => {
      if (canBeOff && (text === 'off' || Number(text) === 0) && text !== '') return 0
      const value = Number(text)
      if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 86_400) {
        throw new Error(`must be a number of seconds, more than 0, at most 86400${canBeOff ? ', or off' : ''}`)
      }
      return value
    },
    show: (value) => (canBeOff && value === 0 ? 'off' : String(value)),
  }
}

/** A size in bytes; `k`, `m`, `g` are KiB, MiB, GiB. `off` is 0 where `canBeOff`. */
export function size(least: number, canBeOff = false): OptionType<number, number | string> {
  return {
    metavar: 'BYTES',
    parse: (text) => {
      if (canBeOff && (text === 'off' || text === '0')) return 0
      const parts = /^(\d+)(k|m|g)?$/i.exec(text)
      const value = Number(parts?.[1]) * SIZE_UNITS[unitOf(parts?.[2])]
      if (!Number.isSafeInteger(value) || value < least) {
        throw new Error(
          `must be a number of bytes of at least ${least} (k, m or g may follow)${canBeOff ? ', or off' : ''}`,
        )
      }
      return value
    },
    show: (value) => (canBeOff && value === 0 ? 'off' : String(value)),
  }
}

const SIZE_UNITS = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const

function unitOf(letter: string | undefined): keyof typeof SIZE_UNITS {
  const unit = letter?.toLowerCase()
  return unit === 'k' || unit === 'm' || unit === 'g' ? unit : ''
}

/** A name or a path: any text but the empty one. A control character came from a file with CRLF, or from nowhere good. */
export function text(metavar: string): OptionType<string, string> {
  return {
    metavar,
    parse: (given) => {
      if (given === '') throw new Error('must not be empty')
      refuseControls(given)
      return given
    },
    show: String,
  }
}

/** A file that is written by a process id: a number alone was meant as a port. */
export const PID_FILE: OptionType<string, string> = {
  metavar: 'FILE',
  parse: (given) => {
    if (/^\d+$/.test(given))
      throw new Error(
        `is a number, and -p names a pid file: say --port ${given}, or ./${given} for a file of that name`,
      )
    return text('FILE').parse(given)
  },
  show: String,
}

/** The name or the address of a host, without a port. */
export const HOST: OptionType<string, string> = {
  metavar: 'HOST',
  parse: (given) => {
    const host = /^\[(.*)\]$/.exec(given)?.[1] ?? given
    if (/^[\w.-]+$/.test(host) || isIP(host.replace(ZONE, '')) === 6) return host
    throw new Error('must be an address or a host name; the port is given by --port, a path by --bind unix:PATH')
  },
  show: String,
}

/** A TCP port; 0 lets the system choose. */
export const PORT: OptionType<number, number> = {
  metavar: 'PORT',
  parse: (given) => {
    if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) throw new Error('must be a port from 0 to 65535')
    return Number(given)
  },
  show: String,
}

/** The value of a header field, as an application may send it: latin-1 without controls (RFC 9110 §5.5). */
export const FIELD_VALUE: OptionType<string, string> = {
  metavar: 'TEXT',
  parse: (given) => {
    if (given.trim() === '') throw new Error('must not be empty')
    if (/[^\t\x20-\x7e\x80-\xff]/.test(given)) throw new Error('must be latin-1 text without control characters')
    return given.trim()
  },
  show: String,
}

function refuseControls(given: string): void {
  const control = /[\x00-\x1f\x7f]/.exec(given)?.[0]
  if (control === undefined) return
  const name = control === '\0' ? 'a NUL' : control === '\r' ? 'a carriage return' : 'a control character'
  throw new Error(`must not contain ${name}`)
}

/** A name that clients know a charset by. */
export const CHARSET: OptionType<string, string> = {
  metavar: 'NAME',
  parse: (given) => {
    try {
      new TextDecoder(given)
      return given
    } catch {
      throw new Error('must be the name of a charset, such as gbk or iso-8859-1')
    }
  },
  show: String,
}

/** On or off: `--name` and `--no-name`. */
export const SWITCH: OptionType<boolean, boolean> = {
  metavar: undefined,
  parse: (given) => {
    if (/^(true|yes|on|1)$/i.test(given)) return true
    if (/^(false|no|off|0)$/i.test(given)) return false
    throw new Error('must be true or false')
  },
  show: String,
}

/** One word of a few. */
export function oneOf<const Word extends string>(...words: readonly Word[]): OptionType<Word, Word> {
  return {
    metavar: words.join('|'),
    parse: (given) => {
      const word = words.find((candidate) => candidate === given)
      if (word === undefined) throw new Error(`must be one of ${words.join(', ')}`)
      return word
    },
    show: String,
  }
}

/** Permission bits, in octal as `chmod` and `umask` take them. */
export const FILE_MODE: OptionType<number, number | string> = {
  metavar: 'OCTAL',
  parse: (given) => {
    if (!/^(0o?)?[0-7]{1,3}$/.test(given)) throw new Error('must be an octal mode such as 660')
    return Number.parseInt(given.replace(/^0o/, ''), 8)
  },
  show: (value) => value.toString(8).padStart(3, '0'),
}

/** Where to listen: `HOST:PORT`, `[IPV6]:PORT`, `:PORT`, `unix:PATH`, `fd:N`. */
export const BIND: OptionType<Bind, string> = { metavar: 'ADDRESS', parse: parseBind, show: showBind }

/** The zone of an IPv6 address: the name of a network interface (RFC 4007 §11). */
const ZONE = /%[^\]\s%/]+$/

function parseBind(given: string): Bind {
  const special = /^(unix|fd):(?:\/\/)?(.+)$/s.exec(given)
  if (special?.[1] === 'unix' && special[2] !== undefined) return unixBind(special[2])
  if (special?.[1] === 'fd' && special[2] !== undefined) return fdBind(special[2])
  if (/^\d+$/.test(given)) throw new Error(`is only a port: say 127.0.0.1:${given}, or :${given} for every address`)
  const address = /^(?:\[([0-9a-f:.]+(?:%[^\]\s%/]+)?)\]|([^:[\]/\s]*)):(\d{1,5})$/i.exec(given)
  const port = Number(address?.[3])
  if (address === null || port > 65_535) throw new Error('must be HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd:N')
  return { kind: 'tcp', host: address[1] ?? address[2] ?? '', port }
}

function unixBind(path: string): Bind {
  // sun_path holds 108 bytes with the final NUL on Linux, 104 on macOS and the BSDs.
  if (Buffer.byteLength(path) > 103) throw new Error('must be a path of at most 103 bytes')
  refuseControls(path)
  return { kind: 'unix', path }
}

function fdBind(number: string): Bind {
  if (!/^\d{1,6}$/.test(number) || Number(number) < 3)
    throw new Error('must name an inherited descriptor of at least 3')
  return { kind: 'fd', fd: Number(number) }
}

function showBind(bind: Bind): string {
  if (bind.kind === 'unix') return `unix:${bind.path}`
  if (bind.kind === 'fd') return `fd:${bind.fd}`
  return `${bind.host.includes(':') ? `[${bind.host}]` : bind.host}:${bind.port}`
}

/** Fields that speak of the client, separated by commas. */
export const FORWARDED_FIELDS: OptionType<readonly string[], string> = {
  metavar: 'NAMES',
  parse: parseForwardedFields,
  show: (names) => names.join(','),
}

/** How a line of the access log looks: read again where it is used. */
export const LOG_FORMAT: OptionType<string, string> = {
  metavar: 'FORMAT',
  parse: (given) => {
    parseLogFormat(given)
    return given
  },
  show: String,
}

/** Peers: addresses, networks, `unix`, `*`, separated by commas. */
export const PEERS: OptionType<readonly string[], string> = {
  metavar: 'ADDRESSES',
  parse: (given) => {
    const entries = given.split(',').map((entry) => entry.trim())
    new TrustedPeers(entries)
    return entries
  },
  show: (entries) => entries.join(','),
}
