/**
 * What a master hands to its successor (`tsgi upgrade`): the sockets by their descriptors, in one environment variable.
 * Both sides of that variable are here. Knows texts and numbers; opening and closing sockets is the master's.
 */
import type { Bind } from '../config/bind.ts'
import type { InheritedListener } from './messages.ts'

/** Set for the successor only, which takes it out of its environment at once. */
const VARIABLE = 'TSGI_UPGRADE'

/** The first descriptor of a socket in the successor: after the standard ones and the channel. */
export const FIRST_INHERITED_FD = 4

export interface InheritedSocket {
  readonly purpose: InheritedListener['purpose']
  /** As the operator wrote it. */
  readonly bind: Bind
  /** In the successor. */
  readonly fd: number
  /** Of a unix socket: which file is ours (see `unix-socket`). */
  readonly file?: string | undefined
}

export interface Inheritance {
  /** Of the master that is to be replaced. */
  readonly pid: number
  readonly sockets: readonly InheritedSocket[]
  /** Places that systemd handed over to the first master; they stand for `--bind`. */
  readonly activated?: readonly Bind[] | undefined
}

/** The environment of a successor. What systemd meant for one process id alone is left out. */
export function withInheritance(
  env: Readonly<Record<string, string | undefined>>,
  inheritance: Inheritance,
): Record<string, string | undefined> {
  const { LISTEN_PID: _, LISTEN_FDS: __, WATCHDOG_PID: ___, ...rest } = env
  return { ...rest, [VARIABLE]: JSON.stringify(inheritance) }
}

/** Takes the inheritance out of an environment. `undefined` for a master that replaces no other. */
export function takeInheritance(env: Record<string, string | undefined>): Inheritance | undefined {
  const text = env[VARIABLE]
  delete env[VARIABLE]
  // A master wrote it; by hand it would have no channel, and names no socket that is one.
  return text === undefined || process.send === undefined ? undefined : (JSON.parse(text) as Inheritance)
}
