/**
 * Where to listen, out of `--bind`, or of `--host` and `--port` with `PORT` and `HOST`. Knows which source ranks above which;
 * reading an address is `option`'s.
 */
import type { Bind } from './bind.ts'
import { ConfigError } from './config-error.ts'

/** A value, where it was written, and how much that counts: the larger rank wins. */
export interface Ranked<Value> {
  readonly value: Value
  readonly place: string
  readonly rank: number
}

/** The ranks of sources. */
export const RANKS = { default: 0, platform: 1, settings: 2, variable: 3, flag: 4 } as const

export interface BindSources {
  readonly bind: Ranked<readonly Bind[]>
  readonly host: Ranked<string | undefined>
  readonly port: Ranked<number | undefined>
}

const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 8000

/**
 * `bind` wins over a host or a port that was written at a place of lower rank, and loses to one of higher rank.
 * @throws ConfigError where both stand at one place.
 */
export function bindOf({ bind, host, port }: BindSources): Ranked<readonly Bind[]> {
  const named = port.rank >= host.rank ? port : host
  if (named.rank === RANKS.default || named.rank < bind.rank) return bind
  if (named.rank === bind.rank)
    throw new ConfigError(`${bind.place} and ${named.place} both say where to listen: leave one out`)
  // Who sets PORT routes traffic to this machine from outside: there it is every address.
  const everywhere = port.rank === RANKS.platform && host.value === undefined
  const value: Bind = {
    kind: 'tcp',
    host: host.value ?? (everywhere ? '' : DEFAULT_HOST),
    port: port.value ?? DEFAULT_PORT,
  }
  const places = [port, host].filter(({ rank }) => rank > RANKS.default).map(({ place }) => place)
  return { value: [value], place: places.join(' and '), rank: named.rank }
}
