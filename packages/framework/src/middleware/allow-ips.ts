/**
 * Takes requests from some addresses only. Knows addresses and networks, read by `node:net`; whether the address is that
 * of the client or of a proxy is a setting of the server (`--forwarded-allow-ips`).
 */
import { BlockList, isIP } from 'node:net'
import type { Middleware } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { keepLife } from '../routing/application-life.ts'
import { refuse } from './plain-response.ts'

/** Options of `allowIps`. */
export interface AllowIpsOptions {
  /** Addresses and networks that may: `10.0.0.0/8`, `2001:db8::/32`, `127.0.0.1`; `unix` for clients of a unix socket. */
  readonly allow: readonly string[]
  /** Those of them that may not. @default none */
  readonly deny?: readonly string[]
}

const NAMES: ReadonlySet<string> = new Set<keyof AllowIpsOptions>(['allow', 'deny'])

/**
 * Lets requests of some addresses pass; others get 403.
 * @throws TypeError for what is neither an address nor a network.
 * @example `group('/admin', { middleware: [allowIps({ allow: ['10.0.0.0/8', '::1'] })] }, [...])`
 */
export function allowIps(options: AllowIpsOptions): Middleware {
  refuseUnknown('allowIps', options, NAMES)
  const { allow, deny = [] } = options
  const allowed = networks(allow)
  const denied = networks(deny)
  return keepLife((application) => (environ, startResponse) => {
    const address = environ.REMOTE_ADDR
    if (holds(allowed, address) && !holds(denied, address)) return application(environ, startResponse)
    return refuse(startResponse, '403 Forbidden', 'This address may not.')
  })
}

interface Networks {
  readonly list: BlockList
  readonly hasUnix: boolean
}

function networks(entries: readonly string[]): Networks {
  if (!Array.isArray(entries)) throw new TypeError(`allowIps: ${typeof entries} is no list of addresses`)
  const list = new BlockList()
  for (const entry of entries) if (entry !== 'unix') add(list, entry)
  return { list, hasUnix: entries.includes('unix') }
}

function add(list: BlockList, entry: string): void {
  const [address = '', prefix, ...rest] = entry.split('/')
  const version = isIP(address)
  const length = prefix === undefined ? undefined : Number(prefix)
  const isLength = length === undefined || (/^\d{1,3}$/.test(prefix ?? '') && length <= (version === 4 ? 32 : 128))
  if (version === 0 || rest.length > 0 || !isLength) {
    throw new TypeError(
      `allowIps: ${JSON.stringify(entry)} is no address and no network; write 10.0.0.0/8 or 2001:db8::1`,
    )
  }
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (length === undefined) list.addAddress(address, family)
  else list.addSubnet(address, length, family)
}

/** An IPv4 address in IPv6 form is that IPv4 address; a zone is about the link, not the address. */
function holds({ list, hasUnix }: Networks, remote: string): boolean {
  if (remote === '') return hasUnix
  const address = remote.replace(/%.*$/, '')
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
