/**
 * Environment variables that are not ours but matter: those that a platform sets for every program (PORT, HOST,
 * WEB_CONCURRENCY), and those that Kubernetes and Docker make up for a service whose name begins with ours. Knows names and
 * shapes of values; the options they stand for are `options`'.
 */
import { isIP } from 'node:net'

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The part of a name after `TSGI_`, as Kubernetes (`enableServiceLinks`) and Docker (`--link`) write it:
 * `SERVICE_HOST`, `SERVICE_PORT_HTTP`, `PORT`, `PORT_8000_TCP_ADDR`, `NAME`, `ENV_ANYTHING`; the name of the service may be
 * longer than ours, so that words stand before.
 */
const LINK =
  /^TSGI_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?|NAME|ENV_.+)$/

/** `tcp://10.96.0.12:8000`: what such a variable holds where a port is meant. */
const LINK_VALUE = /^[a-z]+:\/\//i

/**
 * Whether a variable was made by a container platform for a service named `tsgi` or `tsgi-something`.
 * @param known whether an option has this variable: then only the shape of the value tells.
 */
export function isInjected(name: string, value: string | undefined, known: boolean): boolean {
  return known ? name === 'TSGI_PORT' && LINK_VALUE.test(value ?? '') : LINK.test(name)
}

/** What the platform says for an option, under its own name. */
export interface PlatformText {
  readonly text: string
  /** The name of the variable. */
  readonly place: string
}

/**
 * `PORT`, `HOST` and `WEB_CONCURRENCY`, as Heroku, Render, Cloud Run and gunicorn have them. Some shells set `HOST` to the
 * name of the machine: it counts only as an address, or `localhost`.
 */
export function platformText(option: string, variables: Variables = {}): PlatformText | undefined {
  const place = PLATFORM_NAMES[option]
  const text = place === undefined ? undefined : variables[place]?.trim()
  if (place === undefined || text === undefined || text === '') return undefined
  if (place === 'HOST' && isIP(text) === 0 && text !== 'localhost') return undefined
  return { text, place }
}

const PLATFORM_NAMES: Readonly<Record<string, string>> = {
  port: 'PORT',
  host: 'HOST',
  workers: 'WEB_CONCURRENCY',
}
