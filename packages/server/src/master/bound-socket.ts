/**
 * A socket that is bound and held, but never accepted from: the master's half of a listening socket.
 * While the master holds it, what the kernel has queued on it outlives any worker.
 * Node has this as `net.BoundSocket`: for ports from 26.4 on, for paths a little later, and both in the newest 24. Releases
 * before that have what their cluster module makes its shared sockets with (docs/decisions/0131).
 */
import net, { isIPv6 } from 'node:net'
import { getSystemErrorName } from 'node:util'
import { ConfigError } from '../config/config-error.ts'

export interface BoundSocket {
  fd(): number
  close(): void
}

export type BoundSocketOptions =
  /** An IPv6 address also accepts IPv4, unless `ipv6Only` is set. */
  { readonly host: string; readonly port: number; readonly ipv6Only?: boolean } | { readonly path: string }

/** The part of `node:net` that older versions of Node lack; a parameter so that a test can simulate them. */
export type NetModule = Partial<Pick<typeof net, 'BoundSocket'>> & {
  /** Undocumented, but in every release without `BoundSocket`, and those do not change any more. */
  readonly _createServerHandle?: (
    address: string,
    port: number,
    addressType: number,
    fd: undefined,
    flags: number,
  ) => number | ServerHandle
}

/** A bound socket of libuv, as cluster holds it. */
interface ServerHandle {
  readonly fd: number
  close(): void
  /** @returns 0, or the error that libuv keeps back until someone asks. */
  getsockname?(name: object): number
}

/**
 * @throws the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL …), at once.
 * @throws ConfigError where the runtime cannot do it.
 */
export function bindSocket(
  options: BoundSocketOptions,
  module: NetModule = net,
  versions: NodeJS.ProcessVersions = process.versions,
): BoundSocket {
  // They have functions of these names, and no worker that could inherit what is bound.
  if (versions.bun !== undefined || versions.deno !== undefined) throw cannotBind(versions)
  const { BoundSocket: Bound, _createServerHandle: createServerHandle } = module
  // One that does not know paths takes `{ path }` for any free port; that it has this property tells that it does.
  const isKnown = Bound !== undefined && (!('path' in options) || 'isPipe' in Bound.prototype)
  // The types of Node 26.6 do not know `path` yet.
  if (isKnown) return new Bound(options as net.BoundSocketOptions)
  if (createServerHandle === undefined) throw cannotBind(versions)
  if ('path' in options) return held(createServerHandle(options.path, -1, -1, undefined, 0))
  const { host, port, ipv6Only = false } = options
  return held(createServerHandle(host, port, isIPv6(host) ? 6 : 4, undefined, ipv6Only ? UV_TCP_IPV6ONLY : 0))
}

const UV_TCP_IPV6ONLY = 1

function held(handle: number | ServerHandle): BoundSocket {
  if (typeof handle === 'number') throw systemError(handle)
  // libuv keeps EADDRINUSE back; it comes with the name of the socket.
  const problem = handle.getsockname?.({}) ?? 0
  if (problem !== 0) {
    handle.close()
    throw systemError(problem)
  }
  return { fd: () => handle.fd, close: () => handle.close() }
}

function systemError(number: number): Error {
  const code = getSystemErrorName(number)
  return Object.assign(new Error(`bind ${code}`), { code, errno: number, syscall: 'bind' })
}

function cannotBind(versions: NodeJS.ProcessVersions): ConfigError {
  const other = versions.bun === undefined ? (versions.deno === undefined ? undefined : 'Deno') : 'Bun'
  const runtime = other === undefined ? `Node ${versions.node}` : `${other} ${versions.bun ?? versions.deno}`
  return new ConfigError(
    `tsgi serve shares sockets among its workers, which ${runtime} cannot; there, a program of your own serves: import { serve } from '@tsgi/server'`,
  )
}
