/**
 * Refuses requests for hosts that are not this site's: URLs of mails and redirects are made of `Host`, and a client can
 * write anything there. Knows the environ's names of hosts; knows no routes.
 */
import type { Middleware } from '@tsgi/contract'
import { keepLife } from '../routing/application-life.ts'
import { refuse } from './plain-response.ts'

/**
 * Takes requests for these hosts only; others get 400.
 * @param hosts names without a port: `example.com`, and `*.example.com` for every name below it. In ASCII: `xn--…`.
 * @throws TypeError for an empty list, or for what is no host.
 * @example `trustedHosts(['example.com', '*.example.com', 'localhost'])`
 */
export function trustedHosts(hosts: readonly string[]): Middleware {
  if (!Array.isArray(hosts) || hosts.length === 0) throw new TypeError('trustedHosts: give a list of at least one host')
  const bad = hosts.find((host) => typeof host !== 'string' || !PATTERN.test(host))
  if (bad !== undefined) {
    throw new TypeError(
      `trustedHosts: ${JSON.stringify(bad)} is no host; write example.com, *.example.com or [::1], without a port`,
    )
  }
  const names = new Set(hosts.filter((host) => !host.startsWith('*.')).map((host) => host.toLowerCase()))
  const suffixes = hosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(1).toLowerCase())
  return keepLife((application) => (environ, startResponse) => {
    const name = hostName(environ.HTTP_HOST)
    const isTrusted = name !== undefined && (names.has(name) || suffixes.some((suffix) => isBelow(name, suffix)))
    if (isTrusted) return application(environ, startResponse)
    return refuse(startResponse, '400 Bad Request', 'This server does not serve the host of the request.')
  })
}

const PATTERN = /^(?:(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])$/i

/** The name in a `Host`, lower case, without port and final dot; undefined for a malformed one (RFC 9110 §7.2). */
export function hostName(header: string | undefined): string | undefined {
  const [, name] = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{0,5})?$/i.exec(header ?? '') ?? []
  return name?.toLowerCase().replace(/\.$/, '')
}

function isBelow(name: string, suffix: string): boolean {
  return name.length > suffix.length && name.endsWith(suffix)
}
