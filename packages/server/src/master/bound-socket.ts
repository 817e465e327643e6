/**
 * A socket that is bound and held, but never accepted from: the master's half of a listening socket.
 * While the master holds it, what the kernel has queued on it outlives any worker.
 * Node has this as `net.BoundSocket`: for ports from 26.4 on, for paths a little later, and both in the newest 24.
 */
import net from 'node:net'
import { ConfigError } from '../config/config-error.ts'

export interface BoundSocket {
  fd(): number
  close(): void
}

export type BoundSocketOptions =
  /** An address of IPv6's takes IPv4 too, unless told not to. */
  { readonly host: string; readonly port: number; readonly ipv6Only?: boolean } | { readonly path: string }

/** What `node:net` may have; a parameter only so that an older Node can be told apart in a test. */
export type NetModule = Partial<Pick<typeof net, 'BoundSocket'>>

/**
 * @throws the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL …), at once.
 * @throws ConfigError where Node cannot do it.
 */
export function bindSocket(options: BoundSocketOptions, { BoundSocket: Bound }: NetModule = net): BoundSocket {
  if (Bound === undefined) throw tooOld('sockets')
  // One that does not know paths takes `{ path }` for any free port; that it has this property tells that it does.
  if ('path' in options && !('isPipe' in Bound.prototype)) throw tooOld('unix sockets')
  // The types of Node 26.6 do not know `path` yet.
  return new Bound(options as net.BoundSocketOptions)
}

function tooOld(what: string): ConfigError {
  return new ConfigError(
    `tsgi serve shares ${what} among its workers, which Node ${process.version} cannot; take the newest Node 24 or 26, or serve() in a program of your own`,
  )
}
