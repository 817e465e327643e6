/** The names of hosts, in a list and in a request. Knows nothing of routes. */
import type { Environ } from '@tsgi/contract'

/** What was asked, without port and the dot of the root (RFC 9110 §7.2, RFC 1034 §3.1); case does not count. */
export function hostOf({ HTTP_HOST: host, SERVER_NAME: name }: Environ): string {
  const text = (host ?? name).toLowerCase()
  const withoutPort = text.startsWith('[') ? text.slice(0, text.indexOf(']') + 1) : (text.split(':', 1)[0] ?? '')
  return withoutPort.endsWith('.') ? withoutPort.slice(0, -1) : withoutPort
}

/** One label, as in certificates (RFC 9525 §6.3). */
export function wildcardOf(host: string): string {
  const dot = host.indexOf('.')
  return dot < 0 ? '' : `*${host.slice(dot)}`
}

/**
 * A Unicode name as it is on the wire (RFC 5891): `münchen.de` is `xn--mnchen-3ya.de`. Any other text as it is.
 */
export function asciiHost(host: string): string {
  if (!/[^\x00-\x7f]/.test(host) || /[:/?#@\\\s]/.test(host)) return host
  const [, wildcard = '', name = ''] = /^(\*\.)?(.*)$/s.exec(host) ?? []
  const url = URL.parse(`http://${name}`)
  const isOnlyName = url !== null && url.href === `http://${url.hostname}/`
  return isOnlyName ? wildcard + url.hostname : host
}

/** @returns what is wrong with the name of a host; undefined if it can be one. */
export function hostProblem(host: string): string | undefined {
  if (/^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/.test(host))
    return undefined
  if (/^\[[0-9a-f:.]+\]$/.test(host)) return undefined
  return 'a host is a name in lower case without scheme and port: "api.example.com", or "*.example.com" for one label before it'
}
