/**
 * A socket that is bound and held, but never accepted from: the master's half of a listening socket.
 * While the master holds it, what the kernel has queued on it outlives any worker.
 * Node has this as `net.BoundSocket` from 26.4 on; before that only its own cluster module could do it.
 */
import net from 'node:net'

export interface BoundSocket {
  fd(): number
  address(): unknown
  close(): void
}

export type BoundSocketOptions = { readonly host: string; readonly port: number } | { readonly path: string }

/** @throws the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL …), at once. */
export function bindSocket(options: BoundSocketOptions): BoundSocket {
  // The types of Node 26.6 do not know `path` yet, and those of older ones nothing of it.
  const known = net as { BoundSocket?: new (options: object) => BoundSocket }
  return known.BoundSocket === undefined ? bindAsCluster(options) : new known.BoundSocket(options)
}

interface Handle {
  readonly fd: number
  getsockname(out: object): number
  close(): void
}

/** Before 26.4: the undocumented function that node:cluster binds with. */
function bindAsCluster(options: BoundSocketOptions): BoundSocket {
  // Undocumented, so the types are silent about it.
  const known = net as { _createServerHandle?: (address: string, port: number, type: number) => Handle | number }
  const create = known._createServerHandle
  if (create === undefined) throw new Error('this Node cannot bind a socket for its workers; Node 26.4 can')
  const handle =
    'path' in options ? create(options.path, -1, -1) : create(options.host, options.port, net.isIP(options.host))
  if (typeof handle === 'number') throw systemError(handle)
  const address: object = {}
  const error = 'path' in options ? 0 : handle.getsockname(address)
  if (error !== 0) {
    handle.close()
    throw systemError(error)
  }
  return {
    fd: () => handle.fd,
    address: () => ('path' in options ? options.path : address),
    close: () => handle.close(),
  }
}

function systemError(number: number): Error {
  const code = ERROR_CODES[number] ?? `error ${number}`
  return Object.assign(new Error(`bind ${code}`), { code })
}

/** libuv's numbers are those of the system; these are Linux's and are told apart only for a better message. */
const ERROR_CODES: Readonly<Record<number, string>> = { [-98]: 'EADDRINUSE', [-13]: 'EACCES', [-99]: 'EADDRNOTAVAIL' }
